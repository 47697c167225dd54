import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import { openDatabase, openPair, pairOf, rowsOf, runOnce, type ServerName, type TestPair } from '../pipeline.ts';
import { sharedUrl } from '../services/shared.ts';
import { startRunner } from './runner.ts';
import { type Point, Wire } from './wire.ts';

/** Three batches: with a commit at every batch there is something to keep and something left. */
const ROWS = 12_000;

const POSITION = '_millrace_state` SET position';

const writes: readonly Point[] = [
  { title: 'before rows are sent', statement: 'LOAD DATA', how: 'before' },
  { title: 'after rows were loaded, before the commit', statement: POSITION, how: 'before' },
  { title: 'before a commit', behind: POSITION, statement: 'COMMIT', how: 'before' },
  { title: 'in a commit whose answer is lost', behind: POSITION, statement: 'COMMIT', how: 'after' },
  { title: 'after the last rows', statement: "phase = 'ready'", how: 'before' },
];

const swaps: readonly Point[] = [
  { title: 'before the built table is made', statement: 'CREATE TABLE `', how: 'before' },
  { title: 'when the built table was made', statement: 'CREATE TABLE `', how: 'after' },
  { title: 'before an index is built', statement: 'ADD INDEX', how: 'before' },
  { title: 'when an index was built', statement: 'ADD INDEX', how: 'after' },
  { title: 'when it is ready', statement: "phase = 'ready'", how: 'after' },
  { title: 'before the swap', statement: 'RENAME TABLE', how: 'before' },
  { title: 'in a swap whose answer is lost', statement: 'RENAME TABLE', how: 'after' },
  { title: 'when the swap was recorded', statement: "phase = 'swapped'", how: 'after' },
  { title: 'before the end is recorded', statement: "phase = 'done'", how: 'before' },
  { title: 'when the end is not committed', statement: "phase = 'done'", how: 'after' },
];

/** Points of the swap that only some servers have. */
const swapsOf: Readonly<Record<ServerName, readonly Point[]>> = {
  mysql: [
    { title: 'before the old table is dropped', statement: 'DROP TABLE', how: 'before' },
    { title: 'when the old table was dropped', statement: 'DROP TABLE', how: 'after' },
  ],
  mariadb: [
    { title: 'before the old table is dropped', statement: 'DROP TABLE', how: 'before' },
    { title: 'when the old table was dropped', statement: 'DROP TABLE', how: 'after' },
  ],
  tidb: [
    { title: 'before the old table is emptied', behind: "phase = 'swapped'", statement: 'TRUNCATE', how: 'before' },
    { title: 'when the old table was emptied', behind: "phase = 'swapped'", statement: 'TRUNCATE', how: 'after' },
    { title: 'when the mark was taken away', behind: 'TRUNCATE', statement: 'COMMENT =', how: 'after' },
  ],
};

/** The first read makes the table on all servers, a later one may find its standing table on TiDB: there these do not come. */
function swapPoints(server: ServerName): readonly Point[] {
  const made = (point: Point) => server !== 'tidb' || !/CREATE TABLE|ADD INDEX/.test(point.statement);
  return [...writes, ...swaps.filter(made), ...swapsOf[server]];
}

async function fill({ source }: TestPair, rows = ROWS): Promise<void> {
  await source.run(
    'CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL, w VARCHAR(20), KEY v (v))',
    `INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT i, i MOD 7, 'w' FROM n`,
  );
}

const SUM = 'SELECT COUNT(*), SUM(v) FROM t';

/** Rows of the read that is under way which need not be sent again. */
async function committedRows({ target, source }: TestPair): Promise<number> {
  const [row] = await target.run(
    'SELECT COALESCE(SUM(l.rows_written), 0) FROM _millrace_streams s JOIN _millrace_state l ON l.pipeline = s.pipeline ' +
      `WHERE s.phase <> 'done' AND l.lane LIKE CONCAT('full/', s.generation, '/${source.name}.t/%')`,
  );
  return Number(row![0]);
}

interface KillTest {
  readonly config: Partial<PipelineConfig>;
  /** Changes the source before each run that is killed. */
  readonly change: (pair: TestPair, n: number) => Promise<void>;
  readonly points: readonly Point[];
}

