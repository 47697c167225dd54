import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Finding, millraceError, type StreamSchema, type Writer } from '../../connectors/contract/index.ts';
import { checkPipeline } from '../../connectors/sync/index.ts';
import { never, openDatabase, openPipeline, type Ran, runOnce, type TestDatabase } from '../pipeline.ts';
import { overriding } from '../sides.ts';
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
  body: (
    topic: TestTopic,
    target: TestDatabase,
    sync: () => Promise<Ran>,
    told: () => Promise<Finding>,
  ) => Promise<void>,
): Promise<void> {
  await using topic = await openTopic(partitions);
  await using target = await openDatabase('tidb');
  const ends = { id: randomUUID(), from: kafkaUrl(), to: target.url };
  const config = { streams: [topic.name] };
  const told = async () => {
    await using pipeline = openPipeline(ends, config);
    const findings = await checkPipeline(pipeline, never);
    return findings.find(({ code }) => code === 'cdc.retention' || code === 'source.history-lost')!;
  };
  await body(topic, target, () => runOnce(ends, config), told);
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

describe('check: how long a topic goes on from where the pipeline is', { concurrency: 2 }, () => {
  it('kept, going to be taken away, taken away', () =>
    reading(1, async (topic, target, sync, told) => {
      const write = await topic.writer(orders);
      await write(rows(0, 5));
      assert.match((await told()).message, /is kept for 7 d$/);
      assertOk(await sync());
      await target.run(edit('committed_at = committed_at - INTERVAL 6 DAY'));
      assert.match((await told()).message, /is kept for 7 d$/, 'nothing has come since');
      await write(rows(5, 10));
      const due = await told();
      assert.deepEqual([due.severity, due.code], ['warning', 'cdc.retention'], due.message);
      assert.match(due.message, /6 d ago: after \d/);
      await topic.cut(0, 7n);
      const gone = await told();
      assert.deepEqual([gone.severity, gone.code], ['error', 'source.history-lost'], gone.message);
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

  it('a connection that is lost beyond where the partition ended when the run began: it is read on', () =>
    reading(1, async (topic, target) => {
      const write = await topic.writer(orders);
      await write(rows(0, 3));
      const drain = new AbortController();
      const ends = { id: randomUUID(), from: kafkaUrl(), to: target.url };
      let [total, lost] = [0, false];
      const waiting = new Map<number, () => void>();
      const seen = (count: number) => new Promise<void>((resolve) => waiting.set(count, resolve));
      const losing = (writer: Writer): Writer =>
        overriding(writer, {
          async commit(position, ended) {
            if (total === 5 && !lost) {
              lost = true;
              throw millraceError('connect.lost', 'the connection was cut');
            }
            return writer.commit(position, ended);
          },
        });
      const three = seen(3);
      const ran = runOnce(
        ends,
        { streams: [topic.name] },
        {
          follow: true,
          drain: drain.signal,
          abort: AbortSignal.timeout(60_000),
          sides: {
            destination: (own) =>
              overriding(own, {
                async open(...words) {
                  const open = await own.open(...words);
                  return { ...open, writer: losing(open.writer) };
                },
              }),
          },
          onEvent: (event) => {
            if (event.event !== 'committed') return;
            total += event.counts.written;
            waiting.get(total)?.();
          },
        },
      );
      await three;
      const five = seen(5);
      await write(rows(3, 5));
      await five;
      const six = seen(6);
      await write(rows(5, 6));
      await Promise.race([six, ran]);
      drain.abort();
      const { finished } = await ran;
      assert.equal(finished.error, undefined, JSON.stringify(finished));
      assert.deepEqual([lost, await target.single(`SELECT COUNT(*) FROM ${topic.name}`)], [true, '6']);
    }));
});
