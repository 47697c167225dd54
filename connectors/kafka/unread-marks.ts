import { OP } from '../contract/index.ts';
import type { KafkaClient, TopicInfo, TransactionalProducer } from './client.ts';
import { RecordSetBuilder, wholePart } from './record-set.ts';
import { opHeader } from './topic-rows.ts';
import { unreadKeys } from './unread-keys.ts';

/** What is looked for. */
export interface UnreadSince {
  /** Offset of each partition; one that was added since holds nothing from before. */
  readonly from: readonly string[];
  /** What every key begins with. */
  readonly frame: Uint8Array;
}

/** Marks keys as deleted that have no record since an offset. Each lot of them is a transaction; begun again it goes on with the rest. */
export async function markUnread(
  client: KafkaClient,
  producer: TransactionalProducer,
  topic: TopicInfo,
  { from, frame }: UnreadSince,
): Promise<number> {
  let marked = 0;
  for (const [partition, before] of from.entries()) {
    for await (const keys of unreadKeys(client, topic, partition, { before: BigInt(before), frame })) {
      const builder = new RecordSetBuilder(topic.name, partition);
      for (const key of keys) builder.add(wholePart(key), undefined, [opHeader(OP.delete)]);
      await producer.send([builder.take()]);
      await producer.commit();
      marked += keys.length;
    }
  }
  return marked;
}
