import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent, StreamSchema } from '../../connectors/contract/index.ts';
import { kafkaUrl, openTopic } from '../kafka/produce.ts';
import { openDatabase, runOnce, type TestDatabase } from '../pipeline.ts';
import { type Runner, startRunner } from './runner.ts';

const versions: StreamSchema = {
  stream: { namespace: 'shop', name: 'versions' },
  columns: [
    { name: 'id', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false },
    { name: 'version', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false },
  ],
  key: ['id'],
};

const PARTITIONS = 4;
const KEYS = 500;

/** Every key's versions in order, key by key over the partitions. */
function messages(from: number, count: number) {
  return Array.from({ length: KEYS * count }, (_, i) => {
    const id = i % KEYS;
    const version = from + Math.floor(i / KEYS);
    return { key: [`${id}`], row: [`${id}`, `${version}`], partition: id % PARTITIONS };
  });
}

const isRowCommit = (event: RunEvent) => event.event === 'committed' && event.counts.read > 0;

/** Grows whenever a lane is opened. */
async function opened(target: TestDatabase): Promise<string | null | undefined> {
  return await target.single('SELECT SUM(epoch) FROM _millrace_state');
}

/** Every version of every key is there once. */
async function assertWhole(target: TestDatabase, table: string, count: number): Promise<void> {
  const [row] = await target.run(`SELECT COUNT(*), COUNT(DISTINCT id, version) FROM ${table}`);
  assert.deepEqual(row, [`${KEYS * count}`, `${KEYS * count}`]);
}

it('invariant 5: processes share a topic; one is killed, one is frozen and goes on: each message is written once', {
  timeout: 180_000,
}, async () => {
  await using topic = await openTopic(PARTITIONS);
  await using target = await openDatabase('tidb');
  const write = await topic.writer(versions);
  const ends = { id: randomUUID(), from: kafkaUrl(), to: target.url };
  // Appended rows show each delivery: by key a second one would not be seen.
  const config = { streams: [topic.name], write: 'append' as const };
  const start = (rate: number) =>
    startRunner({ ends, config: { ...config, throttle: { rows_per_second: rate } }, commitRows: 200 });

  await write(messages(0, 40));
  {
    await using one = start(700);
    await one.until(isRowCommit);
    await using two = start(700);
    await two.until(isRowCommit);
    one.kill('SIGKILL');
    assert.equal(await one.gone, 'SIGKILL');
    assert.equal(await two.gone, 0, JSON.stringify(two.finished()?.error));
  }
  // What was left behind did not wait for the next run.
  await assertWhole(target, topic.name, 40);

  await write(messages(40, 40));
  {
    await using frozen = start(400);
    await frozen.until(isRowCommit);
    await using other = start(400);
    await other.until(isRowCommit);
    frozen.kill('SIGSTOP');
    // The group gives it up, and the other has partitions that it did not have.
    const before = await opened(target);
    const late = AbortSignal.timeout(60_000);
    while ((await opened(target)) === before) await sleep(200, undefined, { signal: late });
    frozen.kill('SIGCONT');
    assert.deepEqual(
      [await frozen.gone, await other.gone],
      [0, 0],
      JSON.stringify([frozen.finished()?.error, other.finished()?.error]),
    );
  }
  await assertWhole(target, topic.name, 80);
  const { finished } = await runOnce(ends, config);
  assert.deepEqual([finished.status, finished.counts.read], ['ok', 0], JSON.stringify(finished.error));
});

for (const processes of [1, 2, 4]) {
  it(`invariant 5: ${processes} processes share a topic and one is killed: each has its part, and the rows are those of one`, {
    timeout: 180_000,
  }, async () => {
    await using topic = await openTopic(PARTITIONS);
    await using target = await openDatabase('tidb');
    const write = await topic.writer(versions);
    await write(messages(0, 40));
    const ends = { id: randomUUID(), from: kafkaUrl(), to: target.url };
    const config = { streams: [topic.name], throttle: { rows_per_second: 1600 / processes } };
    await using stack = new AsyncDisposableStack();
    const start = () => stack.use(startRunner({ ends, config, commitRows: 200 }));
    const [victim, ...others] = Array.from({ length: processes }, start) as [Runner, ...Runner[]];
    // Each has some of the work before one is gone.
    await Promise.all([victim, ...others].map((runner) => runner.until(isRowCommit)));
    victim.kill('SIGKILL');
    assert.equal(await victim.gone, 'SIGKILL');
    if (processes === 1) others.push(start());
    const ended = await Promise.all(others.map((runner) => runner.gone));
    assert.deepEqual(
      ended,
      others.map(() => 0),
      JSON.stringify(others.map((runner) => runner.finished()?.error)),
    );
    const [counted] = await target.run('SELECT SUM(rows_read) FROM _millrace_state');
    assert.deepEqual(counted, [`${KEYS * 40}`], 'the position and the count of rows are one commit');
    const [row] = await target.run(`SELECT COUNT(*), COUNT(DISTINCT id), MIN(version) FROM ${topic.name}`);
    assert.deepEqual(row, [`${KEYS}`, `${KEYS}`, '39']);
  });
}
