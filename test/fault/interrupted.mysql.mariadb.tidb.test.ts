import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Destination, noPositions, type RunEvent } from '../../connectors/contract/index.ts';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import { withPair } from '../pairs/matrix.ts';
import { databaseAt, eventsOf, openDatabase, pairOf, rowsOf, type TestDatabase, type TestPair } from '../pipeline.ts';
import { startServer } from '../services/server.ts';
import { sharedUrl } from '../services/shared.ts';
import { overriding, withWriters } from '../sides.ts';
import { startRunner } from './runner.ts';
import { Wire } from './wire.ts';

const ROWS = 22_000;

async function fill({ source }: TestPair, rows = ROWS): Promise<void> {
  await source.run(
    'CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL, w VARCHAR(20))',
    `INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT i, i MOD 7, 'w' FROM n`,
  );
}

/** Much more than what waits in the buffers between two servers. */
const WIDE_ROWS = 48_000;

/** Rows of about a kilobyte. */
async function fillWide(source: TestDatabase, rows: number): Promise<void> {
  await source.run(
    'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(1100))',
    `INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT i, REPEAT('x', 1000) FROM n`,
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
const slowly = { throttle: { rows_per_second: 1_000 } };

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

describe('a runner that looked before another began', { concurrency: 2 }, () => {
  for (const [from, to] of [
    ['tidb', 'mysql'],
    ['mysql', 'tidb'],
  ] as const) {
    it(`${from} to ${to}: joins in the ranges and the moment of the first, though it would have chosen others`, () =>
      withPair(from, to, async (pair) => {
        await fill(pair);
        await spread(pair);
        const rows = await rowsOf(pair.source, 't');
        const { config } = taskOf(pair);
        const drain = new AbortController();
        const onEvent = (event: RunEvent) => isRowCommit(event) && drain.abort();
        const first = await pair.attempt(config, { drain: drain.signal, onEvent });
        assert.equal(first.finished.status, 'stopped');
        // Ranges would be cut elsewhere now; on TiDB the row lies behind the moment of the read.
        await pair.source.run('INSERT INTO t VALUES (50000000, 1, NULL)');
        let looks = 0;
        const late = (one: Destination) =>
          overriding(one, {
            positions: async (signal) => (looks++ === 0 ? noPositions : one.positions(signal)),
          });
        const second = await pair.sync(config, { sides: { destination: late } });
        const sent = first.finished.counts.written + second.finished.counts.written;
        if (from === 'tidb') {
          assert.equal(sent, ROWS);
          assert.deepEqual(await rowsOf(pair.target, 't'), rows);
        } else {
          assert.equal(sent, ROWS + 1);
          await assertEqual(pair);
        }
      }));
  }

  it('mysql to tidb: one that comes when the read is over ends fenced and builds nothing', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await fill(pair, 100);
      await pair.sync();
      let looks = 0;
      const late = (one: Destination) =>
        overriding(one, { positions: async (signal) => (looks++ === 0 ? noPositions : one.positions(signal)) });
      const { finished } = await pair.attempt({ write: 'append' }, { sides: { destination: late } });
      assert.equal(finished.error?.code, 'lane.fenced');
      await assertEqual(pair);
    }));
});

/** Keys so far apart, and an estimate so high, that the table is read in ranges. */
async function spread({ source }: TestPair): Promise<void> {
  await source.run('UPDATE t SET id = id * 200 ORDER BY id DESC');
  if (source.server === 'tidb') return;
  await source.run(
    'ALTER TABLE t STATS_AUTO_RECALC = 0, STATS_PERSISTENT = 1',
    'ANALYZE TABLE t',
    "UPDATE mysql.innodb_table_stats SET n_rows = 4400000 WHERE database_name = '{db}' AND table_name = 't'",
    'FLUSH TABLE t',
  );
}

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

