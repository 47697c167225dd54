import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from 'mysql2/promise';
import type { Server } from '../services/server.ts';
import type { Case } from './case.ts';
import { connect, type Lab, millrace } from './lab.ts';
import { measure } from './measured.ts';
import { median, type Result } from './result.ts';
import { StatementTap } from './statement-tap.ts';

const SCHEMA = 'deleted';
const ROWS = 300_000;
/** How many of them an incremental run brings anew. */
const FRESH = 1_000;
/** One that reads the table takes far more than this many times the list of keys. */
const MOST = 10;
const KINDS = ['tidb', 'mysql'] as const;

export const deleteCases: readonly Case[] = [
  { name: 'models-delete', text: 'Replacing rows of an incremental model', run: (lab: Lab) => deleteCase(lab) },
];

/** What the delete of an incremental run takes, beside a delete of the same rows by a list of keys, and dbt's by IN and a query. */
async function deleteCase(lab: Lab): Promise<Result[]> {
  const results: Result[] = [];
  for (const kind of KINDS) {
    const server = kind === 'tidb' ? await lab.freshTidb() : await lab.mysql('target');
    results.push(...(await measured(lab, kind, server)));
  }
  return results;
}

async function measured(lab: Lab, kind: (typeof KINDS)[number], server: Server): Promise<Result[]> {
  await using tap = new StatementTap(`mysql://127.0.0.1:${server.port}`);
  await tap.listen();
  const folder = await lab.ownFolder();
  writeProject(folder, kind, tap.port);
  await using connection = await connect(server);
  await connection.query(`DROP DATABASE IF EXISTS ${SCHEMA}`);
  const run = () => measure(millrace('run', '--project-dir', folder, '--quiet'));
  await run();
  await connection.query(`ANALYZE TABLE ${SCHEMA}.kept`);
  const own: number[] = [];
  const listed: number[] = [];
  const queried: number[] = [];
  const keys = Array.from({ length: FRESH }, (_, at) => at * (ROWS / FRESH));
  await connection.query(`CREATE TABLE ${SCHEMA}.fresh (id BIGINT, INDEX (id))`);
  await connection.query(`INSERT INTO ${SCHEMA}.fresh VALUES ${keys.map((key) => `(${key})`).join(', ')}`);
  for (let at = 0; at < lab.options.runs; at += 1) {
    tap.take();
    await run();
    const sent = tap.take().find(({ sql }) => /^(\/\*.*\*\/ *)?DELETE/.test(sql));
    if (sent === undefined) throw new Error('the run deleted nothing');
    own.push((sent.to - sent.from) / 1000);
    listed.push(await undone(connection, `DELETE FROM ${SCHEMA}.kept WHERE id IN (${keys.join(', ')})`));
    queried.push(
      await undone(connection, `DELETE FROM ${SCHEMA}.kept WHERE (id) IN (SELECT DISTINCT id FROM ${SCHEMA}.fresh)`),
    );
  }
  const line = (subject: string, seconds: readonly number[]): Result => ({
    case: 'models-delete',
    subject: `${kind}: ${subject}`,
    rows: FRESH,
    samples: seconds.map((one) => ({ seconds: one, cpuSeconds: 0, peakMib: 0 })),
  });
  const value = median(own.map((seconds, at) => seconds / listed[at]!));
  return [
    line(`${FRESH} of ${ROWS} rows by a list of keys`, listed),
    line('by IN and a query, as dbt', queried),
    { ...line('millrace', own), checks: [{ what: 'times the list of keys', value, most: MOST }] },
  ];
}

/** Seconds of a statement that is rolled back; it has to find all rows. */
async function undone(connection: Connection, sql: string): Promise<number> {
  await connection.beginTransaction();
  const begun = performance.now();
  const [told] = await connection.query(sql);
  const seconds = (performance.now() - begun) / 1000;
  await connection.rollback();
  const { affectedRows } = told as { affectedRows: number };
  if (affectedRows !== FRESH) throw new Error(`${affectedRows} rows were deleted`);
  return seconds;
}

function writeProject(root: string, kind: string, port: number): void {
  const digits = Array.from({ length: 10 }, (_, digit) => `select ${digit} as d`).join(' union all ');
  const places = [0, 1, 2, 3, 4, 5].map((at) => `digits as p${at}`).join(' cross join ');
  const id = [0, 1, 2, 3, 4, 5].map((at) => `p${at}.d * ${10 ** at}`).join(' + ');
  mkdirSync(join(root, 'models'));
  writeFileSync(
    join(root, 'models/kept.sql'),
    `{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='id') }}
with digits as (${digits}), numbers as (select ${id} as id from ${places})
select id, id * 1.5 as amount, concat('name ', id) as name from numbers
where id < ${ROWS}{% if is_incremental() %} and id % ${ROWS / FRESH} = 0{% endif %}
`,
  );
  writeFileSync(join(root, 'dbt_project.yml'), 'name: deleted\nversion: "1.0"\nprofile: deleted\n');
  const output = `{ type: ${kind}, host: 127.0.0.1, port: ${port}, user: root, password: "", schema: ${SCHEMA} }`;
  writeFileSync(join(root, 'profiles.yml'), `deleted:\n  target: dev\n  outputs:\n    dev: ${output}\n`);
}
