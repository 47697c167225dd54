import { join } from 'node:path';
import type { Case } from './case.ts';
import { connect, DATABASE, type Lab, millrace, millraceUrl } from './lab.ts';
import { measure, sampleOf } from './measured.ts';
import { medianSeconds, type Result, type Sample } from './result.ts';
import { wide } from './sample-table.ts';

const NAME = 'tidb-diff';
const CHANGED = 100;
/** Of the rows, what may leave the database as rows or as keys with hashes. */
const MOST_FETCHED = 0.02;
/** Times the ceiling: each row is read at two moments, and near changed ones once more. */
const MOST_RATIO = 4;

export const diffCases: readonly Case[] = [
  {
    name: NAME,
    text: `TiDB to DuckDB, wide, ${CHANGED} rows changed since the last run`,
    run: (lab: Lab) => diffCase(lab),
  },
];

/** The ceiling hashes the table once, as plainly as SQL can. The first run copies; then each measured run finds as many changes. */
async function diffCase(lab: Lab): Promise<Result[]> {
  const { rows, runs } = lab.options;
  const source = await lab.freshTidb();
  await lab.filled(source, wide);
  const cwd = await lab.ownFolder();
  const target = `duckdb:${join(cwd, 'copy.duckdb')}`;
  const sync = () =>
    measure(millrace('sync', millraceUrl(source), target, '--tables', wide.name, '--read', 'cdc', '--json'), {
      cwd,
      env: { XDG_STATE_HOME: cwd },
    });
  await sync();
  await using connection = await connect(source, DATABASE);
  const samples = { once: [] as Sample[], changed: [] as Sample[], idle: [] as Sample[] };
  let fetched = 0;
  for (let round = 0; round < runs; round++) {
    samples.once.push(await timed(() => connection.query(ONCE)));
    const step = Math.floor(rows / CHANGED);
    await connection.query(`UPDATE ${wide.name} SET quantity = quantity + 1 WHERE MOD(id, ${step}) = ${round}`);
    const changed = await sync();
    samples.changed.push(sampleOf(changed));
    fetched = Math.max(fetched, fetchedRows(changed.stdout));
    samples.idle.push(sampleOf(await sync()));
  }
  const times = (some: readonly Sample[]) => medianSeconds(some) / medianSeconds(samples.once);
  return [
    { case: NAME, subject: 'COUNT(*) and both halves of MD5 XORed, once', rows, samples: samples.once },
    {
      ...{ case: NAME, subject: 'millrace', rows, samples: samples.changed },
      checks: [
        { what: 'of the rows fetched', value: fetched / rows, most: MOST_FETCHED },
        { what: 'times the ceiling', value: times(samples.changed), most: MOST_RATIO },
      ],
    },
    {
      ...{ case: NAME, subject: 'millrace, nothing changed', rows, samples: samples.idle },
      checks: [{ what: 'times the ceiling', value: times(samples.idle), most: MOST_RATIO }],
    },
  ];
}

const text = `CONCAT_WS(',', ${wide.columns.map(({ name }) => name).join(', ')})`;
const half = (from: number) => `BIT_XOR(CAST(CONV(SUBSTR(MD5(${text}), ${from}, 16), 16, 10) AS UNSIGNED))`;
const ONCE = `SELECT COUNT(*), ${half(1)}, ${half(17)} FROM ${wide.name}`;

async function timed(work: () => Promise<unknown>): Promise<Sample> {
  const started = performance.now();
  await work();
  return { seconds: (performance.now() - started) / 1000, cpuSeconds: 0, peakMib: 0 };
}

/** What the run says of itself; an event a line. */
function fetchedRows(stdout: string): number {
  const said = /([\d,]+) hashes and ([\d,]+) rows fetched/.exec(stdout);
  if (said === null) throw new Error(`the run did not say what it fetched:\n${stdout.slice(-1000)}`);
  return said.slice(1).reduce((sum, digits) => sum + Number(digits.replaceAll(',', '')), 0);
}