/** Kills a run at each point, one after the other, on the same tables. */
async function killAtEach(to: ServerName, { config, change, points }: KillTest): Promise<void> {
  await using wire = new Wire(sharedUrl(to));
  await using pair = pairOf(await openDatabase('mysql'), await openDatabase(to), {
    through: { to: await wire.listen() },
  });
  await fill(pair);
  const streams = [`${pair.source.name}.t`];
  await pair.sync({ streams, ...config });
  for (const [n, point] of points.entries()) {
    await change(pair, n);
    const before = await pair.target.run(SUM);
    const columns = await rowsOf(pair.source, 't');
    await using runner = startRunner({ ends: pair.ends, config: { streams, ...config }, commitRows: 4000 });
    wire.arm(point, () => runner.kill('SIGKILL'));
    assert.equal(await runner.gone, 'SIGKILL', `${point.title}: ${JSON.stringify(runner.finished()?.error)}`);
    if (config.write === 'overwrite') {
      const seen = JSON.stringify(await pair.target.run(SUM));
      const whole = [before, await pair.source.run(SUM)].map((rows) => JSON.stringify(rows));
      assert.ok(whole.includes(seen), `${point.title}: readers see ${seen}, which is neither of ${whole}`);
    }
    const kept = await committedRows(pair);
    const { finished } = await pair.sync({ streams, ...config });
    assert.equal(finished.counts.read, ROWS - kept, `${point.title}: rows sent after the kill`);
    assert.deepEqual(await rowsOf(pair.target, 't'), columns, point.title);
  }
  const left = await pair.target.run("SHOW TABLES LIKE '\\_millrace\\_%\\_%'");
  const stray = left.flat().filter((name) => /_millrace_[br]_/.test(name!));
  assert.equal(stray.length, config.write === 'overwrite' && to === 'tidb' ? 1 : 0, stray.join(', '));
}

/** Rows are added before each run that is killed; the overlap is as large as what is added. */
async function killAppends(to: ServerName): Promise<void> {
  await using wire = new Wire(sharedUrl(to));
  await using pair = pairOf(await openDatabase('mysql'), await openDatabase(to), {
    through: { to: await wire.listen() },
  });
  await fill(pair, 100);
  const incremental = { read: 'incremental', write: 'append', cursor: 'id', overlap: 7000 } as const;
  const config = { streams: [{ name: `${pair.source.name}.t`, ...incremental }] };
  await pair.sync(config);
  for (const [n, point] of writes.entries()) {
    if (point.statement.startsWith('phase')) continue;
    const first = 10_000 * (n + 1);
    await pair.source.run(
      `INSERT INTO t WITH RECURSIVE n (i) AS (SELECT ${first} UNION ALL SELECT i + 1 FROM n WHERE i < ${first + 5999}) SELECT i, 0, 'w' FROM n`,
    );
    await using runner = startRunner({ ends: pair.ends, config, commitRows: 1 });
    wire.arm(point, () => runner.kill('SIGKILL'));
    assert.equal(await runner.gone, 'SIGKILL', `${point.title}: ${JSON.stringify(runner.finished()?.error)}`);
    await pair.sync(config);
    assert.deepEqual(await rowsOf(pair.target, 't'), await rowsOf(pair.source, 't'), point.title);
  }
}

const firsts: readonly Point[] = [
  { title: 'when a table of the state was made', statement: 'CREATE TABLE IF NOT EXISTS', how: 'after' },
  ...swaps,
  { title: 'when the place of the old table was taken', statement: '(placeholder', how: 'after' },
];

