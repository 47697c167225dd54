import { type Server, startServer } from '../services/server.ts';
import type { Case } from './case.ts';
import { connect, DATABASE, type Lab, millraceUrl, ownProgram } from './lab.ts';
import { measure, sampleOf } from './measured.ts';
import { type Check, medianSeconds, type Result, type Sample } from './result.ts';
import { wide } from './sample-table.ts';

/** Of reading the stream only; times the rate at which the server itself commits. */
const BULK = { least: 0.35, tolerated: 0.1 };
const SINGLE = { least: 3, tolerated: 2 };
/** Transactions of one row each. */
const TRANSACTIONS = 60_000;

export const logCases: readonly Case[] = [
  { name: 'binlog-decode', text: 'MySQL log to Avro bytes: bulk inserts, and transactions of one row', run: logCase },
];

const PROCEDURE = `CREATE PROCEDURE one_by_one(most INT)
BEGIN
  DECLARE i INT DEFAULT 0;
  WHILE i < most DO
    UPDATE logged SET ${wide.columns[1]!.name} = i WHERE ${wide.columns[0]!.name} = 1 + i MOD 1000;
    SET i = i + 1;
  END WHILE;
END`;

/** A stretch of the log. */
interface Stretch {
  readonly what: string;
  readonly from: string;
  readonly rows: number;
  /** Seconds that the server took to write it. */
  readonly written: number;
}

async function logCase(lab: Lab): Promise<Result[]> {
  const flags = ['--innodb-buffer-pool-size=2G', '--innodb-redo-log-capacity=2G', '--sync-binlog=0'];
  const server = await startServer('mysql', { flags: [...flags, '--innodb-flush-log-at-trx-commit=2'] });
  try {
    await lab.filled(server, wide);
    await using sql = await connect(server, DATABASE);
    await sql.query(`CREATE TABLE logged LIKE ${wide.name}`);
    await sql.query(PROCEDURE);
    const bulk = await stretch(server, 'bulk', lab.options.rows, `INSERT INTO logged SELECT * FROM ${wide.name}`);
    // The end of the first stretch is the beginning of the second, and each read goes to the end of the log.
    const bulkResults = await measured(lab, server, bulk, ({ raw, own }) => ({
      what: 'of reading the stream only',
      value: raw / own,
      ...BULK,
    }));
    const single = await stretch(server, 'transactions of one row', TRANSACTIONS, `CALL one_by_one(${TRANSACTIONS})`);
    const singleResults = await measured(lab, server, single, ({ own }) => ({
      what: "times the server's commits",
      value: single.written / own,
      ...SINGLE,
    }));
    return [...bulkResults, ...singleResults];
  } finally {
    await server.stop();
  }
}

async function stretch(server: Server, what: string, rows: number, sql: string): Promise<Stretch> {
  await using connection = await connect(server, DATABASE);
  const [[found]] = (await connection.query('SELECT @@GLOBAL.gtid_executed AS gtids')) as unknown as [
    [{ gtids: string }],
  ];
  const started = performance.now();
  await connection.query(sql);
  return { what, from: found.gtids.replaceAll(/\s/g, ''), rows, written: (performance.now() - started) / 1000 };
}

async function measured(
  { options }: Lab,
  server: Server,
  { what, from, rows }: Stretch,
  check: (seconds: { readonly raw: number; readonly own: number }) => Check,
): Promise<Result[]> {
  const raw: Sample[] = [];
  const own: Sample[] = [];
  for (let round = 0; round < options.runs; round++) {
    raw.push(await timed(0, ownProgram('log-read.ts', server.url, from, 'raw')));
    own.push(await timed(rows, ownProgram('log-read.ts', millraceUrl(server), from, 'decode')));
  }
  const seconds = { raw: medianSeconds(raw), own: medianSeconds(own) };
  return [
    { case: 'binlog-decode', subject: `${what}: the stream only`, rows, samples: raw },
    { case: 'binlog-decode', subject: `${what}: millrace`, rows, samples: own, checks: [check(seconds)] },
  ];
}

/** The time that the program itself measured. */
async function timed(rows: number, command: readonly string[]): Promise<Sample> {
  const run = await measure(command);
  const told = JSON.parse(run.stdout) as { rows: number; seconds: number };
  if (told.rows !== rows) throw new Error(`${told.rows} changes read where there are ${rows}`);
  return { ...sampleOf(run), seconds: told.seconds };
}
