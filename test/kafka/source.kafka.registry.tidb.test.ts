import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { StreamSchema } from '../../connectors/contract/index.ts';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import { eventsOf, openDatabase, type Ran, runOnce, type TestDatabase } from '../pipeline.ts';
import { kafkaUrl, openTopic, type TestTopic } from './produce.ts';

const orders: StreamSchema = {
  stream: { namespace: 'shop', name: 'orders' },
  columns: [
    { name: 'id', type: { kind: 'integer', bits: 64, unsigned: true }, nullable: false },
    { name: 'v', type: { kind: 'text', length: 20, charset: 'utf8mb4' }, nullable: true },
    { name: 'd', type: { kind: 'decimal', precision: 65, scale: 30, unsigned: false }, nullable: true },
    { name: 'f', type: { kind: 'float', bits: 32, unsigned: false }, nullable: true },
    { name: 'raw', type: { kind: 'bytes', length: 8 }, nullable: true },
    { name: 'at', type: { kind: 'datetime', fsp: 6 }, nullable: true },
  ],
  key: ['id'],
};

const wider: StreamSchema = {
  ...orders,
  columns: [...orders.columns, { name: 'more', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: true }],
};

const row = (id: string, v: string | null = 'x') => [id, v, null, null, null, null];

interface Reading {
  readonly topic: TestTopic;
  readonly target: TestDatabase;
  sync(config?: Partial<PipelineConfig>): Promise<Ran>;
}

async function reading(body: (reading: Reading) => Promise<void>, partitions = 2): Promise<void> {
  await using topic = await openTopic(partitions);
  await using target = await openDatabase('tidb');
  const ends = { id: randomUUID(), from: kafkaUrl(), to: target.url };
  await body({ topic, target, sync: (config = {}) => runOnce(ends, { streams: [topic.name], ...config }) });
}

function assertOk({ finished }: Ran): Ran['finished'] {
  assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
  return finished;
}

describe('topics into TiDB', { concurrency: 2 }, () => {
  it('invariant 2: values at their extremes, updates, deletes and deletes of what is not there', () =>
    reading(async ({ topic, target, sync }) => {
      const write = await topic.writer(orders);
      const max = [
        '18446744073709551615',
        'ü 😀',
        `-${'9'.repeat(35)}.${'9'.repeat(30)}`,
        '3.14',
        Buffer.from([0, 255]),
        '2024-02-29 23:59:59.999999',
      ];
      await write([
        { key: [max[0]!], row: max, partition: 0 },
        { key: ['1'], row: row('1', null), partition: 1 },
        { key: ['2'], row: row('2'), partition: 1 },
      ]);
      assert.equal(assertOk(await sync()).counts.written, 3);
      await write([
        { key: ['2'], partition: 1 },
        { key: ['3'], partition: 1 },
        { key: ['1'], row: row('1', 'again'), partition: 1 },
      ]);
      assertOk(await sync());
      const rows = await target.run(`SELECT id, v, d, f, HEX(raw), at FROM ${topic.name} ORDER BY id`);
      assert.deepEqual(rows[0]?.slice(0, 2), ['1', 'again']);
      const [, , d, f, raw, at] = rows[1]!;
      assert.deepEqual([rows.length, d, f, raw, at], [2, max[2], '3.14', '00FF', max[5]]);
      assert.equal(assertOk(await sync()).counts.read, 0);
    }));

  it('what was not committed does not come, whatever lies around it', () =>
    reading(async ({ topic, target, sync }) => {
      const write = await topic.writer(orders);
      for (const [from, end] of [
        [0, 'commit'],
        [1000, 'abort'],
        [2000, undefined],
        [3000, 'abort'],
        [4000, 'commit'],
      ] as const) {
        const changes = Array.from({ length: 500 }, (_, i) => ({
          key: [`${from + i}`],
          row: row(`${from + i}`),
          partition: i % 2,
        }));
        await write(changes, end);
      }
      assert.equal(assertOk(await sync()).counts.read, 1500);
      const found = await target.run(`SELECT DISTINCT id DIV 1000 FROM ${topic.name} ORDER BY 1`);
      assert.deepEqual(found.flat(), ['0', '2', '4']);
    }));

  it('a schema with more columns: they are added, and older records do not touch them', () =>
    reading(async ({ topic, target, sync }) => {
      const old = await topic.writer(orders);
      await old([{ key: ['1'], row: row('1'), partition: 0 }]);
      assertOk(await sync());
      const fresh = await topic.writer(wider);
      await fresh([
        { key: ['2'], row: [...row('2'), '5'], partition: 0 },
        { key: ['1'], row: [...row('1'), '6'], partition: 0 },
      ]);
      await old([{ key: ['2'], row: row('2', 'older'), partition: 0 }]);
      const ran = await sync();
      assertOk(ran);
      assert.equal(eventsOf(ran, 'retry').length, 0);
      assert.deepEqual(await target.run(`SELECT id, v, more FROM ${topic.name} ORDER BY id`), [
        ['1', 'x', '6'],
        ['2', 'older', '5'],
      ]);
    }));

  it('append: every message is a row', () =>
    reading(async ({ topic, target, sync }) => {
      const write = await topic.writer({ ...orders, key: ['id'] });
      await write([1, 2, 3].map((n) => ({ key: ['1'], row: row('1', `v${n}`), partition: 0 })));
      const { key: _, ...keyless } = orders;
      assert.equal(keyless.columns.length, 6);
      assertOk(await sync({ write: 'append' }));
      assert.deepEqual(await target.run(`SELECT v FROM ${topic.name} ORDER BY v`), [['v1'], ['v2'], ['v3']]);
    }));

  it('invariant 9: a topic that was deleted and made again is an error', () =>
    reading(async ({ topic, sync }) => {
      const write = await topic.writer(orders);
      await write([{ key: ['1'], row: row('1'), partition: 0 }]);
      assertOk(await sync());
      await topic.again();
      await write([1, 2].map((id) => ({ key: [`${id}`], row: row(`${id}`), partition: 0 })));
      const { finished } = await sync();
      assert.equal(finished.error?.code, 'source.history-lost', JSON.stringify(finished.error));
    }));

  it('a message that is no record stops, and names its offset', () =>
    reading(async ({ topic, target, sync }) => {
      const write = await topic.writer(orders);
      await write([{ key: ['1'], row: row('1'), partition: 0 }]);
      await topic.raw(Buffer.from('k'), Buffer.from('not a record'));
      const { finished } = await sync();
      assert.equal(finished.error?.code, 'rejects.too-many', JSON.stringify(finished.error));
      assert.match(finished.error.message, /\/0@1: /);
      assert.equal(await target.single(`SELECT COUNT(*) FROM ${topic.name}`), '0');
    }));

  it('full reads of a topic are refused', () =>
    reading(async ({ topic, sync }) => {
      await topic.writer(orders);
      const { finished } = await sync({ read: 'full' });
      assert.equal(finished.error?.code, 'config.mode-illegal', JSON.stringify(finished.error));
    }));
});
