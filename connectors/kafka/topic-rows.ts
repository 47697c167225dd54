import { ByteSink, rowJson, rowStart, valuesDecoder } from '../avro/index.ts';
import { slabBuffer } from '../avro/slab.ts';
import { writeLength } from '../avro/varint.ts';
import {
  type Batch,
  OP,
  type Reject,
  type StreamSchema,
  slabRows,
  streamText,
  type Target,
} from '../contract/index.ts';
import type { RecordSet } from './client.ts';
import { type KeyCut, keyCut } from './key-cut.ts';
import { murmur2, partitionOf } from './murmur2.ts';
import { encodedHeader, NOTHING, type Part, RecordSetBuilder, recordBytes } from './record-set.ts';
import { CATCHING_UP_HEADER } from './records.ts';

/** A topic that rows are written to. */
export interface OpenTopic {
  readonly name: string;
  readonly target: Target;
  /** Over how many partitions keys are spread. */
  readonly partitions: number;
  /** A record batch may have so many bytes. */
  readonly maxBytes: number;
  /** The frames of records of a schema; registered before. */
  frames(schema: StreamSchema): Promise<Frames>;
}

export interface Frames {
  readonly key?: Uint8Array;
  readonly value: Uint8Array;
}

/** What the operation is called in the header `op`: rows of a full or incremental read are `read`. */
const opHeaders = Object.fromEntries(
  [...Object.entries(OP), ['read', -1] as const].map(([name, op]) => [op, encodedHeader('op', name)]),
);

/** The header of an operation. */
export const opHeader = (op: number): Uint8Array => opHeaders[op]!;

const catchingUpHeader = encodedHeader(CATCHING_UP_HEADER, 'true');

/** A record batch is sent on when it has so many bytes: brokers take 1 MiB by default. */
const BATCH_BYTES = 512 * 1024;
/** What a batch has beside its records. */
const BATCH_ROOM = 200;

/** Turns batches of one stream into record sets of one topic. Rows are Avro already: they are copied behind their frames. */
export class TopicRows {
  readonly topic: OpenTopic;
  readonly #builders: readonly RecordSetBuilder[];
  readonly #tail: Uint8Array;
  #schema: StreamSchema | undefined;
  #frames: Frames = { value: NOTHING };
  #cut: KeyCut | undefined;
  /** Rows without a key go to one partition after the other. */
  #turn = 0;

  constructor(topic: OpenTopic) {
    this.topic = topic;
    this.#builders = Array.from({ length: topic.partitions }, (_, i) => new RecordSetBuilder(topic.name, i));
    this.#tail = constantTail(topic.target.constant?.value);
  }

  /** Gives the sets that are full; `reject` is told of rows that are too large. Throws for what a topic cannot hold. */
  async *add(batch: Batch, reject: (reject: Reject) => void): AsyncGenerator<RecordSet> {
    await this.#learn(batch.schema);
    const rows = slabBuffer(batch.rows);
    const keys = batch.keys === undefined ? undefined : slabBuffer(batch.keys);
    const count = slabRows(batch.rows);
    const limit = Math.min(BATCH_BYTES, this.topic.maxBytes - BATCH_ROOM);
    this.#turn += 1;
    for (let i = 0; i < count; i++) {
      const op = batch.ops?.[i] ?? -1;
      const start = rowStart(batch.rows, i);
      const value = op === OP.delete ? undefined : this.#value(rows, start, batch.rows.ends[i]!);
      const key = this.#key(batch, rows, start, keys, i);
      const headers = this.#headers(op, batch, i);
      const size = recordBytes(
        key,
        value,
        headers.reduce((sum, header) => sum + header.length, 0),
      );
      if (size > this.topic.maxBytes - BATCH_ROOM) {
        reject(this.#tooLarge(batch, i, size));
        continue;
      }
      const builder = this.#builders[this.#partition(key)]!;
      if (builder.count > 0 && builder.bytes + size > limit) yield builder.take();
      builder.add(key, value, headers);
    }
  }

  /** What is left. */
  *rest(): Generator<RecordSet> {
    for (const builder of this.#builders) if (builder.count > 0) yield builder.take();
  }

  async #learn(schema: StreamSchema): Promise<void> {
    if (this.#schema === schema) return;
    this.#frames = await this.topic.frames(schema);
    this.#cut = schema.key === undefined ? undefined : keyCut(schema);
    this.#schema = schema;
  }

  #value(bytes: Uint8Array, start: number, end: number): Part {
    return { head: this.#frames.value, bytes, start, end, tail: this.#tail };
  }

  #key({ keys: slab }: Batch, rows: Buffer, start: number, keys: Buffer | undefined, i: number): Part | undefined {
    const { key: head } = this.#frames;
    if (head === undefined) return undefined;
    if (slab === undefined || keys === undefined) return this.#cut!(rows, start, head, this.#tail);
    return { head, bytes: keys, start: rowStart(slab, i), end: slab.ends[i]!, tail: this.#tail };
  }

  #headers(op: number, { seq, catchingUp }: Batch, i: number): readonly Uint8Array[] {
    const order = seq === undefined ? [] : [encodedHeader('seq', seq[i]!.toString())];
    return [opHeaders[op]!, ...order, ...(catchingUp ? [catchingUpHeader] : [])];
  }

  #partition(key: Part | undefined): number {
    const { partitions } = this.topic;
    if (partitions === 1) return 0;
    if (key === undefined) return this.#turn % partitions;
    return partitionOf(hashOf(key), partitions);
  }

  #tooLarge(batch: Batch, row: number, size: number): Reject {
    const { schema } = batch;
    const stream = streamText(schema.stream);
    const message = `the record has ${size} bytes, more than topic ${this.topic.name} takes (max.message.bytes ${this.topic.maxBytes})`;
    return {
      stream,
      code: 'row.too-large',
      message,
      row: rowJson(schema, valuesDecoder(schema, 'typed')(batch.rows, row)),
    };
  }
}

const scratch = new ByteSink(256);

/** Of the bytes as they go out, frame included: what other writers' partitioners see. */
function hashOf({ head, bytes, start, end, tail }: Part): number {
  scratch.length = 0;
  scratch.append(head);
  scratch.append(bytes.subarray(start, end));
  scratch.append(tail);
  return murmur2(scratch.bytes, 0, scratch.length);
}

function constantTail(value: string | undefined): Uint8Array {
  if (value === undefined) return NOTHING;
  const text = Buffer.from(value);
  const to = new ByteSink(text.length + 5);
  writeLength(text.length, to);
  to.append(text);
  return to.take();
}