describe('servers in trouble', { concurrency: 2 }, () => {
  for (const side of ['source', 'target'] as const) {
    it(`a ${side} that is killed and started again: the run goes on by itself`, async () => {
      const server = await startServer('mariadb');
      try {
        await using shared = await openDatabase(side === 'source' ? 'tidb' : 'mysql');
        const own = await openDatabase('mariadb', server.url);
        const pair = side === 'source' ? pairOf(own, shared) : pairOf(shared, own);
        await fillWide(pair.source, WIDE_ROWS);
        const rows = await rowsOf(pair.source, 't');
        let restarted: Promise<void> | undefined;
        const restarting = (one: Destination) =>
          overriding(
            withWriters(one, (writer) => ({
              async write(batch) {
                await restarted;
                return writer.write(batch);
              },
              async commit(position, ended) {
                await restarted;
                return writer.commit(position, ended);
              },
            })),
            { can: { ...one.can, commitRows: 1 } },
          );
        let committed = false;
        const onEvent = (event: RunEvent) => {
          // Inside the second transaction.
          if (committed && event.event === 'progress') restarted ??= server.restart();
          committed ||= isRowCommit(event);
        };
        const ran = await pair.sync({}, { onEvent, sides: { destination: restarting } });
        assert.ok(eventsOf(ran, 'retry').length > 0);
        assert.equal(ran.finished.counts.written, WIDE_ROWS);
        await using again = await databaseAt('mariadb', server.url, own.name);
        assert.deepEqual(await rowsOf(side === 'target' ? again : shared, 't'), rows);
      } finally {
        await server.stop();
      }
    });
  }

  it('a target whose disk is full: the run fails and says so; with room again it goes on', async () => {
    const room = ['--innodb-file-per-table=0', '--innodb-data-file-path=ibdata1:12M;ibdata2:8M:autoextend:max:24M'];
    const server = await startServer('mariadb', { flags: room });
    try {
      await using pair = pairOf(await openDatabase('mysql'), await openDatabase('mariadb', server.url));
      await fillWide(pair.source, 12_000);
      await pair.target.run(
        'CREATE TABLE filler (v VARCHAR(1100))',
        "INSERT INTO filler WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT REPEAT('x', 1000) FROM n",
      );
      const { finished } = await pair.attempt();
      assert.equal(finished.status, 'failed');
      assert.match(finished.error?.message ?? '', /full/);
      await pair.target.run('DROP TABLE filler');
      // The server gives the room back by and by.
      let status = '';
      for (let n = 0; n < 20 && status !== 'ok'; n++) {
        await sleep(250);
        status = (await pair.attempt()).finished.status;
      }
      assert.equal(status, 'ok');
      await assertEqual(pair);
    } finally {
      await server.stop();
    }
  });

  it('a deadlock at the target: the transaction that was rolled back is sent again', () =>
    withPair('mysql', 'mysql', async (pair) => {
      const { source, target } = pair;
      await fill(pair, 4000);
      const config = { ...taskOf(pair).config, write: 'upsert' as const };
      await pair.sync(config);
      await source.run('UPDATE t SET v = 50');
      await target.run(
        'CREATE TABLE heavy (id INT PRIMARY KEY, v INT)',
        'INSERT INTO heavy WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT i, 0 FROM n',
      );
      // Heavier than the runner's: that is the one to be rolled back.
      await using other = await target.session();
      await other.run('START TRANSACTION', 'UPDATE heavy SET v = 1', 'SELECT * FROM t WHERE id = 4000 FOR UPDATE');
      const running = pair.sync(config);
      const waits =
        "SELECT COUNT(*) FROM performance_schema.data_lock_waits w JOIN performance_schema.data_locks l ON l.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID WHERE l.OBJECT_SCHEMA = '{db}'";
      while ((await target.single(waits)) === '0') await sleep(20);
      await other.run('UPDATE t SET w = NULL WHERE id = 1', 'COMMIT');
      const ran = await running;
      assert.ok(eventsOf(ran, 'retry').some(({ error }) => error.code === 'database.conflict'));
      await assertEqual(pair);
    }));
});
