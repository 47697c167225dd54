import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { Producer } from '@platformatic/kafka';
import type { FetchedRecord, KafkaClient } from '../../connectors/kafka/client.ts';
import { compressions, type KafkaConfig, kafkaConfig } from '../../connectors/kafka/config.ts';
import { platformaticClient } from '../../connectors/kafka/platformatic-client.ts';
import { RecordSetBuilder, wholePart } from '../../connectors/kafka/record-set.ts';
import { sharedUrl } from '../services/shared.ts';
import { deleteTopics } from './read-topic.ts';
import { startSecured, USER } from './secured.ts';

const TIMEOUT_MS = 60_000;
const newName = () => `mr_${randomBytes(6).toString('hex')}`;

function configOf(more: object = {}): KafkaConfig {
  return kafkaConfig.parse({
    type: 'kafka',
    brokers: [sharedUrl('kafka')],
    registry: { url: 'http://127.0.0.1:9' },
    ...more,
  });
}

function records(topic: string, texts: readonly string[], partition = 0) {
  const builder = new RecordSetBuilder(topic, partition);
  for (const text of texts) builder.add(wholePart(Buffer.from(text)), wholePart(Buffer.from(`v${text}`)), []);
  return builder.take();
}

async function write(client: KafkaClient, topic: string, texts: readonly string[], id = newName()): Promise<void> {
  const producer = await client.producer(id, TIMEOUT_MS);
  await producer.send([records(topic, texts)]);
  await producer.commit();
  await producer.end();
}

const texts = (found: readonly FetchedRecord[]) => found.map(({ key }) => String(key));

async function settled(client: KafkaClient, topic: string): Promise<string[]> {
  const { records: before, beyond } = await client.settled(await client.topic(topic), 0, 0n);
  return texts([...before, ...beyond]);
}

async function newTopic(client: KafkaClient, context: TestContext, partitions = 1): Promise<string> {
  const name = newName();
  await client.create({ name, partitions, settings: { 'cleanup.policy': 'delete', 'retention.ms': '3600000' } });
  context.after(() => deleteTopics(`kafka://${sharedUrl('kafka')}`, [name]).catch(() => undefined));
  return name;
}

/** What is left where a process ends after it has told the coordinator of a partition, and before it has written to it: a mark without records. */
async function addPartitionAndAbort(id: string, topic: string): Promise<void> {
  const options = { clientId: 'millrace-test', bootstrapBrokers: [sharedUrl('kafka')], autocreateTopics: false };
  const former = { producerId: -1n, producerEpoch: -1 };
  const producer = new Producer({ ...options, ...former, idempotent: true, transactionalId: id, timeout: TIMEOUT_MS });
  const transaction = await producer.beginTransaction();
  const metadata = await producer.metadata({ topics: [topic] });
  await transaction.addPartitions(metadata, [{ topic, partition: 0, value: Buffer.alloc(0) }]);
  await transaction.abort();
  await producer.close(true);
}

