import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { StreamSchema } from '../../connectors/contract/index.ts';
import { openDatabase, type Ran, runOnce, type TestDatabase } from '../pipeline.ts';
import { kafkaUrl, openTopic, type TestTopic } from './produce.ts';
import { type TicdcColumn, ticdcWriter } from './ticdc.ts';

const orders: StreamSchema = {
  stream: { namespace: 'shop', name: 'orders' },
  columns: [
    { name: 'id', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false },
    { name: 'v', type: { kind: 'text', length: 20, charset: 'utf8mb4' }, nullable: true },
  ],
  key: ['id'],
};

const columns: readonly TicdcColumn[] = [
  { name: 'id', type: 'int', parameters: { tidb_type: 'INT' } },
  { name: 'v', type: 'string', parameters: { tidb_type: 'TEXT' }, nullable: true },
];

const rows = (from: number, to: number, partition = 0) =>
  Array.from({ length: to - from }, (_, i) => ({ key: [`${from + i}`], row: [`${from + i}`, 'x'], partition }));

async function reading(
  partitions: number,
  body: (topic: TestTopic, target: TestDatabase, sync: () => Promise<Ran>) => Promise<void>,
): Promise<void> {
  await using topic = await openTopic(partitions);
  await using target = await openDatabase('tidb');
  const ends = { id: randomUUID(), from: kafkaUrl(), to: target.url };
  await body(topic, target, () => runOnce(ends, { streams: [topic.name] }));
}

function assertOk({ finished }: Ran): Ran['finished'] {
  assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
  return finished;
}

function assertLost({ finished }: Ran, why: RegExp, code = 'source.history-lost'): void {
  assert.equal(finished.error?.code, code, JSON.stringify(finished));
  assert.match(finished.error.message, why);
}

const edit = (change: string) => `UPDATE _millrace_state SET ${change} WHERE lane LIKE 'kafka/%'`;
const replaced = (from: string, to: string) => edit(`position = REPLACE(position, '${from}', '${to}')`);

describe('positions of topics', { concurrency: 2 }, () => {
  it('invariant 9: records that were deleted before they were read', () =>
    reading(1, async (topic, target, sync) => {
      const write = await topic.writer(orders);
      await write(rows(0, 5));
      assertOk(await sync());
      await write(rows(5, 10));
      await topic.cut(0, 5n);
      assert.equal(assertOk(await sync()).counts.read, 5);
      await write(rows(10, 20));
      await topic.cut(0, 15n);
      assertLost(await sync(), /offsets 10 to 14 were deleted/);
      assert.equal(await target.single(`SELECT COUNT(*) FROM ${topic.name}`), '10');
    }));

  it('invariant 9: a log that was cut behind the position, or restored from an older copy', () =>
    reading(1, async (topic, target, sync) => {
      const write = await topic.writer(orders);
      await write(rows(0, 5));
      assertOk(await sync());
      await write(rows(5, 9));
      await target.run(replaced('"epoch":0', '"epoch":7'));
      assertLost(await sync(), /was cut off at|not within the range/);
      await target.run(replaced('"epoch":7', '"epoch":0'), replaced('"next":"5"', '"next":"50"'));
      assertLost(await sync(), /ends at offset 9, before 50/);
    }));

  it('invariant 9: another cluster', () =>
    reading(1, async (topic, target, sync) => {
      await (await topic.writer(orders))(rows(0, 5));
      assertOk(await sync());
      const [[position] = []] = await target.run(`SELECT position FROM _millrace_state WHERE lane LIKE 'kafka/%'`);
      const { cluster, topic: id, next, epoch } = JSON.parse(position!) as Record<string, unknown>;
      assert.deepEqual([typeof cluster, next, epoch], ['string', '5', 0]);
      assert.match(String(id), /^[0-9a-f-]{36}$/);
      await target.run(replaced(String(cluster), 'elsewhere'));
      assertLost(await sync(), /of cluster elsewhere/);
      await target.run(edit("source_identity = 'kafka:elsewhere'"));
      assertLost(await sync(), /elsewhere/, 'source.identity-changed');
    }));

  it('invariant 6: partitions are added, keys move to them, and what the old ones bring again is known', () =>
    reading(1, async (topic, target, sync) => {
      const write = await ticdcWriter(topic, columns, ['id'], { extension: true, before: true });
      for (const seq of [1n, 2n, 3n]) await write.put('u', { id: 1, v: `v${seq}` }, seq);
      await write.put('c', { id: 2, v: 'v1' }, 1n);
      assertOk(await sync());
      await topic.grow(3);
      await write.put('u', { id: 1, v: 'v4' }, 4n, {}, 2);
      await write.put('d', { id: 2, v: 'v1' }, 4n, {}, 1);
      assert.equal(assertOk(await sync()).counts.read, 2);
      for (const seq of [2n, 3n]) await write.put('u', { id: 1, v: `v${seq}` }, seq, {}, 0);
      await write.put('c', { id: 2, v: 'v1' }, 1n);
      assert.equal(assertOk(await sync()).counts.superseded, 3);
      assert.deepEqual(await target.run(`SELECT id, v FROM ${topic.name}`), [['1', 'v4']]);
    }));
});

describe('a topic that is followed', { concurrency: 2 }, () => {
  it('rows come while it runs, partitions that are added too, and it ends when it is told to', () =>
    reading(1, async (topic, target) => {
      const write = await topic.writer(orders);
      await write(rows(0, 3));
      const drain = new AbortController();
      const late = AbortSignal.timeout(60_000);
      const ends = { id: randomUUID(), from: kafkaUrl(), to: target.url };
      const waiting = new Map<string, () => void>();
      const seen = (count: string) => new Promise<void>((resolve) => waiting.set(count, resolve));
      let total = 0;
      const three = seen('3');
      const ran = runOnce(
        ends,
        { streams: [topic.name] },
        {
          follow: true,
          drain: drain.signal,
          abort: late,
          onEvent: (event) => {
            if (event.event !== 'committed') return;
            total += event.counts.written;
            waiting.get(`${total}`)?.();
          },
        },
      );
      await three;
      const four = seen('4');
      await write(rows(3, 4));
      await four;
      assert.equal(await target.single(`SELECT COUNT(*) FROM ${topic.name}`), '4');
      const five = seen('5');
      await topic.grow(2);
      await write(rows(4, 5, 1));
      await five;
      drain.abort();
      const { finished } = await ran;
      assert.equal(finished.error, undefined, JSON.stringify(finished));
      assert.equal(await target.single(`SELECT COUNT(*) FROM ${topic.name}`), '5');
    }));
});
