import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { millraceError, type StreamSchema } from '../../connectors/contract/index.ts';
import { kafkaFromUrl } from '../../connectors/kafka/config.ts';
import { platformaticClient } from '../../connectors/kafka/platformatic-client.ts';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import {
  eventsOf,
  never,
  openDatabase,
  openPipeline,
  type Ran,
  runOnce,
  type TestDatabase,
  type TestRun,
} from '../pipeline.ts';
import { sharedUrl } from '../services/shared.ts';
import { withWriters } from '../sides.ts';
import { kafkaUrl, openTopic, type TestTopic } from './produce.ts';
import { deleteTopics, recordsOf } from './read-topic.ts';

const notes: StreamSchema = {
  stream: { namespace: 'shop', name: 'notes' },
  columns: [
    { name: 'id', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false },
    { name: 'v', type: { kind: 'text', bytes: 2 ** 24, charset: 'utf8mb4' }, nullable: true },
  ],
  key: ['id'],
};

interface Reading {
  readonly topic: TestTopic;
  readonly target: TestDatabase;
  readonly dead: string;
  readonly url: string;
  write(rows: readonly (readonly [id: string, v: string])[], partition: number): Promise<void>;
  sync(config?: Partial<PipelineConfig>, options?: TestRun): Promise<Ran>;
}

async function reading(body: (reading: Reading) => Promise<void>): Promise<void> {
  await using topic = await openTopic(2);
  await using target = await openDatabase('tidb');
  const dead = `${topic.name}.dead`;
  const url = kafkaUrl({ dead_letters: '{topic}.dead' });
  const ends = { id: randomUUID(), from: url, to: target.url };
  const writer = await topic.writer(notes);
  try {
    await body({
      topic,
      target,
      dead,
      url,
      write: (rows, partition) => writer(rows.map((row) => ({ key: [row[0]], row, partition }))),
      sync: (config, options) => runOnce(ends, { streams: [topic.name], ...config }, options),
    });
  } finally {
    await deleteTopics(url, [dead]);
  }
}

interface Letter {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** As another client sees them. */
async function lettersOf(topic: string, count: number): Promise<Letter[]> {
  const kafka = new Kafka({ brokers: [sharedUrl('kafka')], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `mr-${randomUUID()}`, readUncommitted: false });
  const letters: Letter[] = [];
  const all = Promise.withResolvers<void>();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { key, value, headers = {} } }) => {
      const texts = Object.entries(headers).map(([name, text]) => [name, String(text)]);
      letters.push({
        key: key?.toString('latin1') ?? null,
        value: value?.toString('latin1') ?? null,
        headers: Object.fromEntries(texts) as Record<string, string>,
      });
      if (letters.length === count) all.resolve();
    },
  });
  await all.promise;
  await consumer.disconnect();
  return letters;
}

const place = ({ headers }: Letter) =>
  `${headers['millrace.topic']}/${headers['millrace.partition']}@${headers['millrace.offset']}`;

