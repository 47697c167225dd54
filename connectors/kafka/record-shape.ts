import { keyStream, SlabBuilder, valuesEncoder } from '../avro/index.ts';
import type { Cursor } from '../avro/varint.ts';
import {
  type Batch,
  type Layout,
  loadedColumns,
  MillraceError,
  millraceError,
  OP,
  type Reject,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import { fieldReader, type ReadField } from './avro-type.ts';
import type { AvroRecord } from './registry.ts';
import { isRowField, recordColumns } from './topic-schema.ts';

/** Reads a record's values in the order of a stream's columns. */
export type ReadRecord = (record: Buffer) => Value[];

/** How records of one registered schema become rows of a stream. */
export interface RecordShape {
  /** The columns that the record has. */
  readonly schema: StreamSchema;
  readonly read: ReadRecord;
  readonly encodeRow: ReturnType<typeof valuesEncoder>;
}

export function recordShape(topic: string, avro: AvroRecord, stream: StreamSchema, layout: Layout): RecordShape {
  const there = new Set(recordColumns(topic, avro).map(({ column }) => column.name));
  const known = stream.columns.filter((column) => column.generated !== undefined || there.has(column.name));
  const schema = known.length === stream.columns.length ? stream : { ...stream, columns: known };
  return { schema, read: valueRecord(topic, avro, schema), encodeRow: valuesEncoder(schema, layout) };
}

function valueRecord(topic: string, avro: AvroRecord, schema: StreamSchema): ReadRecord {
  const columns = recordColumns(topic, avro);
  const names = loadedColumns(schema).map((column) => column.name);
  const fields = avro.fields.map((field) => {
    const own = columns.find((one) => one.field === field)?.column;
    return { read: fieldReader(field.type, own?.type), place: own === undefined ? -1 : names.indexOf(own.name) };
  });
  return recordReader(topic, fields, names.length);
}

/** Key records hold the key's columns in key order. */
export function keyRecord(topic: string, avro: AvroRecord, schema: StreamSchema): ReadRecord {
  const columns = schema.key!.map((name) => schema.columns.find((column) => column.name === name));
  const fields = avro.fields
    .filter(isRowField)
    .map((field, place) => ({ read: fieldReader(field.type, columns[place]?.type), place }));
  return recordReader(topic, fields, columns.length);
}

function recordReader(
  topic: string,
  fields: readonly { readonly read: ReadField; readonly place: number }[],
  width: number,
): ReadRecord {
  return (record) => {
    const from: Cursor = { bytes: record, at: 0 };
    const values = Array<Value>(width).fill(null);
    for (const { read, place } of fields) {
      const value = read(from);
      if (place >= 0) values[place] = value;
    }
    if (from.at !== record.length)
      throw millraceError('kafka.malformed', `${topic}: a record does not end where its schema does`);
    return values;
  };
}

export interface BatchOptions {
  readonly layout: Layout;
  readonly maxRowBytes: number;
  /** Every message is a row of its own: a later one does not stand for an earlier one of the same key. */
  readonly once: boolean;
}

/** Messages of one partition on their way into a batch of one shape. */
export class MessageBatch {
  readonly shape: RecordShape;
  readonly #options: BatchOptions;
  readonly #encodeKey: ReturnType<typeof valuesEncoder> | undefined;
  readonly #rows = new SlabBuilder();
  readonly #keys = new SlabBuilder();
  #ops: number[] = [];
  #rejects: Reject[] = [];

  constructor(shape: RecordShape, options: BatchOptions) {
    this.shape = shape;
    this.#options = options;
    const keyed = shape.schema.key !== undefined && !options.once;
    this.#encodeKey = keyed ? valuesEncoder(keyStream(shape.schema), options.layout) : undefined;
  }

  get rows(): number {
    return this.#rows.rows + this.#rejects.length;
  }

  get bytes(): number {
    return this.#rows.byteLength + this.#keys.byteLength;
  }

  put(key: readonly Value[], row: readonly Value[]): void {
    const size = row.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
    const { maxRowBytes } = this.#options;
    try {
      if (size > maxRowBytes) {
        throw millraceError('row.too-large', `the row has ${size} bytes, more than max_row_bytes (${maxRowBytes})`);
      }
      this.shape.encodeRow(row, this.#rows);
    } catch (thrown) {
      this.#reject(thrown, row);
      return;
    }
    this.#encodeKey?.(key, this.#keys);
    this.#ops.push(OP.put);
  }

  delete(key: readonly Value[]): void {
    this.#encodeKey!(key, this.#keys);
    this.#rows.commitRow();
    this.#ops.push(OP.delete);
  }

  take(): Batch {
    const rejects = this.#rejects.length === 0 ? {} : { rejects: this.#rejects };
    const keyed = this.#encodeKey === undefined ? {} : { keys: this.#keys.take(), ops: Uint8Array.from(this.#ops) };
    this.#rejects = [];
    this.#ops = [];
    return { kind: 'batch', schema: this.shape.schema, rows: this.#rows.take(), ...keyed, ...rejects };
  }

  #reject(thrown: unknown, row: readonly Value[]): void {
    if (!(thrown instanceof MillraceError)) throw thrown;
    const { schema } = this.shape;
    const texts = loadedColumns(schema).map(({ name }, i) => {
      const value = row[i] ?? null;
      return [name, value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value];
    });
    const stream = streamText(schema.stream);
    this.#rejects.push({
      stream,
      code: thrown.code,
      message: thrown.message,
      row: JSON.stringify(Object.fromEntries(texts)),
    });
  }
}
