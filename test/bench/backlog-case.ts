import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Server, startServer } from '../services/server.ts';
import { arrival } from './arrival.ts';
import { added, backlog, type Change, changeSql, nets } from './backlog.ts';
import type { Method, Part } from './backlog-apply.ts';
import type { Case } from './case.ts';
import { emptyTarget, type TargetKind } from './copy-case.ts';
import { connect, DATABASE, type Lab, millrace, millraceUrl, ownProgram } from './lab.ts';
import { measure, sampleOf } from './measured.ts';
import { medianSeconds, type Result, type Sample } from './result.ts';
import { createSql, sampleFiles, wide } from './sample-table.ts';

/** Of the rows that are asked for, so many changes, and a quarter of them as rows that are there before. */
const CHANGES_SHARE = 5;
const BASE_SHARE = 4;
/** Changes of a transaction of the ceiling: as many as millrace commits at once. */
const PART: Readonly<Record<TargetKind, number>> = { tidb: 50_000, mysql: 100_000 };
/** Statements that are sent to the source at once; each commits by itself. */
const SENT = 500;
const LEAST = 0.8;
/** The ceiling has no log to read and no process to start: docs/benchmarks.md says what these take. */
const TOLERATED: Readonly<Record<TargetKind, number>> = { tidb: 0.3, mysql: 0.07 };
const METHODS: Readonly<Record<Method, string>> = {
  'load-replace': 'LOAD DATA ... REPLACE',
  'stage-update': 'staged LOAD DATA, then INSERT ... SELECT ... ON DUPLICATE KEY UPDATE',
  replace: 'REPLACE of 500 rows',
  update: 'INSERT ... ON DUPLICATE KEY UPDATE of 500 rows',
};

export const backlogCases: readonly Case[] = (['tidb', 'mysql'] as const).map((kind) => ({
  name: `backlog-apply-${kind}`,
  text: `A backlog of changes of single rows, MySQL to ${kind === 'tidb' ? 'TiDB' : 'MySQL'}`,
  run: (lab: Lab) => backlogCase(lab, kind),
}));

/** What is done to the table of each target. */
interface Backlog {
  readonly kind: TargetKind;
  readonly base: number;
  readonly changes: readonly Change[];
  /** Rows of the table and of those that are added, as LOAD DATA reads them. */
  readonly files: readonly string[];
}

async function backlogCase(lab: Lab, kind: TargetKind): Promise<Result[]> {
  const count = Math.ceil(lab.options.rows / CHANGES_SHARE);
  const base = Math.ceil(count / BASE_SHARE);
  const files = await sampleFiles(wide, base + added(count));
  const given: Backlog = { kind, base, changes: backlog(base, count), files };
  const parts = await writeParts(lab, given);
  const methods = Object.keys(METHODS) as Method[];
  const ceilings = new Map(methods.map((method) => [method, [] as Sample[]]));
  const own: Sample[] = [];
  let arrived = 'not looked at';
  for (let round = 0; round < lab.options.runs; round++) {
    for (const method of methods) ceilings.get(method)!.push(await ceiling(lab, given, parts, method));
    const run = await followed(lab, given);
    own.push(run.sample);
    arrived = run.arrived;
  }
  const best = Math.min(...[...ceilings.values()].map(medianSeconds));
  const check = {
    what: 'of the best method',
    value: best / medianSeconds(own),
    least: LEAST,
    tolerated: TOLERATED[kind],
  };
  const name = `backlog-apply-${kind}`;
  const subjects = methods.map((method) => ({ subject: METHODS[method], samples: ceilings.get(method)! }));
  return [
    ...subjects.map(({ subject, samples }) => ({ case: name, subject, rows: count, samples })),
    { case: name, subject: 'millrace', rows: count, samples: own, arrived, checks: [check] },
  ];
}

/** The net changes as files of rows, and the list of them. */
async function writeParts(lab: Lab, { kind, changes, files }: Backlog): Promise<string> {
  const folder = await lab.ownFolder();
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const lines = texts.flatMap((text) => text.split('\n').slice(0, -1));
  const parts: Part[] = [];
  for (const [i, { gone, rows }] of nets(changes, PART[kind]).entries()) {
    const file = join(folder, `${i}.txt`);
    const text = [...rows].map(([id, quantity]) => `${withQuantity(lines[id - 1]!, quantity)}\n`);
    await writeFile(file, text.join(''));
    parts.push({ file, gone });
  }
  const list = join(folder, 'parts.json');
  await writeFile(list, JSON.stringify(parts));
  return list;
}

/** The quantity is the second column. */
function withQuantity(line: string, quantity: number | undefined): string {
  return quantity === undefined ? line : line.replace(/\t[^\t]*/, `\t${quantity}`);
}

async function ceiling(lab: Lab, given: Backlog, parts: string, method: Method): Promise<Sample> {
  const target = await emptyTarget(lab, given.kind);
  await fill(target, given);
  const run = await measure(ownProgram('backlog-apply.ts', target.url, `${DATABASE}.${wide.name}`, method, parts));
  return { ...sampleOf(run), seconds: Number(run.stdout) };
}

/** The table as it is before the changes, and beside it what is added to it. */
async function fill(server: Server, { base, files }: Backlog): Promise<void> {
  await using sql = await connect(server);
  await sql.query(`CREATE DATABASE IF NOT EXISTS ${DATABASE}; USE ${DATABASE}`);
  await sql.query(`${createSql(wide)}; ${createSql(wide, 'spare')}`);
  for (const file of files) await sql.query(`LOAD DATA LOCAL INFILE '${file}' INTO TABLE spare CHARACTER SET utf8mb4`);
  await sql.query(
    `INSERT INTO ${wide.name} SELECT * FROM spare WHERE id <= ${base}; DELETE FROM spare WHERE id <= ${base}`,
  );
}

/** A copy, then the changes at the source, then the run that is measured: it brings all of them. */
async function followed(lab: Lab, given: Backlog): Promise<{ readonly sample: Sample; readonly arrived: string }> {
  const flags = ['--innodb-buffer-pool-size=2G', '--innodb-redo-log-capacity=2G', '--sync-binlog=0'];
  const source = await startServer('mysql', {
    flags: [...flags, '--innodb-flush-log-at-trx-commit=2', '--server-id=14'],
  });
  try {
    await fill(source, given);
    const target = await emptyTarget(lab, given.kind);
    const cwd = await lab.ownFolder();
    const words = ['sync', millraceUrl(source), millraceUrl(target), '--tables', wide.name, '--read', 'cdc'];
    const sync = () => measure(millrace(...words), { cwd, env: { XDG_STATE_HOME: cwd } });
    await sync();
    await change(source, given.changes);
    const sample = sampleOf(await sync());
    await using from = await connect(source, DATABASE);
    await using to = await connect(target, DATABASE);
    return { sample, arrived: await arrival(from, to, wide) };
  } finally {
    await source.stop();
  }
}

async function change(source: Server, changes: readonly Change[]): Promise<void> {
  await using sql = await connect(source, DATABASE);
  for (let at = 0; at < changes.length; at += SENT) {
    await sql.query(
      changes
        .slice(at, at + SENT)
        .map((one) => changeSql(one, wide.name, 'spare'))
        .join('; '),
    );
  }
}
