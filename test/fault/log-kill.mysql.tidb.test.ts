import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { changeUntil, seeded, WORKLOAD_TABLES } from '../mysql/workload.ts';
import { openDatabase, pairOf, rowsOf, type TestPair } from '../pipeline.ts';
import { sharedUrl } from '../services/shared.ts';
import { startRunner } from './runner.ts';
import { type Point, Wire } from './wire.ts';

const POSITION = '_millrace_state` SET position';

const points: readonly Point[] = [
  { title: 'before rows are sent', statement: 'LOAD DATA', how: 'before' },
  { title: 'before a commit', behind: POSITION, statement: 'COMMIT', how: 'before' },
  { title: 'in a commit whose answer is lost', behind: POSITION, statement: 'COMMIT', how: 'after' },
  { title: 'before a column is added', statement: 'ADD COLUMN', how: 'before' },
  { title: 'when a column was added', statement: 'ADD COLUMN', how: 'after' },
];

const cdc = { read: 'cdc' } as const;

async function assertEqual({ source, target }: TestPair, when: string): Promise<void> {
  for (const table of ['a', 'b'])
    assert.deepEqual(await rowsOf(target, table), await rowsOf(source, table), `${table}, ${when}`);
}

async function changeFor({ source }: TestPair, ms: number, seed: number): Promise<void> {
  await using own = await source.session();
  await changeUntil(own, AbortSignal.timeout(ms), seed);
}

describe('a run that follows a log is killed', { concurrency: 2 }, () => {
  it('invariant 1: at each point; the next run goes on from the last commit', async () => {
    await using wire = new Wire(sharedUrl('tidb'));
    await using pair = pairOf(await openDatabase('mysql'), await openDatabase('tidb'), {
      through: { to: await wire.listen() },
    });
    const streams = [`${pair.source.name}.*`];
    await pair.source.run(...WORKLOAD_TABLES);
    await changeFor(pair, 300, 7);
    await pair.sync(cdc);
    for (const [n, point] of points.entries()) {
      await changeFor(pair, 300, n + 1);
      if (point.statement === 'ADD COLUMN') await pair.source.run(`ALTER TABLE a ADD COLUMN c${n} INT DEFAULT ${n}`);
      await changeFor(pair, 100, n + 50);
      await using runner = startRunner({ ends: pair.ends, config: { streams, ...cdc }, commitRows: 50 });
      wire.arm(point, () => runner.kill('SIGKILL'));
      assert.equal(await runner.gone, 'SIGKILL', `${point.title}: ${JSON.stringify(runner.finished()?.error)}`);
      await pair.sync(cdc);
      await assertEqual(pair, point.title);
    }
  });

  it('invariant 1: during the copy and the changes, at moments that nobody chose, while the source changes', async () => {
    await using pair = pairOf(await openDatabase('mysql'), await openDatabase('tidb'));
    const streams = [`${pair.source.name}.*`];
    await pair.source.run(...WORKLOAD_TABLES);
    await changeFor(pair, 500, 3);
    const stop = new AbortController();
    await using own = await pair.source.session();
    const writer = changeUntil(own, stop.signal, 11);
    const draw = seeded(5);
    let killed = 0;
    for (let n = 0; n < 10; n++) {
      await using runner = startRunner({ ends: pair.ends, config: { streams, ...cdc }, commitRows: 50 });
      await runner.until(({ event }) => event === 'started');
      await Promise.race([sleep(draw(600)), runner.gone]);
      runner.kill('SIGKILL');
      if ((await runner.gone) === 'SIGKILL') killed++;
    }
    assert.ok(killed >= 5, `${killed} of 10 were killed`);
    stop.abort();
    assert.ok((await writer) > 0);
    await pair.sync(cdc);
    await assertEqual(pair, 'at the end');
  });
});
