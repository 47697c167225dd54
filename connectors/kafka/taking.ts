import {
  type Batch,
  type Layout,
  type Message,
  MillraceError,
  millraceError,
  OP,
  type Pace,
  type Reject,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import type { FetchedRecord } from './client.ts';
import {
  type ConnectSchema,
  type JsonShape,
  jsonKey,
  jsonMessage,
  jsonRow,
  jsonSchema,
  jsonShape,
} from './debezium-json.ts';
import type { TopicFormat } from './format.ts';
import { type BatchOptions, type BatchOrder, type KeySource, MessageBatch } from './message-batch.ts';
import {
  type KeyRecord,
  keyRecord,
  type RecordShape,
  type RowChange,
  type RowSource,
  recordShape,
} from './record-shape.ts';
import type { AvroRecord, RegisteredSchema, SchemaRegistry } from './registry.ts';
import { mergedSchema } from './schema-merge.ts';
import { controlMessage, ticdcOrder } from './ticdc.ts';
import { topicSchema } from './topic-schema.ts';

/** A batch is handed on at this many rows or bytes. */
const BATCH_ROWS = 5000;
const BATCH_BYTES = 1024 * 1024;

/** How the messages of a topic become rows. */
export interface TakingOptions extends BatchOptions {
  readonly registry: SchemaRegistry;
  /** A throttled run's part for this partition: what is held in a batch keeps another process from it as long as it waits to be moved. */
  readonly pace?: Pace;
  readonly name: string;
  readonly format: TopicFormat;
  readonly layout: Layout;
  readonly schema: StreamSchema;
  /** The newest registered schema, when `schema` was made of it. */
  readonly newest: RegisteredSchema | undefined;
  /** The stream's schema as the request wants it, of one that the topic has. */
  readonly chosen: (schema: StreamSchema) => StreamSchema;
  /** Told of each message that is rejected. */
  readonly onReject?: (reject: Reject, partition: number, record: FetchedRecord) => void;
}

/** Errors that are about one message: it is rejected. */
const poison: ReadonlySet<string> = new Set(['kafka.malformed', 'kafka.corrupted', 'value.malformed', 'value.inexact']);

/** Messages of a partition in order, under the schemas that they name. `cut` gives the checkpoint at an offset. */
export class Taking {
  readonly #options: TakingOptions;
  readonly #at: string;
  readonly #partition: number;
  readonly #cut: (next: bigint) => Message;
  readonly #values = new Map<number, RecordShape>();
  readonly #jsons = new Map<string, JsonShape>();
  readonly #keys = new Map<number, KeyRecord>();
  #newest: RegisteredSchema | undefined;
  #schema: StreamSchema;
  #batch: MessageBatch | undefined;
  /** A batch that ended before the message that is taken: it is handed on whatever becomes of that. */
  #over: Batch | undefined;
  /** When the newest message was written, or the newest change committed, in ms. */
  latest: number | undefined;

  constructor(options: TakingOptions, at: string, partition: number, cut: (next: bigint) => Message) {
    this.#options = options;
    this.#at = at;
    this.#partition = partition;
    this.#cut = cut;
    this.#schema = options.schema;
    this.#newest = options.newest;
  }

  get isFull(): boolean {
    const { rows = BATCH_ROWS, bytes = BATCH_BYTES } = this.#options.pace ?? {};
    if (this.#batch === undefined) return false;
    return this.#batch.rows >= Math.min(rows, BATCH_ROWS) || this.#batch.bytes >= Math.min(bytes, BATCH_BYTES);
  }

  /** Whether `take` has all that it needs: `learn` takes the message else. Messages in JSON bring a schema each. */
  knows({ key, value }: FetchedRecord): boolean {
    if (this.#options.format.format === 'debezium-json') return false;
    const [keyId, valueId] = [this.#isKeyed ? schemaId(key) : undefined, schemaId(value)];
    return (keyId === undefined || this.#keys.has(keyId)) && (valueId === undefined || this.#values.has(valueId));
  }

  /** Gives the batch that the message does not go into. */
  take(record: FetchedRecord): Batch | undefined {
    this.latest = record.timestamp;
    try {
      this.#takeRecord(record);
    } catch (thrown) {
      this.#reject(thrown, record);
    }
    return this.#handOver();
  }

  /** Takes a message of schemas that may be new: the registry is asked, and the stream may change its shape. */
  async *learn(record: FetchedRecord): AsyncGenerator<Message, void, undefined> {
    this.latest = record.timestamp;
    try {
      if (this.#options.format.format === 'debezium-json') yield* this.#takeJson(record);
      else yield* this.#takeLearned(record);
    } catch (thrown) {
      this.#reject(thrown, record);
    }
    const ended = this.#handOver();
    if (ended !== undefined) yield ended;
  }

  /** What was taken since the last batch. */
  *handOn(next: bigint): Generator<Message> {
    if (this.#batch !== undefined && this.#batch.rows > 0) yield this.#batch.take();
    yield this.#cut(next);
  }

  async *#takeLearned(record: FetchedRecord): AsyncGenerator<Message, void, undefined> {
    const { key, value, offset } = record;
    const keyId = this.#isKeyed ? schemaId(key) : undefined;
    const valueId = schemaId(value);
    if (keyId !== undefined && !this.#keys.has(keyId)) await this.#learnKey(keyId);
    if (valueId !== undefined && !this.#values.has(valueId)) yield* this.#learn(valueId, offset);
    // A new shape of the stream takes the keys anew, too.
    if (keyId !== undefined && !this.#keys.has(keyId)) await this.#learnKey(keyId);
    this.#takeRecord(record);
  }

  async *#takeJson(record: FetchedRecord): AsyncGenerator<Message, void, undefined> {
    const { value, key, offset } = record;
    // Behind a delete comes a message without a value, for the topic's compaction.
    if (value === null) return;
    const message = jsonMessage(value);
    const { name, layout } = this.#options;
    const own = this.#isKeyed ? jsonKey(name, key, this.#schema, layout) : undefined;
    const id = JSON.stringify(message.schema);
    const shape = this.#jsons.get(id) ?? (yield* this.#learnJson(id, message.schema, offset));
    this.#done(shape, own, shape.read(message.payload), record);
  }

  #takeRecord(record: FetchedRecord): void {
    const { value } = record;
    const { format } = this.#options.format;
    if (value === null && format === 'debezium') return;
    const control = format === 'ticdc' && value !== null ? controlMessage(value) : undefined;
    if (control !== undefined && 'skip' in control) return;
    const key = this.#key(record);
    if (value === null) this.#delete(key, 0n);
    else if (control !== undefined) this.#delete(key, ticdcOrder(control.deletedAt, OP.delete));
    else {
      const shape = this.#values.get(requireId(value))!;
      this.#done(shape, key, shape.read(value, HEAD_BYTES, value.length), record);
    }
  }

  #done(shape: RowSource, key: KeySource | undefined, change: RowChange | undefined, record: FetchedRecord): void {
    if (change === undefined) return;
    if (change.at !== undefined) this.latest = change.at;
    const { domain, ties } = change;
    const isDelete = change.op === OP.delete;
    const before = this.#batch;
    if (before !== undefined && (before.order.domain !== domain || !(isDelete || before.shape === shape))) this.#end();
    if (isDelete) {
      const order = { ...(domain === undefined ? {} : { domain }), ...(ties ? { ties } : {}) };
      this.#delete(key, change.seq, order);
      return;
    }
    this.#batch ??= new MessageBatch(shape, this.#options, change);
    const reject = this.#batch.put(key, shape, change);
    if (record.catchingUp) this.#batch.catchUp();
    if (reject !== undefined) this.#options.onReject?.(reject, this.#partition, record);
  }

  /** The next change needs a batch of its own. */
  #end(): void {
    if (this.#batch !== undefined && this.#batch.rows > 0) this.#over = this.#batch.take();
    this.#batch = undefined;
  }

  #handOver(): Batch | undefined {
    const batch = this.#over;
    this.#over = undefined;
    return batch;
  }

  get #isKeyed(): boolean {
    return this.#schema.key !== undefined && !this.#options.once;
  }

  #delete(key: KeySource | undefined, seq: bigint, order: BatchOrder = {}): void {
    const { name } = this.#options;
    if (!this.#isKeyed) {
      throw millraceError(
        'config.mode-illegal',
        `${name} is read as rows to append, and holds a delete (${this.#at})`,
        {
          at: name,
          fix: 'Choose write: upsert or soft_delete.',
        },
      );
    }
    this.#batch ??= new MessageBatch({ schema: this.#schema }, this.#options, order);
    this.#batch.delete(key, seq);
  }

  #key({ key }: FetchedRecord): KeySource | undefined {
    if (!this.#isKeyed) return undefined;
    if (key === null) throw millraceError('kafka.malformed', 'the message has no key');
    const reads = this.#keys.get(requireId(key))!;
    reads.read(key, HEAD_BYTES, key.length);
    return reads;
  }

  async #learnKey(id: number): Promise<void> {
    const { name: topic, registry, format, layout } = this.#options;
    const { avro } = await registry.byId(id);
    this.#keys.set(id, keyRecord({ topic, avro, format, layout }, this.#schema));
  }

  /** A schema that was not met before. By Avro's rules the newest one reads all others; what it does not hold is made to fit first. */
  async *#learn(id: number, offset: bigint): AsyncGenerator<Message, void, undefined> {
    const { registry, name, format, layout, lines, chosen } = this.#options;
    const { avro } = await registry.byId(id);
    const before = this.#schema;
    const after = (await this.#unmerged(id, avro)).reduce((known, [seen, isNewer]) => {
      return mergedSchema(known, chosen(topicSchema(name, seen, known.key ?? [], format)), isNewer);
    }, before);
    yield* this.#reshape(after, offset);
    const newest = this.#newest?.avro;
    const options = { topic: name, avro, format, layout, lines, ...(newest ? { newest } : {}) };
    this.#values.set(id, recordShape(options, after));
  }

  /** JSON's schemas have no versions: what comes later is newer. */
  async *#learnJson(id: string, schema: ConnectSchema, offset: bigint): AsyncGenerator<Message, JsonShape, undefined> {
    const { name, layout, chosen } = this.#options;
    const known = this.#schema;
    yield* this.#reshape(mergedSchema(known, chosen(jsonSchema(name, jsonRow(schema), known.key ?? [])), true), offset);
    const shape = jsonShape(name, schema, layout, this.#schema);
    this.#jsons.set(id, shape);
    return shape;
  }

  *#reshape(after: StreamSchema, offset: bigint): Generator<Message> {
    const before = this.#schema;
    if (after === before) return;
    yield* this.handOn(offset);
    this.#batch = undefined;
    this.#values.clear();
    this.#keys.clear();
    this.#jsons.clear();
    this.#schema = after;
    yield { kind: 'schema', before, after };
  }

  /** Schemas that the stream's own may lack something of, and whether each is newer: the newest one, and the message's. */
  async #unmerged(id: number, avro: AvroRecord): Promise<[AvroRecord, boolean][]> {
    const { registry, name } = this.#options;
    if (id === this.#newest?.id) return [];
    const latest = await registry.latest(name, 'value');
    const isNew = latest !== undefined && latest.id !== this.#newest?.id;
    this.#newest = latest;
    // One that is not among the topic's own tells no age: nothing of it may be lost.
    const isOld = latest !== undefined && (id === latest.id || (await registry.isVersion(name, 'value', id)));
    return [...(isNew ? [[latest.avro, true] as [AvroRecord, boolean]] : []), [avro, !isOld]];
  }

  /** A message that cannot be read is kept as it is, with its place; the run goes on as far as rejects are allowed. */
  #reject(thrown: unknown, record: FetchedRecord): void {
    const { offset, key, value } = record;
    if (thrown instanceof MillraceError && !poison.has(thrown.code)) throw thrown;
    const code = thrown instanceof MillraceError ? thrown.code : 'kafka.malformed';
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const row = {
      _offset: offset.toString(),
      _key: key?.toString('hex') ?? null,
      _value: value?.toString('hex') ?? null,
    };
    this.#batch ??= new MessageBatch({ schema: this.#schema }, this.#options);
    const reject = {
      stream: streamText(this.#schema.stream),
      code,
      message: `${this.#at}@${offset}: ${why}`,
      row: JSON.stringify({ _topic: this.#options.name, ...row }),
    };
    this.#batch.reject(reject);
    this.#options.onReject?.(reject, this.#partition, record);
  }
}

/** Confluent's frame: a zero byte, the schema's id, the record. */
const HEAD_BYTES = 5;

/** Undefined for what has no such frame. */
function schemaId(message: Buffer | null): number | undefined {
  return message === null || message.length < HEAD_BYTES || message[0] !== 0 ? undefined : message.readInt32BE(1);
}

function requireId(message: Buffer): number {
  const id = schemaId(message);
  if (id === undefined) throw millraceError('kafka.malformed', 'it does not begin with a schema id');
  return id;
}
