import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it, type TestContext } from 'node:test';
import type { RunEvent } from '../../connectors/contract/index.ts';
import { kafkaFromUrl } from '../../connectors/kafka/config.ts';
import { platformaticClient } from '../../connectors/kafka/platformatic-client.ts';
import { RecordSetBuilder, wholePart } from '../../connectors/kafka/record-set.ts';
import { type Ran, rowsOf } from '../pipeline.ts';
import { openHop } from './hop.ts';
import { recordsOf } from './read-topic.ts';

const rows = (from: number, to: number) =>
  `INSERT INTO t (id, v) WITH RECURSIVE c (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM c WHERE n < ${to}) SELECT n, n FROM c`;

function ok(ran: Ran): Ran {
  assert.equal(ran.finished.status, 'ok', JSON.stringify(ran.finished.error));
  return ran;
}

it('invariant 6: a table that is emptied leaves a record without a value for each key, in its place among the changes', async () => {
  await using hop = await openHop('mysql', 'tidb');
  const cdc = { read: 'cdc' } as const;
  await hop.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', rows(1, 5000));
  ok(await hop.write(cdc));
  ok(await hop.read('t'));
  // Some keys came by the log, some of them in the run that meets the statement, and one is gone already.
  await hop.source.run(rows(6000, 6010), 'DELETE FROM t WHERE id = 7');
  ok(await hop.write(cdc));
  await hop.source.run(rows(7000, 7010), 'TRUNCATE t', rows(4990, 5010));
  ok(await hop.write(cdc));
  ok(await hop.read('t'));
  assert.deepEqual(await rowsOf(hop.target, hop.topic('t')), await rowsOf(hop.source, 't'));
  const records = await recordsOf(hop.url, hop.topic('t'));
  const newest = new Map(records.map(({ key, value }) => [key!.toString('hex'), value !== null]));
  assert.equal([...newest.values()].filter(Boolean).length, 21);
  const marks = records.filter(({ value }) => value === null).length;
  assert.equal(marks, 1 + 4999 + 11 + 11, 'each key that was there, once');
  await hop.source.run('TRUNCATE t');
  ok(await hop.write(cdc));
  ok(await hop.read('t'));
  assert.deepEqual(await rowsOf(hop.target, hop.topic('t')), []);
});

/** A transaction of another writer, with a record in each partition of a topic; gives what rolls it back. */
async function openTransaction(url: string, topic: string, partitions: number, context: TestContext) {
  const client = platformaticClient(kafkaFromUrl(new URL(url)));
  const producer = await client.producer(randomUUID(), 600_000);
  const sets = Array.from({ length: partitions }, (_, partition) => {
    const builder = new RecordSetBuilder(topic, partition);
    builder.add(wholePart(Buffer.from('x')), wholePart(Buffer.from('y')), []);
    return builder.take();
  });
  await producer.send(sets);
  context.after(async () => {
    await producer.end();
    await client[Symbol.asyncDispose]();
  });
  return () => producer.end();
}

const waits = (event: RunEvent) => event.event === 'progress' && event.waits === 'destination';

it('invariant 6: rows behind a transaction that another has open are found as well when a table is emptied', {
  timeout: 180_000,
}, async (context) => {
  await using hop = await openHop('mysql', 'tidb');
  const cdc = { read: 'cdc' } as const;
  await hop.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', rows(1, 20));
  ok(await hop.write(cdc));
  const rollBack = await openTransaction(hop.out.to, hop.topic('t'), 4, context);
  await hop.source.run(rows(21, 40));
  ok(await hop.write(cdc));
  await hop.source.run('TRUNCATE t', rows(41, 42));

  const stop = new AbortController();
  const stopped = await hop.write(cdc, { abort: stop.signal, onEvent: (event) => waits(event) && stop.abort() });
  assert.equal(stopped.finished.status, 'stopped', 'the wait for the other writer can be ended');

  const waiting = Promise.withResolvers<void>();
  const emptied = hop.write(cdc, { onEvent: (event) => waits(event) && waiting.resolve() });
  await Promise.race([waiting.promise, emptied]);
  await rollBack();
  ok(await emptied);
  ok(await hop.read('t'));
  assert.deepEqual(await rowsOf(hop.target, hop.topic('t')), await rowsOf(hop.source, 't'));
});
