import { Admin } from '@platformatic/kafka';
import { streamSchema, valuesDecoder } from '../../connectors/avro/index.ts';
import type { StreamSchema } from '../../connectors/contract/index.ts';
import { kafkaFromUrl } from '../../connectors/kafka/config.ts';
import { platformaticClient } from '../../connectors/kafka/platformatic-client.ts';
import { SchemaRegistry } from '../../connectors/kafka/registry.ts';
import type { Value } from '../../connectors/types/index.ts';

/** A committed record of a topic. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** All committed records of a topic, partition by partition; none where there is no topic. */
export async function recordsOf(url: string, topic: string): Promise<TopicRecord[]> {
  await using client = platformaticClient(kafkaFromUrl(new URL(url)));
  const info = await client.find(topic);
  if (info === undefined) return [];
  const found: TopicRecord[] = [];
  for (let partition = 0; partition < info.partitions; partition++) {
    const { records, beyond } = await client.settled(info, partition, 0n);
    for (const { offset, key, value } of [...records, ...beyond]) found.push({ partition, offset, key, value });
  }
  return found;
}

/** Values of records that millrace wrote, under the schema that each names. A row without a value: its key alone. */
export async function rowsOfTopic(url: string, topic: string): Promise<{ schema: StreamSchema; values: Value[] }[]> {
  const { registry: config } = kafkaFromUrl(new URL(url));
  const registry = new SchemaRegistry(config);
  const rows: { schema: StreamSchema; values: Value[] }[] = [];
  for (const { value } of await recordsOf(url, topic)) {
    if (value === null) continue;
    const { avro } = await registry.byId(value.readInt32BE(1));
    const schema = streamSchema(avro, { namespace: '', name: topic });
    const body = value.subarray(5);
    rows.push({
      schema,
      values: valuesDecoder(schema, 'typed')({ bytes: body, ends: Uint32Array.of(body.length) }, 0),
    });
  }
  return rows;
}

/** Names of all topics. */
export async function topicNames(url: string): Promise<readonly string[]> {
  await using client = platformaticClient(kafkaFromUrl(new URL(url)));
  return await client.topicNames();
}

export async function deleteTopics(url: string, topics: string[]): Promise<void> {
  if (topics.length === 0) return;
  const admin = new Admin({ clientId: 'millrace-test', bootstrapBrokers: [new URL(url).host] });
  try {
    await admin.deleteTopics({ topics });
  } finally {
    // Else the process that asked for topics which are not there never ends.
    await admin.close();
  }
}
