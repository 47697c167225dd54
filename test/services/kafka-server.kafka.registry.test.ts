import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { startServer } from './server.ts';
import { sharedUrl } from './shared.ts';

const topic = 'millrace-own';

async function sendCommitted(kafka: Kafka, value: string): Promise<void> {
  const producer = kafka.producer({ transactionalId: 'own', idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ key: 'k', value, partition: 2 }] });
  await transaction.commit();
  await producer.disconnect();
}

/** What a reader of committed records sees, up to a value. */
async function readUpTo(kafka: Kafka, last: string): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: 'own' });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const { promise, resolve } = Promise.withResolvers<string[]>();
  const values: string[] = [];
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      values.push(`${partition}:${message.value}`);
      if (message.value?.toString() === last) resolve(values);
    },
  });
  return promise.finally(() => consumer.disconnect());
}

// Offsets are no measure here: a commit is answered before its mark is in the partition, so that a broker
// killed in between writes the mark once more when it recovers.
test('kafka: killed and started again, it has what was committed, once', { timeout: 120_000 }, async (context) => {
  const server = await startServer('kafka', { flags: ['num.partitions=3'] });
  context.after(() => server.stop());
  const kafka = new Kafka({ brokers: [server.url], logLevel: logLevel.NOTHING, retry: { retries: 20 } });
  await sendCommitted(kafka, 'before');
  server.kill('SIGKILL');
  await server.restart();
  await sendCommitted(kafka, 'after');
  assert.deepEqual(await readUpTo(kafka, 'after'), ['2:before', '2:after']);
});

test('registry: it speaks the Confluent API at the shared URL', async () => {
  const url = sharedUrl('registry');
  const subject = `mr_${Math.random().toString(36).slice(2)}`;
  const body = JSON.stringify({ schema: JSON.stringify({ type: 'string' }) });
  const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
  const posted = await fetch(`${url}/subjects/${subject}/versions`, { method: 'POST', headers, body });
  assert.equal(posted.status, 200);
  const { id } = (await posted.json()) as { id: number };
  const read = await fetch(`${url}/schemas/ids/${id}`);
  assert.deepEqual(JSON.parse(((await read.json()) as { schema: string }).schema), { type: 'string' });
});
