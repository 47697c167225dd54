import { Consumer, FetchIsolationLevels } from '@platformatic/kafka';
import { type AnyValue, anyReader, type ReadAny } from '../../connectors/kafka/avro-any.ts';
import { decidedRecords, type RecordBatch } from '../../connectors/kafka/records.ts';
import type { SchemaRegistry } from '../../connectors/kafka/registry.ts';

/** A record of a topic as it lies there, with what became of its transaction. */
export interface LoggedRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly at: string;
  readonly producer: string;
  readonly committed: boolean;
  /** The key's values with `/` between them; the id of the schema it was written under. */
  readonly key: string;
  readonly schema: number;
  /** Undefined: a delete. */
  readonly version: string | undefined;
}

const FETCH_BYTES = 8 * 1024 * 1024;

/** Everything in a topic, what was rolled back too, in the order of each partition. */
export async function topicLog(brokers: string, registry: SchemaRegistry, topic: string): Promise<LoggedRecord[]> {
  const consumer = new Consumer({ clientId: 'soak', groupId: 'soak', bootstrapBrokers: [brokers] });
  const readers = new Readers(registry);
  try {
    const found = (await consumer.metadata({ topics: [topic] })).topics.get(topic)!;
    const records: LoggedRecord[] = [];
    for (const [partition, { leader }] of found.partitions.entries()) {
      const batches = await partitionBatches(consumer, { node: leader, id: found.id, topic, partition });
      const committed = new Set(decidedRecords(batches, 0n).records.map(({ offset }) => offset));
      for (const batch of batches.filter(({ attributes }) => (attributes & 0b10_0000) === 0)) {
        for (const { offsetDelta, timestampDelta, key, value } of batch.records) {
          const offset = batch.firstOffset + BigInt(offsetDelta);
          records.push({
            partition,
            offset,
            at: new Date(Number(batch.firstTimestamp + timestampDelta)).toISOString(),
            producer: `${batch.producerId}`,
            committed: committed.has(offset),
            key: Object.values((await readers.read(key!)) as object).join('/'),
            schema: key!.readInt32BE(1),
            version: value === null ? undefined : `${((await readers.read(value)) as { version: AnyValue }).version}`,
          });
        }
      }
    }
    return records;
  } finally {
    await consumer.close(true);
  }
}

interface Place {
  readonly node: number;
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
}

async function partitionBatches(consumer: Consumer, { node, id, topic, partition }: Place): Promise<RecordBatch[]> {
  const isolationLevel = FetchIsolationLevels.READ_UNCOMMITTED;
  const asked = { topics: [topic], isolationLevel };
  const [first, end] = await Promise.all([
    consumer.listOffsets({ ...asked, timestamp: -2n }),
    consumer.listOffsets({ ...asked, timestamp: -1n }),
  ]);
  const batches: RecordBatch[] = [];
  for (let at = first.get(topic)![partition]!; at < end.get(topic)![partition]!; ) {
    const wanted = {
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: at,
      lastFetchedEpoch: -1,
      partitionMaxBytes: FETCH_BYTES,
    };
    const topics = [{ topicId: id, partitions: [wanted] }];
    const answer = await consumer.fetch({
      node,
      topics,
      maxBytes: FETCH_BYTES,
      maxWaitTime: 500,
      minBytes: 1,
      isolationLevel,
    });
    const found: readonly RecordBatch[] = answer.responses[0]?.partitions[0]?.records ?? [];
    const last = found.at(-1);
    if (last === undefined) break;
    batches.push(...found);
    at = last.firstOffset + BigInt(last.lastOffsetDelta) + 1n;
  }
  return batches;
}

/** Readers of Confluent's frames. */
class Readers {
  readonly #registry: SchemaRegistry;
  readonly #known = new Map<number, Promise<ReadAny>>();

  constructor(registry: SchemaRegistry) {
    this.#registry = registry;
  }

  async read(framed: Buffer): Promise<AnyValue> {
    const id = framed.readInt32BE(1);
    const known = this.#known.get(id) ?? this.#registry.byId(id).then(({ avro }) => reader(avro));
    this.#known.set(id, known);
    return (await known)({ bytes: framed, at: 5 });
  }
}

/** Decimals without a scale are written as the number they are. */
function reader(avro: { readonly fields: readonly { readonly name: string; readonly type: unknown }[] }): ReadAny {
  const fields = avro.fields.map(({ name, type }) => ({ name, type, read: anyReader(type) }));
  return (from) =>
    Object.fromEntries(
      fields.map(({ name, read }) => {
        const value = read(from);
        return [name, Buffer.isBuffer(value) ? BigInt(`0x${value.toString('hex') || '0'}`) : value];
      }),
    );
}
