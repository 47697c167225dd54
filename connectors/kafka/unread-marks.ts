import { millraceError, OP, type StreamSchema, streamText } from '../contract/index.ts';
import type { KafkaClient, TopicInfo, TransactionalProducer } from './client.ts';
import { RecordSetBuilder, wholePart } from './record-set.ts';
import { type OpenTopic, opHeader } from './topic-rows.ts';
import { unreadKeys } from './unread-keys.ts';

/** What is looked for. */
export interface UnreadSince {
  /** Offset of each partition; one that was added since holds nothing from before. */
  readonly from: readonly string[];
  /** What every key begins with. */
  readonly frame: Uint8Array;
  /** Ends the wait for open transactions. */
  readonly signal: AbortSignal;
}

/** Marks keys as deleted that have no record since an offset. Each lot of them is a transaction; begun again it goes on with the rest. */
export async function markUnread(
  client: KafkaClient,
  producer: TransactionalProducer,
  topic: TopicInfo,
  { from, ...how }: UnreadSince,
): Promise<number> {
  let marked = 0;
  for (const [partition, before] of from.entries()) {
    for await (const keys of unreadKeys(client, topic, partition, { before: BigInt(before), ...how })) {
      const builder = new RecordSetBuilder(topic.name, partition);
      for (const key of keys) builder.add(wholePart(key), undefined, [opHeader(OP.delete)]);
      await producer.send([builder.take()]);
      await producer.commit();
      marked += keys.length;
    }
  }
  return marked;
}

/** Marks every key of a topic as deleted. All that counts is committed, but may lie behind a transaction that is open: of another writer, or one that was answered a moment ago. */
export async function emptyTopic(
  client: KafkaClient,
  producer: TransactionalProducer,
  { name, target, frames }: OpenTopic,
  schema: StreamSchema,
  signal: AbortSignal,
): Promise<void> {
  const { key: frame } = await frames(schema);
  if (target.constant !== undefined || frame === undefined) throw notEmptied(schema, name);
  const from = (await client.ends(name)).map(String);
  await markUnread(client, producer, await client.topic(name), { from, frame, signal });
}

function notEmptied({ stream }: StreamSchema, topic: string): Error {
  const at = streamText(stream);
  return millraceError(
    'schema.refused',
    `${at} was emptied at the source, and topic ${topic} has rows of others or no keys`,
    {
      at,
      fix: 'Reset the stream with `millrace position reset`, and give it another topic (`target`).',
    },
  );
}