describe('the client of @platformatic/kafka', { concurrency: 4 }, () => {
  for (const compression of compressions) {
    it(`${compression}: what is written is read, in order`, async (context) => {
      await using client = platformaticClient(configOf({ compression }));
      const topic = await newTopic(client, context);
      const many = Array.from({ length: 3000 }, (_, i) => `${i}`);
      await write(client, topic, many);
      assert.deepEqual(await settled(client, topic), many);
      await using reader = client.reader(await client.topic(topic), 0);
      assert.deepEqual(texts((await reader.fetch(0n, -1)).records), many);
    });
  }

  it('a topic is made with its settings, once', async (context) => {
    await using client = platformaticClient(configOf());
    const topic = await newTopic(client, context, 3);
    await client.create({ name: topic, partitions: 5, settings: {} });
    const { id, partitions } = await client.topic(topic);
    assert.equal(partitions, 3);
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.equal((await client.settings(topic)).get('retention.ms'), '3600000');
  });

  it('a topic that was made is there at once, led and with its settings, whatever other topics come and go', async () => {
    await using client = platformaticClient(configOf());
    const made = Array.from({ length: 12 }, async () => {
      const name = newName();
      await client.create({ name, partitions: 20, settings: { 'retention.ms': '3600000' } });
      assert.ok((await client.topicNames()).includes(name));
      assert.equal((await client.find(name))?.partitions, 20);
      assert.equal((await client.offsets(name)).length, 20);
      assert.equal((await client.settings(name)).get('retention.ms'), '3600000');
      await write(client, name, ['a']);
      await deleteTopics(`kafka://${sharedUrl('kafka')}`, [name]);
    });
    await Promise.all(made);
    assert.equal(await client.find(newName()), undefined);
  });

  it('what is committed is found at once, also where a transaction has many marks to wait for', async (context) => {
    await using client = platformaticClient(configOf());
    const wide = await newTopic(client, context, 100);
    const topic = await newTopic(client, context);
    const producer = await client.producer(newName(), TIMEOUT_MS);
    for (let i = 1; i <= 10; i++) {
      const sets = Array.from({ length: 100 }, (_, partition) => records(wide, ['x'], partition));
      await producer.send([...sets, records(topic, [`${i}`])]);
      await producer.commit();
      assert.equal((await settled(client, topic)).length, i);
    }
    await producer.end();
  });

  it('invariant 6: what is committed between two transactions that were rolled back is read, also where the second had written nothing yet', async (context) => {
    await using client = platformaticClient(configOf());
    const topic = await newTopic(client, context);
    const id = newName();
    const cut = await client.producer(id, TIMEOUT_MS);
    await cut.send([records(topic, ['rolled back'])]);
    await cut.end();
    await write(client, topic, ['a', 'b'], id);
    await write(client, topic, ['c'], id);
    await addPartitionAndAbort(id, topic);
    await write(client, topic, ['d'], id);
    await using reader = client.reader(await client.topic(topic), 0);
    assert.deepEqual(texts((await reader.fetch(0n, -1)).records), ['a', 'b', 'c', 'd']);
    assert.deepEqual(await settled(client, topic), ['a', 'b', 'c', 'd']);
  });

  it('requests that are on their way together stay in order', async (context) => {
    await using client = platformaticClient(configOf());
    const topic = await newTopic(client, context);
    const producer = await client.producer(newName(), TIMEOUT_MS);
    const many = Array.from({ length: 40 }, (_, i) => `${i}`);
    for (let i = 0; i < 40; i += 4) {
      await Promise.all([0, 1, 2, 3].map((n) => producer.send([records(topic, [many[i + n]!])])));
    }
    await producer.commit();
    await producer.end();
    assert.deepEqual(await settled(client, topic), many);
  });

  it('invariant 5: who takes the id fences off who had it; what was open is rolled back', async (context) => {
    await using client = platformaticClient(configOf());
    const topic = await newTopic(client, context);
    const id = newName();
    const first = await client.producer(id, TIMEOUT_MS);
    await first.send([records(topic, ['lost'])]);
    await write(client, topic, ['kept'], id);
    const late = first.send([records(topic, ['late'])]).then(() => first.commit());
    await assert.rejects(late, { code: 'lane.fenced' });
    await first.end();
    assert.deepEqual(await settled(client, topic), ['kept']);
  });

  it('a transaction that is open keeps nobody from seeing what others have committed', async (context) => {
    await using client = platformaticClient(configOf());
    const topic = await newTopic(client, context);
    await write(client, topic, ['a']);
    const open = await client.producer(newName(), TIMEOUT_MS);
    await open.send([records(topic, ['open'])]);
    await write(client, topic, ['b']);
    const rolledBack = await client.producer(newName(), TIMEOUT_MS);
    await rolledBack.send([records(topic, ['never'])]);
    await rolledBack.end();
    await write(client, topic, ['c']);
    assert.deepEqual(await settled(client, topic), ['a', 'b', 'c']);
    await open.commit();
    await open.end();
    assert.deepEqual(await settled(client, topic), ['a', 'open', 'b', 'c']);
  });

  it('a transaction that takes longer than it may is over', async (context) => {
    await using client = platformaticClient(configOf());
    const topic = await newTopic(client, context);
    const producer = await client.producer(newName(), 1000);
    await producer.send([records(topic, ['late'])]);
    // The broker looks every ten seconds; its mark is what ends the wait.
    const { promise, resolve } = Promise.withResolvers<void>();
    const poll = setInterval(async () => {
      const [range] = await client.offsets(topic);
      if (range !== undefined && range.end > 0n) resolve();
    }, 200);
    await promise;
    clearInterval(poll);
    await assert.rejects(producer.commit(), { code: 'lane.fenced' });
    await producer.end();
    assert.deepEqual(await settled(client, topic), []);
  });
});

describe('a broker that asks for users', () => {
  it('PLAIN and SCRAM, with TLS and without; a wrong password, an unknown authority', {
    timeout: 120_000,
  }, async (context) => {
    await using broker = await startSecured();
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']) {
      for (const at of [{ brokers: [broker.tls], tls: true, ca: broker.ca }, { brokers: [broker.plain] }]) {
        await using client = platformaticClient(configOf({ ...at, sasl: { mechanism, ...USER } }));
        const topic = await newTopic(client, context);
        await write(client, topic, ['a', 'b']);
        assert.deepEqual(await settled(client, topic), ['a', 'b'], mechanism);
      }
    }
    await using wrong = platformaticClient(
      configOf({ brokers: [broker.plain], sasl: { mechanism: 'PLAIN', ...USER, password: 'no' } }),
    );
    await assert.rejects(wrong.cluster(), (thrown: Error & { code?: string }) => {
      assert.equal(thrown.code, 'connect.denied', thrown.message);
      assert.doesNotMatch(thrown.message, /pa55/);
      return true;
    });
    await using untrusted = platformaticClient(
      configOf({ brokers: [broker.tls], tls: true, sasl: { mechanism: 'PLAIN', ...USER } }),
    );
    await assert.rejects(untrusted.cluster(), { code: 'connect.tls' });
  });
});
