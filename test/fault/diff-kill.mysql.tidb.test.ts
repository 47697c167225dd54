import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '../mysql/workload.ts';
import { sharedUrl } from '../services/shared.ts';
import { collected, Ends, type TargetName } from '../tidb/ends.ts';
import { changes, changeUntil, TABLES } from '../tidb/workload.ts';
import { startRunner } from './runner.ts';
import { type Point, Wire } from './wire.ts';

const POSITION = '_millrace_state` SET position';

const atSource: readonly Point[] = [
  { title: 'before the table is looked at as it was', statement: 'SET tidb_snapshot', how: 'before' },
  { title: 'before a range is hashed', statement: 'BIT_XOR', how: 'before' },
  { title: 'when a range was hashed', statement: 'BIT_XOR', how: 'after' },
  { title: 'before rows are fetched', statement: ' IN (', behind: 'BIT_XOR', how: 'before' },
];

const atTarget: readonly Point[] = [
  { title: 'before rows are sent', statement: 'LOAD DATA', how: 'before' },
  { title: 'before a commit', behind: POSITION, statement: 'COMMIT', how: 'before' },
  { title: 'in a commit whose answer is lost', behind: POSITION, statement: 'COMMIT', how: 'after' },
];

/** Tables large enough that a run commits more than once. */
async function fill(ends: Ends): Promise<void> {
  await ends.source.run(...TABLES);
  await ends.source.run(
    "INSERT INTO b (k, n) WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000) SELECT 'many', n FROM c",
  );
  await changes(ends.source, 100, 7);
}

async function change(ends: Ends, seed: number): Promise<void> {
  await changes(ends.source, 40, seed);
  await ends.source.run("UPDATE b SET v = v + 1 WHERE k = 'many'");
}

describe('a run that compares is killed', { concurrency: 2 }, () => {
  for (const [side, points] of [
    ['source', atSource],
    ['target', atTarget],
  ] as const) {
    it(`invariant 1: at each point of its talk with the ${side}; the next run goes on, and ends equal`, async () => {
      await using wire = new Wire(sharedUrl(side === 'source' ? 'tidb' : 'mysql'));
      const address = await wire.listen();
      await using ends = await Ends.open('mysql', side === 'source' ? { from: address } : { to: address });
      await fill(ends);
      await ends.sync();
      for (const [n, point] of points.entries()) {
        for (const gone of [false, true]) {
          const when = `${point.title}, ${gone ? "by the target's rows" : 'by history'}`;
          await change(ends, 2 * n + (gone ? 1 : 0) + 1);
          if (gone && `${point.statement}${point.behind}`.includes('BIT_XOR')) continue;
          if (gone) for (const table of ['a', 'b', 'c']) await ends.movePosition(table, collected);
          await using runner = startRunner({ ends: ends.ends, config: ends.config(), commitRows: 500 });
          wire.arm(point, () => runner.kill('SIGKILL'));
          assert.equal(await runner.gone, 'SIGKILL', `${when}: ${JSON.stringify(runner.finished()?.error)}`);
          await change(ends, 100 + n);
          await ends.sync();
          await ends.assertEqual(when);
        }
      }
    });
  }

  for (const target of ['mysql', 'duckdb'] satisfies TargetName[]) {
    it(`invariant 1: into ${target}, during the copy and after, at moments that nobody chose, while the source changes`, async () => {
      await using ends = await Ends.open(target);
      await fill(ends);
      const stop = new AbortController();
      await using own = await ends.source.session();
      const writer = changeUntil(own, stop.signal, 11);
      const draw = seeded(5);
      let killed = 0;
      try {
        for (let n = 0; n < 12; n++) {
          await using runner = startRunner({ ends: ends.ends, config: ends.config(), commitRows: 500 });
          await runner.until(({ event }) => event === 'started');
          await Promise.race([sleep(draw(400)), runner.gone]);
          runner.kill('SIGKILL');
          if ((await runner.gone) === 'SIGKILL') killed++;
          await ends.source.run("UPDATE b SET v = v + 1 WHERE k = 'many'");
        }
      } finally {
        stop.abort();
        assert.ok((await writer) > 0);
      }
      assert.ok(killed >= 6, `${killed} of 12 were killed`);
      await ends.sync();
      await ends.assertEqual();
    });
  }

  it('a comparison that was cut in the middle goes on between the same two moments', async () => {
    await using ends = await Ends.open('mysql');
    await ends.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)');
    const many = 'WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 40000) SELECT n, n FROM c';
    await ends.source.run(`INSERT INTO t ${many}`);
    await ends.sync();
    const before = await ends.position('t');
    await ends.source.run('UPDATE t SET v = v + 1');
    await using runner = startRunner({ ends: ends.ends, config: ends.config(), commitRows: 1000 });
    await runner.until((event) => event.event === 'committed' && event.counts.read > 0);
    runner.kill('SIGKILL');
    assert.equal(await runner.gone, 'SIGKILL', JSON.stringify(runner.finished()));
    const cut = await ends.position('t');
    const going = cut.going as { to: string; by: string; from: string[] };
    assert.equal(cut.tso, before.tso);
    assert.equal(going.by, 'history');
    assert.ok(Number(going.from[0]) > 1 && Number(going.from[0]) <= 40_000, JSON.stringify(going));
    // Of the rows that were brought already one goes back to what it was: history from the first moment on would not tell it.
    await ends.source.run('UPDATE t SET v = v - 1 WHERE id = 1', 'DELETE FROM t WHERE id = 2');
    const rest = await ends.sync();
    await ends.assertEqual();
    assert.ok(rest.finished.counts.read < 40_000, `${rest.finished.counts.read} rows`);
  });
});