/** Each copy is another pipeline's, into a table of its own. */
async function killFirstCopies(to: ServerName): Promise<void> {
  await using wire = new Wire(sharedUrl(to));
  await using pair = pairOf(await openDatabase('mysql'), await openDatabase(to), {
    through: { to: await wire.listen() },
  });
  await fill(pair);
  const rows = await rowsOf(pair.source, 't');
  const points = firsts.filter(({ statement }) => to !== 'tidb' || statement !== '(placeholder');
  for (const [n, point] of points.entries()) {
    const ends = { ...pair.ends, id: randomUUID() };
    const config = { streams: [`${pair.source.name}.t`], target: { table: `t${n}` } };
    await using runner = startRunner({ ends, config, commitRows: 4000 });
    wire.arm(point, () => runner.kill('SIGKILL'));
    assert.equal(await runner.gone, 'SIGKILL', `${point.title}: ${JSON.stringify(runner.finished()?.error)}`);
    const { finished } = await runOnce(ends, config);
    assert.equal(finished.status, 'ok', `${point.title}: ${JSON.stringify(finished.error)}`);
    assert.deepEqual(await rowsOf(pair.target, `t${n}`), rows, point.title);
    const index = await pair.target.run(`SHOW INDEX FROM t${n} WHERE Key_name = 'v'`);
    assert.equal(index.length, 1, point.title);
  }
}

/** Batches of 5,000 rows, a commit at each: more than so many kills let through. */
const BATCHES = 70;

async function killAtRandom(times: number, say: (figures: string) => void): Promise<void> {
  await using pair = await openPair('mysql', 'tidb');
  await fill(pair, BATCHES * 5000);
  const config = { streams: [`${pair.source.name}.t`] };
  for (let kill = 0; kill < times; kill++) {
    await using runner = startRunner({ ends: pair.ends, config, commitRows: 1 });
    const batches = 1 + Math.floor(Math.random() * 5);
    let seen = 0;
    await runner.until(({ event }) => event === 'progress' && ++seen === batches);
    await sleep(Math.random() * 50);
    runner.kill('SIGKILL');
    assert.equal(await runner.gone, 'SIGKILL');
  }
  const { finished } = await pair.sync(config);
  const left = finished.counts.read / (BATCHES * 5000);
  say(`${finished.counts.read} of ${BATCHES * 5000} rows (${Math.round(left * 100)} %) were sent after kill ${times}`);
  assert.ok(left > 0 && left < 0.6, `${Math.round(left * 100)} % were sent after the last kill`);
  const sums = 'SELECT COUNT(*), SUM(id), SUM(id * v), COUNT(DISTINCT id) FROM t';
  assert.deepEqual(await pair.target.run(sums), await pair.source.run(sums));
}

describe('a run that is killed', { concurrency: 2 }, () => {
  for (const to of ['tidb', 'mysql', 'mariadb'] as const) {
    it(`invariant 1: overwrite, mysql to ${to}, at each step`, () =>
      killAtEach(to, {
        config: { write: 'overwrite' },
        change: async ({ source }) => {
          await source.run('UPDATE t SET v = v + 1');
        },
        points: swapPoints(to),
      }));
  }

  for (const to of ['tidb', 'mariadb'] as const) {
    it(`invariant 1: upsert with a new column and gone rows, mysql to ${to}, at each step`, () =>
      killAtEach(to, {
        config: { write: 'upsert' },
        change: async ({ source }, n) => {
          await source.run(
            'UPDATE t SET v = v + 1',
            `UPDATE t SET id = ${100_000 + n} ORDER BY id LIMIT 1`,
            `ALTER TABLE t ADD c${n} INT DEFAULT ${n}`,
          );
        },
        points: [
          { title: 'before the column is added', statement: 'ADD COLUMN', how: 'before' },
          { title: 'when the column was added', statement: 'ADD COLUMN', how: 'after' },
          ...writes,
          { title: 'before gone rows are removed', statement: 'DELETE FROM `mr_', how: 'before' },
          { title: 'when gone rows were removed', statement: 'DELETE FROM `mr_', how: 'after' },
        ],
      }));
  }

  for (const to of ['tidb', 'mysql'] as const) {
    it(`invariant 1: incremental append, mysql to ${to}: no row is there twice`, () => killAppends(to));
  }

  for (const to of ['tidb', 'mariadb'] as const) {
    it(`the first copy of a table, mysql to ${to}, at each step`, () => killFirstCopies(to));
  }

  it('twenty times in a row, mysql to tidb: ends equal, with less than 60 % left to send', (test) =>
    killAtRandom(20, (figures) => test.diagnostic(figures)));
});