describe('messages that cannot be read', { concurrency: 2 }, () => {
  it('go to a topic as they came, with where they lay and why, and the run goes on', () =>
    reading(async ({ topic, target, dead, sync, write }) => {
      await write([['1', 'x']], 0);
      await topic.raw(Buffer.from('k'), Buffer.from('not a record'), 0);
      await write([['2', 'y']], 0);
      await write([['3', 'z']], 1);
      await topic.raw(undefined, Buffer.from([0, 1, 2]), 1);
      const ran = await sync({ max_rejects: 2 });
      assert.equal(ran.finished.status, 'ok', JSON.stringify(ran.finished.error));
      assert.deepEqual(await target.run(`SELECT id, v FROM ${topic.name} ORDER BY id`), [
        ['1', 'x'],
        ['2', 'y'],
        ['3', 'z'],
      ]);
      const letters = (await lettersOf(dead, 2)).sort((a, b) => place(a).localeCompare(place(b)));
      assert.deepEqual(letters.map(place), [`${topic.name}/0@1`, `${topic.name}/1@1`]);
      assert.deepEqual(
        letters.map(({ key, value }) => [key, value]),
        [
          ['k', 'not a record'],
          [null, '\0\x01\x02'],
        ],
      );
      for (const { headers } of letters) {
        assert.equal(headers['millrace.code'], 'kafka.malformed');
        assert.ok(Math.abs(Number(headers['millrace.timestamp']) - Date.now()) < 600_000);
      }
      assert.match(letters[0]!.headers['millrace.reason']!, /schema id|key/);
      assert.equal(await target.single('SELECT COUNT(*) FROM _millrace_rejects'), '2');
      assert.equal((await sync()).finished.counts.read, 0);
      assert.equal((await recordsOf(kafkaUrl(), dead)).length, 2);
    }));

  it('rows that cannot be delivered are there as messages', () =>
    reading(async ({ topic, target, dead, sync, write }) => {
      await write(
        [
          ['1', 'x'.repeat(2000)],
          ['2', 'y'],
        ],
        0,
      );
      const { finished } = await sync({ max_rejects: 1, max_row_bytes: 1000 });
      assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
      assert.deepEqual(await target.run(`SELECT id FROM ${topic.name}`), [['2']]);
      const [letter] = await lettersOf(dead, 1);
      assert.equal(letter?.headers['millrace.code'], 'row.too-large');
      const [original] = await recordsOf(kafkaUrl(), topic.name);
      assert.deepEqual(
        [letter?.key, letter?.value],
        [original?.key?.toString('latin1'), original?.value?.toString('latin1')],
      );
    }));

  it('stop the run where none may be: nothing is written there, and nothing passed over', () =>
    reading(async ({ topic, target, dead, sync, write }) => {
      await write([['1', 'x']], 0);
      await topic.raw(Buffer.from('k'), Buffer.from('not a record'), 0);
      const { finished } = await sync();
      assert.equal(finished.error?.code, 'rejects.too-many', JSON.stringify(finished.error));
      assert.equal(await target.single(`SELECT COUNT(*) FROM ${topic.name}`), '0');
      assert.deepEqual(await recordsOf(kafkaUrl(), dead), []);
      assert.equal((await sync({ max_rejects: 1 })).finished.status, 'ok');
      assert.equal((await recordsOf(kafkaUrl(), dead)).length, 1);
    }));

  it('are never missing where the commit behind them failed: there they are twice', () =>
    reading(async ({ topic, target, dead, sync, write }) => {
      await topic.raw(Buffer.from('k'), Buffer.from('not a record'), 0);
      await write([['1', 'x']], 0);
      let failures = 1;
      const ran = await sync(
        { max_rejects: 1 },
        {
          sides: {
            destination: (destination) =>
              withWriters(destination, (writer) => ({
                commit: async (position, ended) => {
                  if (failures-- > 0) throw millraceError('connect.lost', 'cut by the test');
                  return await writer.commit(position, ended);
                },
              })),
          },
        },
      );
      assert.equal(ran.finished.status, 'ok', JSON.stringify(ran.finished.error));
      assert.equal(eventsOf(ran, 'retry').length, 1);
      assert.deepEqual((await lettersOf(dead, 2)).map(place), [`${topic.name}/0@0`, `${topic.name}/0@0`]);
      assert.equal(await target.single('SELECT COUNT(*) FROM _millrace_rejects'), '1');
    }));

  it('that are too large for the topic leave their place and their size there', () =>
    reading(async ({ topic, dead, url, sync, write }) => {
      await using client = platformaticClient(kafkaFromUrl(new URL(url)));
      await client.create({ name: dead, partitions: 1, settings: { 'max.message.bytes': '2000' } });
      const large = Buffer.alloc(5000, 7);
      await topic.raw(Buffer.from('k'), large, 0);
      await topic.raw(Buffer.from('k'), Buffer.from('small'), 0);
      await write([['1', 'x']], 0);
      const { finished } = await sync({ max_rejects: 2 });
      assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
      const [first, second] = await lettersOf(dead, 2);
      assert.deepEqual([first?.key, first?.value, first?.headers['millrace.bytes_left_out']], [null, null, '5001']);
      assert.deepEqual([second?.key, second?.value], ['k', 'small']);
    }));

  it('are no stream of the pipeline that puts them there, and check says where they go', () =>
    reading(async ({ topic, target, dead, url, write, sync }) => {
      await write([['1', 'x']], 0);
      await topic.raw(Buffer.from('k'), Buffer.from('not a record'), 0);
      assert.equal((await sync({ max_rejects: 1 })).finished.status, 'ok');
      await topic.register('value', { type: 'record', name: 'r', fields: [{ name: 'a', type: 'int' }] }, dead);
      await using pipeline = openPipeline({ id: randomUUID(), from: url, to: target.url }, { streams: [topic.name] });
      const found = await pipeline.source.discover([`${topic.name}*`], never);
      assert.deepEqual(
        found.map(({ stream }) => stream.name),
        [topic.name],
      );
      const request = { stream: found[0]!.stream, mode: 'cdc' } as const;
      const shared = { layout: 'text', maxRowBytes: 1000, parallel: 1 } as const;
      const findings = await pipeline.source.check({ streams: [request], ...shared }, never);
      assert.ok(
        findings.some(({ message, severity }) => severity === 'ok' && message.endsWith(`are written to ${dead}`)),
      );
    }));

  it('are not written into the topic that is read', () => {
    assert.throws(() => kafkaFromUrl(new URL(kafkaUrl({ dead_letters: '{topic}' }))), /would be the topic/);
  });
});
