import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import type { StreamSchema } from '../../connectors/contract/index.ts';
import { kafkaFromUrl } from '../../connectors/kafka/config.ts';
import { platformaticClient } from '../../connectors/kafka/platformatic-client.ts';
import { kafkaUrl, openTopic } from '../kafka/produce.ts';
import { openDatabase, runOnce } from '../pipeline.ts';

const versions: StreamSchema = {
  stream: { namespace: 'shop', name: 'versions' },
  columns: [
    { name: 'id', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false },
    { name: 'version', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false },
  ],
  key: ['id'],
};

const PARTITIONS = 4;
const ROWS = 6000;
const ROUNDS = 12;

it('invariant 5: members that come and go all the time take partitions away in the middle; each message is written once', {
  timeout: 180_000,
}, async () => {
  await using topic = await openTopic(PARTITIONS);
  await using target = await openDatabase('tidb');
  const write = await topic.writer(versions);
  await write(
    Array.from({ length: ROWS }, (_, i) => ({ key: [`${i}`], row: [`${i}`, '1'], partition: i % PARTITIONS })),
  );
  const ends = { id: randomUUID(), from: kafkaUrl(), to: target.url };
  const reading = Promise.withResolvers<void>();
  const onEvent = ({ event }: { readonly event: string }) => event === 'committed' && reading.resolve();
  const config = { streams: [topic.name], write: 'append' as const, throttle: { rows_per_second: 600 } };
  const runs = [runOnce(ends, config, { onEvent }), runOnce(ends, config, { onEvent })];
  await reading.promise;

  await using client = platformaticClient(kafkaFromUrl(new URL(kafkaUrl())));
  const info = await client.topic(topic.name);
  for (let i = 0; i < ROUNDS; i++) {
    const given = Promise.withResolvers<void>();
    const member = await client.join(`millrace.${ends.id}.${topic.name}`, info, () => given.resolve());
    await given.promise;
    await member[Symbol.asyncDispose]();
  }

  for (const { finished } of await Promise.all(runs)) {
    assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
  }
  const [row] = await target.run(`SELECT COUNT(*), COUNT(DISTINCT id) FROM ${topic.name}`);
  assert.deepEqual(row, [`${ROWS}`, `${ROWS}`]);
});
