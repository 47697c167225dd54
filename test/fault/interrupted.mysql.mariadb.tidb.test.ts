import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import { withPair } from '../pairs/matrix.ts';
import { eventsOf, openDatabase, openPair, pairOf, rowsOf, type ServerName, type TestPair } from '../pipeline.ts';
import { startServer } from '../services/server.ts';
import { sharedUrl } from '../services/shared.ts';
import { overriding } from '../sides.ts';
import { startRunner } from './runner.ts';
import { Wire } from './wire.ts';

const ROWS = 22_000;

async function fill({ source }: TestPair, rows = ROWS): Promise<void> {
  await source.run(
    'CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL, w VARCHAR(20))',
    `INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT i, i MOD 7, 'w' FROM n`,
  );
}

async function assertEqual({ source, target }: TestPair): Promise<void> {
  assert.deepEqual(await rowsOf(target, 't'), await rowsOf(source, 't'));
}

function taskOf({ ends, source }: TestPair, config: Partial<PipelineConfig> = {}) {
  return { ends, config: { streams: [`${source.name}.t`], ...config }, commitRows: 1 };
}

/** A part of the table's own lane was committed: not only its plan. */
const isRowCommit = ({ event, ...rest }: { event: string; lane?: string }) =>
  event === 'committed' && /\/\d+$/.test(rest.lane ?? '');

/** Slow enough that the other runner comes before the end: some seconds a batch. */
const slowly = { throttle: { rows_per_second: 2_000 } };

describe('runners that meet', { concurrency: 2 }, () => {
  for (const write of ['overwrite', 'append'] as const) {
    for (const to of ['tidb', 'mariadb'] as const) {
      it(`invariant 5: mysql to ${to}, ${write}: a second runner takes over, the first ends fenced, no row is there twice`, () =>
        withPair('mysql', to, async (pair) => {
          await fill(pair);
          await using first = startRunner(taskOf(pair, { write, ...slowly }));
          await first.until(isRowCommit);
          await using second = startRunner(taskOf(pair, { write }));
          assert.deepEqual([await first.gone, await second.gone], [1, 0], JSON.stringify(second.finished()?.error));
          assert.equal(first.finished()?.error?.code, 'lane.fenced');
          await assertEqual(pair);
        }));
    }
  }

  it('invariant 5: mysql to tidb: two that start together', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await fill(pair);
      await using first = startRunner(taskOf(pair));
      await using second = startRunner(taskOf(pair));
      await Promise.all([first.gone, second.gone]);
      const codes = [first, second].map((runner) => runner.finished()?.error?.code);
      for (const code of codes) assert.ok(code === undefined || code === 'lane.fenced', code);
      await pair.sync(taskOf(pair).config);
      await assertEqual(pair);
    }));

  for (const to of ['tidb', 'mysql'] as const) {
    it(`invariant 5: mariadb to ${to}: a frozen runner is taken over, and when it wakes it fails as fenced`, () =>
      withPair('mariadb', to, async (pair) => {
        await fill(pair);
        await using frozen = startRunner(taskOf(pair, { write: 'upsert', ...slowly }));
        await frozen.until(isRowCommit);
        // In the next transaction, with locks on rows that the other runner is to write.
        const seen = eventsOf(frozen, 'progress').length;
        await frozen.until(({ event }) => event === 'progress' && eventsOf(frozen, 'progress').length > seen);
        frozen.kill('SIGSTOP');
        await pair.sync({ ...taskOf(pair).config, write: 'upsert' });
        await assertEqual(pair);
        await pair.source.run('UPDATE t SET v = 99');
        frozen.kill('SIGCONT');
        assert.equal(await frozen.gone, 1);
        assert.equal(frozen.finished()?.error?.code, 'lane.fenced');
        assert.equal(await pair.target.single('SELECT COUNT(*) FROM t WHERE v = 99'), '0', 'it wrote after all');
      }));
  }
});

describe('connections that are cut', { concurrency: 2 }, () => {
  for (const [from, to] of [
    ['mysql', 'tidb'],
    ['tidb', 'mariadb'],
  ] as const) {
    it(`${from} to ${to}: on both sides, at every batch and after every commit`, async () => {
      await using read = new Wire(sharedUrl(from));
      await using write = new Wire(sharedUrl(to));
      await using pair = pairOf(await openDatabase(from), await openDatabase(to), {
        through: { from: await read.listen(), to: await write.listen() },
      });
      await fill(pair);
      let cuts = 0;
      const ran = await pair.sync(
        {},
        {
          onEvent: ({ event }) => {
            if (event === 'committed' || (event === 'progress' && cuts % 3 === 0)) {
              cuts++;
              read.cut();
              write.cut();
            }
          },
          sides: { destination: (one) => overriding(one, { can: { ...one.can, commitRows: 1 } }) },
        },
      );
      assert.ok(eventsOf(ran, 'retry').length >= 3, JSON.stringify(eventsOf(ran, 'retry')));
      await assertEqual(pair);
    });

    it(`${from} to ${to}: at each look before and after the rows`, async () => {
      await using read = new Wire(sharedUrl(from));
      await using write = new Wire(sharedUrl(to));
      await using pair = pairOf(await openDatabase(from), await openDatabase(to), {
        through: { from: await read.listen(), to: await write.listen() },
      });
      await fill(pair, 100);
      const looks: [Wire, string][] = [
        [read, 'INFORMATION_SCHEMA.COLUMNS'],
        [read, 'VERSION()'],
        [read, from === 'tidb' ? 'tidb_current_ts' : 'MIN('],
        [read, 'ORDER BY k'],
        [write, 'VERSION()'],
        [write, '_millrace_streams'],
        [write, 'GET_LOCK'],
        [write, 'CREATE TABLE'],
        [write, 'INSERT INTO `'],
        [write, 'ORDER BY k'],
        [write, "phase = 'ready'"],
        [write, "phase = 'done'"],
      ];
      for (const [n, [wire, statement]] of looks.entries()) {
        await pair.source.run(`UPDATE t SET id = ${1000 + n} WHERE id = ${n + 1}`);
        wire.arm({ title: '', statement, how: n % 2 === 0 ? 'before' : 'after' }, () => undefined);
        const { finished } = await pair.attempt({ write: 'upsert' });
        assert.equal(finished.status, 'ok', `${statement}: ${JSON.stringify(finished.error)}`);
        if (n > 0 && statement !== 'CREATE TABLE') assert.ok(!wire.armed, `${statement} did not come`);
        await assertEqual(pair);
      }
    });
  }
});
