import {
  type Lane,
  type Message,
  MillraceError,
  millraceError,
  type Position,
  type StreamSchema,
} from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import type { FetchedRecord, KafkaClient, OffsetRange, TopicInfo } from './client.ts';
import {
  type BatchOptions,
  keyRecord,
  MessageBatch,
  type ReadRecord,
  type RecordShape,
  recordShape,
} from './record-shape.ts';
import type { SchemaRegistry } from './registry.ts';
import { topicSchema } from './topic-schema.ts';

/** A batch is handed on at this many rows or bytes. */
const BATCH_ROWS = 5000;
const BATCH_BYTES = 1024 * 1024;

/** A topic as one run reads it. */
export interface TopicRead extends BatchOptions {
  readonly client: KafkaClient;
  readonly registry: SchemaRegistry;
  readonly cluster: string;
  readonly topic: TopicInfo;
  readonly schema: StreamSchema;
  /** The stream's schema as the request wants it, of one that the topic has. */
  readonly chosen: (schema: StreamSchema) => StreamSchema;
}

/** Where a partition goes on. A topic of another id under the same name is another topic. */
interface PartitionPosition {
  readonly cluster: string;
  readonly topic: string;
  readonly next: string;
  readonly epoch: number;
}

/** A partition as a lane that never ends for good: it is read to the end that it had when the run began, or until `revoked`. */
export function partitionLane(read: TopicRead, partition: number, range: OffsetRange, revoked?: AbortSignal): Lane {
  const id = `kafka/${read.topic.name}/${partition}`;
  return {
    id,
    shared: true,
    read(after, signal) {
      const next = after === undefined ? range.first : offsetOf(read, id, after, range);
      return readPartition(read, partition, next, range.end, revoked === undefined ? [signal] : [signal, revoked]);
    },
  };
}

function offsetOf(read: TopicRead, at: string, after: Position, { first, end }: OffsetRange): bigint {
  const position = JSON.parse(after) as PartitionPosition;
  const next = BigInt(position.next);
  const lost = (why: string) => millraceError('source.history-lost', `${at} cannot be read on: ${why}`, { at });
  if (position.topic !== read.topic.id) throw lost('the topic was deleted and made again');
  if (next < first) throw lost(`offsets ${next} to ${first - 1n} were deleted`);
  if (next > end) throw lost(`the partition ends at offset ${end}, before ${next}`);
  return next;
}

async function* readPartition(
  read: TopicRead,
  partition: number,
  from: bigint,
  end: bigint,
  stops: readonly AbortSignal[],
): AsyncGenerator<Message, void, undefined> {
  if (from >= end) return;
  const taking = new Taking(read, partition);
  await using reader = read.client.reader(read.topic, partition);
  for (let next = from; next < end && !stops.some((stop) => stop.aborted); ) {
    const fetched = await reader.fetch(next);
    for (const record of fetched.records) {
      yield* taking.take(record, fetched.leaderEpoch);
      if (taking.isFull) yield* taking.handOn(record.offset + 1n, fetched.leaderEpoch, false);
    }
    next = fetched.next;
    const last = next >= end;
    if (last || fetched.records.length > 0) yield* taking.handOn(next, fetched.leaderEpoch, last);
  }
}

/** Messages of a partition in order, under the schemas that they name. */
class Taking {
  readonly #read: TopicRead;
  readonly #partition: number;
  readonly #values = new Map<number, RecordShape>();
  readonly #keys = new Map<number, ReadRecord>();
  #schema: StreamSchema;
  #batch: MessageBatch | undefined;
  #newest: number | undefined;

  constructor(read: TopicRead, partition: number) {
    this.#read = read;
    this.#partition = partition;
    this.#schema = read.schema;
  }

  get isFull(): boolean {
    return this.#batch !== undefined && (this.#batch.rows >= BATCH_ROWS || this.#batch.bytes >= BATCH_BYTES);
  }

