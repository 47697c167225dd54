import { hasDocker } from '../services/docker.ts';
import { mysqlClient } from '../services/recipes/mysql.ts';
import type { Server } from '../services/server.ts';
import { CannotMeasure } from './cannot-measure.ts';
import type { Case } from './case.ts';
import { connect, type Lab, millrace, millraceUrl } from './lab.ts';
import { measure, sampleOf } from './measured.ts';
import { medianSeconds, type Result, type Sample } from './result.ts';
import { tpchFiles, tpchTables } from './tpch.ts';

const SCALE = 0.5;
const LEAST_RATIO = 2;
const NAME = 'tpch-mysql-mysql';
const FROM = 'tpch';

export const tpchCases: readonly Case[] = [
  { name: NAME, text: `TPC-H at scale ${SCALE}, MySQL to MySQL`, run: (lab: Lab) => tpchCase(lab) },
];

async function tpchCase(lab: Lab): Promise<Result[]> {
  if (await hasDocker())
    throw new CannotMeasure('mysqldump and mysql are only at hand where servers run without Docker');
  const source = await lab.mysql('source');
  const target = await lab.mysql('target');
  const rows = await fill(source);
  const samples = { dump: [] as Sample[], millrace: [] as Sample[] };
  const arrived = { dump: '', millrace: '' };
  for (let round = 0; round < lab.options.runs; round++) {
    await empty(target);
    samples.dump.push(sampleOf(await measure(['sh', '-c', await dumpCommand(source, target)])));
    if (round === 0) arrived.dump = await compared(source, target);
    await empty(target);
    const cwd = await lab.ownFolder();
    const words = ['sync', millraceUrl(source, FROM), millraceUrl(target, FROM)];
    samples.millrace.push(sampleOf(await measure(millrace(...words), { cwd, env: { XDG_STATE_HOME: cwd } })));
    if (round === 0) arrived.millrace = await compared(source, target);
  }
  const value = medianSeconds(samples.dump) / medianSeconds(samples.millrace);
  return [
    { case: NAME, subject: 'mysqldump into mysql', rows, samples: samples.dump, arrived: arrived.dump },
    {
      case: NAME,
      subject: 'millrace',
      rows,
      samples: samples.millrace,
      arrived: arrived.millrace,
      checks: [{ what: 'times the speed of mysqldump into mysql', value, least: LEAST_RATIO }],
    },
  ];
}

async function empty(target: Server): Promise<void> {
  await using connection = await connect(target);
  await connection.query(`DROP DATABASE IF EXISTS ${FROM}; DROP DATABASE IF EXISTS _millrace; CREATE DATABASE ${FROM}`);
}

/** Loads the tables; gives the number of their rows. */
async function fill(source: Server): Promise<number> {
  await using connection = await connect(source);
  const fileOf = await tpchFiles(SCALE);
  await connection.query(`CREATE DATABASE IF NOT EXISTS ${FROM}; USE ${FROM}`);
  let rows = 0;
  for (const [table, columns] of Object.entries(tpchTables)) {
    await connection.query(
      `DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (${columns}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    );
    const [result] = await connection.query(
      `LOAD DATA LOCAL INFILE '${fileOf(table)}' INTO TABLE ${table} FIELDS TERMINATED BY '|' LINES TERMINATED BY '|\\n'`,
    );
    rows += (result as { affectedRows: number }).affectedRows;
    await connection.query(`ANALYZE TABLE ${table}`);
  }
  return rows;
}

async function dumpCommand(source: Server, target: Server): Promise<string> {
  const at = ({ port }: Server) => `--no-defaults --host=127.0.0.1 --port=${port} --user=root`;
  const [dump, client] = [await mysqlClient('mysqldump'), await mysqlClient('mysql')].map((words) => words.join(' '));
  return `${dump} ${at(source)} --single-transaction --quick --set-gtid-purged=OFF ${FROM} | ${client} ${at(target)} ${FROM}`;
}

/** CHECKSUM TABLE is enough between two servers of one version. */
async function compared(source: Server, target: Server): Promise<string> {
  const sums = await Promise.all([source, target].map(checksums));
  const different = Object.keys(tpchTables).filter((_, i) => sums[0]![i] !== sums[1]![i]);
  return different.length === 0 ? 'equal' : `different: ${different.join(', ')}`;
}

async function checksums(server: Server): Promise<string[]> {
  await using connection = await connect(server, FROM);
  const [rows] = await connection.query({
    sql: `CHECKSUM TABLE ${Object.keys(tpchTables).join(', ')}`,
    rowsAsArray: true,
  });
  return (rows as unknown[][]).map(([, sum]) => String(sum));
}
