import {
  type Message,
  MillraceError,
  millraceError,
  OP,
  type Pace,
  type Reject,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import type { Value } from '../types/index.ts';
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
import { type BatchOptions, type BatchOrder, type BatchShape, deletesOnly, MessageBatch } from './message-batch.ts';
import { keyRecord, type ReadKey, type RecordShape, type RowChange, recordShape } from './record-shape.ts';
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
  readonly #keys = new Map<number, ReadKey>();
  #newest: RegisteredSchema | undefined;
  #schema: StreamSchema;
  #batch: MessageBatch | undefined;
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

  async *take(record: FetchedRecord): AsyncGenerator<Message, void, undefined> {
    this.latest = record.timestamp;
    try {
      yield* this.#taken(record);
    } catch (thrown) {
      this.#reject(thrown, record);
    }
  }

  /** What was taken since the last batch. */
  *handOn(next: bigint): Generator<Message> {
    if (this.#batch !== undefined && this.#batch.rows > 0) yield this.#batch.take();
    yield this.#cut(next);
  }

  async *#taken(record: FetchedRecord): AsyncGenerator<Message, void, undefined> {
    const { value, offset } = record;
    const { format } = this.#options.format;
    if (format === 'ticdc' || format === 'confluent') return yield* this.#takeRecord(record, format === 'ticdc');
    // Behind a delete comes a message without a value, for the topic's compaction.
    if (value === null) return;
    if (format === 'debezium') return yield* this.#takeRecord(record, false);
    const message = jsonMessage(value);
    const key = this.#isKeyed ? jsonKey(this.#options.name, record.key, this.#schema.key!) : [];
    const id = JSON.stringify(message.schema);
    const shape = this.#jsons.get(id) ?? (yield* this.#learnJson(id, message.schema, offset));
    yield* this.#done(shape, key, shape.read(message.payload), record);
  }

  async *#takeRecord(record: FetchedRecord, isTicdc: boolean): AsyncGenerator<Message, void, undefined> {
    const { value, offset } = record;
    const control = isTicdc && value !== null ? controlMessage(value) : undefined;
    if (control !== undefined && 'skip' in control) return;
    const key = await this.#key(record);
    if (value === null) return this.#delete(key, 0n);
    if (control !== undefined) return this.#delete(key, ticdcOrder(control.deletedAt, OP.delete));
    const { id, body } = framed(value);
    const shape = this.#values.get(id) ?? (yield* this.#learn(id, offset));
    yield* this.#done(shape, key, shape.read(body), record);
  }

  *#done(
    shape: BatchShape,
    key: readonly Value[],
    change: RowChange | undefined,
    record: FetchedRecord,
  ): Generator<Message> {
    if (change === undefined) return;
    if (change.at !== undefined) this.latest = change.at;
    const { domain, ties } = change;
    if (this.#batch !== undefined && this.#batch.order.domain !== domain) yield* this.#ended();
    if (change.op === OP.delete)
      return this.#delete(key, change.seq, { ...(domain === undefined ? {} : { domain }), ...(ties ? { ties } : {}) });
    if (this.#batch?.shape !== shape) {
      yield* this.#ended();
      this.#batch = new MessageBatch(shape, this.#options, change);
    }
    const reject = this.#batch!.put(key, change);
    if (record.catchingUp) this.#batch!.catchUp();
    if (reject !== undefined) this.#options.onReject?.(reject, this.#partition, record);
  }

  *#ended(): Generator<Message> {
    if (this.#batch !== undefined && this.#batch.rows > 0) yield this.#batch.take();
    this.#batch = undefined;
  }

  get #isKeyed(): boolean {
    return this.#schema.key !== undefined && !this.#options.once;
  }

  #delete(key: readonly Value[], seq: bigint, order: BatchOrder = {}): void {
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
    this.#batch ??= new MessageBatch(deletesOnly(this.#schema), this.#options, order);
    this.#batch.delete(key, seq);
  }

  async #key({ key }: FetchedRecord): Promise<readonly Value[]> {
    const { name, registry, format } = this.#options;
    if (!this.#isKeyed) return [];
    if (key === null) throw millraceError('kafka.malformed', 'the message has no key');
    const { id, body } = framed(key);
    const known = this.#keys.get(id);
    if (known !== undefined) return known(body);
    const { avro } = await registry.byId(id);
    const reads = keyRecord(name, avro, this.#schema, format);
    this.#keys.set(id, reads);
    return reads(body);
  }

  /** A schema that was not met before. By Avro's rules the newest one reads all others; what it does not hold is made to fit first. */
  async *#learn(id: number, offset: bigint): AsyncGenerator<Message, RecordShape, undefined> {
    const { registry, name, format, layout, chosen } = this.#options;
    const { avro } = await registry.byId(id);
    const before = this.#schema;
    const after = (await this.#unmerged(id, avro)).reduce((known, [seen, isNewer]) => {
      return mergedSchema(known, chosen(topicSchema(name, seen, known.key ?? [], format)), isNewer);
    }, before);
    yield* this.#reshape(after, offset);
    const newest = this.#newest?.avro;
    const shape = recordShape({ topic: name, avro, format, layout, ...(newest ? { newest } : {}) }, after);
    this.#values.set(id, shape);
    return shape;
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
    this.#batch ??= new MessageBatch(deletesOnly(this.#schema), this.#options);
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
function framed(message: Buffer): { id: number; body: Buffer } {
  if (message.length < 5 || message[0] !== 0)
    throw millraceError('kafka.malformed', 'it does not begin with a schema id');
  return { id: message.readInt32BE(1), body: message.subarray(5) };
}