  async *take(record: FetchedRecord, epoch: number): AsyncGenerator<Message, void, undefined> {
    this.#newest = record.timestamp;
    try {
      const key = await this.#key(record);
      if (record.value === null) return this.#delete(key);
      const { id, body } = framed(record.value);
      const shape = this.#values.get(id) ?? (yield* this.#learn(id, record.offset, epoch));
      const row = shape.read(body);
      if (this.#batch?.shape !== shape) {
        if (this.#batch !== undefined && this.#batch.rows > 0) yield this.#batch.take();
        this.#batch = new MessageBatch(shape, this.#read);
      }
      this.#batch.put(key, row);
    } catch (thrown) {
      throw this.#malformed(thrown, record);
    }
  }

  *handOn(next: bigint, epoch: number, idle: boolean): Generator<Message> {
    const { cluster, topic } = this.#read;
    if (this.#batch !== undefined && this.#batch.rows > 0) yield this.#batch.take();
    const position: PartitionPosition = { cluster, topic: topic.id, next: next.toString(), epoch };
    yield {
      kind: 'checkpoint',
      position: JSON.stringify(position),
      ...(idle ? { idle: true as const } : {}),
      ...(this.#newest === undefined ? {} : { committedAt: new Date(this.#newest) }),
    };
  }

  #delete(key: readonly Value[]): void {
    const { topic, once } = this.#read;
    if (this.#schema.key === undefined || once) {
      throw millraceError('kafka.malformed', `${topic.name} is read as rows to append, and holds a delete`);
    }
    this.#batch ??= new MessageBatch(deletesOnly(this.#schema), this.#read);
    this.#batch.delete(key);
  }

  async #key({ key }: FetchedRecord): Promise<readonly Value[]> {
    if (this.#schema.key === undefined || this.#read.once) return [];
    if (key === null) throw millraceError('kafka.malformed', 'the message has no key');
    const { id, body } = framed(key);
    const known = this.#keys.get(id);
    if (known !== undefined) return known(body);
    const { avro } = await this.#read.registry.byId(id);
    const reads = keyRecord(this.#read.topic.name, avro, this.#schema);
    this.#keys.set(id, reads);
    return reads(body);
  }

  /** A schema that was not met before: one with new columns is a change of the stream, an older one has less of them. */
  async *#learn(id: number, offset: bigint, epoch: number): AsyncGenerator<Message, RecordShape, undefined> {
    const { registry, topic, layout, chosen } = this.#read;
    const { avro } = await registry.byId(id);
    const names = new Set(this.#schema.columns.map((column) => column.name));
    const stated = chosen(withKey(topicSchema(topic.name, avro, undefined), this.#schema));
    if (stated.columns.some((column) => !names.has(column.name))) {
      yield* this.handOn(offset, epoch, false);
      this.#batch = undefined;
      this.#values.clear();
      const before = this.#schema;
      this.#schema = stated;
      yield { kind: 'schema', before, after: stated };
    }
    const shape = recordShape(topic.name, avro, this.#schema, layout);
    this.#values.set(id, shape);
    return shape;
  }

  #malformed(thrown: unknown, { offset }: FetchedRecord): unknown {
    const at = `kafka/${this.#read.topic.name}/${this.#partition}@${offset}`;
    if (thrown instanceof MillraceError && thrown.code !== 'kafka.malformed') return thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return millraceError('kafka.malformed', `${at}: ${why}`, { at, cause: thrown });
  }
}

/** Deletes before any row tells its shape. */
function deletesOnly(schema: StreamSchema): RecordShape {
  return { schema, read: () => [], encodeRow: () => undefined };
}

function withKey(schema: StreamSchema, { key, columns }: StreamSchema): StreamSchema {
  const known = new Map(columns.map((column) => [column.name, column]));
  const own = schema.columns.map((column) =>
    key?.includes(column.name) ? (known.get(column.name) ?? column) : column,
  );
  return { ...schema, columns: own, ...(key === undefined ? {} : { key }) };
}

/** Confluent's frame: a zero byte, the schema's id, the record. */
function framed(message: Buffer): { id: number; body: Buffer } {
  if (message.length < 5 || message[0] !== 0)
    throw millraceError('kafka.malformed', 'it does not begin with a schema id');
  return { id: message.readInt32BE(1), body: message.subarray(5) };
}
