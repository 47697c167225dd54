import { valuesEncoder } from '../avro/index.ts';
import { type Cursor, readLong } from '../avro/varint.ts';
import { type Layout, loadedColumns, millraceError, OP, type Op, type StreamSchema } from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import { type AnyValue, anyReader, type ReadAny } from './avro-any.ts';
import { fieldReader } from './avro-type.ts';
import { envelopeChange, envelopeRow } from './debezium.ts';
import type { TopicFormat } from './format.ts';
import type { BatchOrder } from './message-batch.ts';
import type { AvroRecord } from './registry.ts';
import { corrupted, isAdded, type TicdcFields, ticdcFields, ticdcOp, ticdcOrder } from './ticdc.ts';
import { rowChecksum } from './ticdc-checksum.ts';
import { type RecordColumn, recordColumns } from './topic-schema.ts';

/** What a message did to a row. */
export interface RowChange extends BatchOrder {
  readonly op: Op;
  /** Values in the order of the stream's columns; of a delete only the key may be there. */
  readonly row: Value[];
  /** Order per key; 0: none is told. */
  readonly seq: bigint;
  /** When it was committed at the source, in ms, where the message says so. */
  readonly at?: number;
}

/** How messages of one registered schema become rows of a stream. */
export interface RecordShape {
  /** The columns that the record has. */
  readonly schema: StreamSchema;
  /** Undefined for a message that tells of no row. */
  readonly read: (record: Buffer) => RowChange | undefined;
  readonly encodeRow: ReturnType<typeof valuesEncoder>;
}

export interface ShapeOptions {
  readonly topic: string;
  readonly avro: AvroRecord;
  readonly format: TopicFormat;
  readonly layout: Layout;
  /** The newest schema that is known of the topic: where it has more columns, its defaults fill them. */
  readonly newest?: AvroRecord | undefined;
}

export function recordShape(options: ShapeOptions, stream: StreamSchema): RecordShape {
  const { avro, format } = options;
  if (format.format === 'debezium') return envelopeShape(options, stream);
  const reader = new ValueReader(options);
  const fields = 'millrace' in avro ? undefined : ticdcFields(avro);
  return shapeOf(reader.names, options.layout, stream, (place) => (record) => {
    const values = reader.read(record);
    return { row: place(values), ...reader.told(fields, values) };
  });
}

/** The shape of records that hold these columns; `reads` is given what puts values into the order of the stream's. */
export function shapeOf<Record>(
  names: readonly string[],
  layout: Layout,
  stream: StreamSchema,
  reads: (place: (values: readonly Value[]) => Value[]) => (record: Record) => RowChange | undefined,
) {
  const there = new Set(names);
  const known = stream.columns.filter((column) => column.generated !== undefined || there.has(column.name));
  const schema = known.length === stream.columns.length ? stream : { ...stream, columns: known };
  const places = loadedColumns(schema).map((column) => names.indexOf(column.name));
  const read = reads((values) => places.map((place) => values[place] ?? null));
  return { schema, read, encodeRow: valuesEncoder(schema, layout) };
}

/** Debezium's envelope: the row before and after, and what is known of the change. */
function envelopeShape(options: ShapeOptions, stream: StreamSchema): RecordShape {
  const { topic, avro } = options;
  const reader = new ValueReader({ ...options, avro: envelopeRow(topic, avro), newest: undefined });
  const named = new Map<string, ReadAny>();
  const fields = avro.fields.map(({ name, type }) => {
    if (name !== 'before' && name !== 'after') return { name, read: anyReader(type, named) };
    const nullAt = Array.isArray(type) ? type.indexOf('null') : -1;
    return { name, values: (from: Cursor) => (nullAt === Number(readLong(from)) ? undefined : reader.readFrom(from)) };
  });
  return shapeOf(reader.names, options.layout, stream, (place) => (record) => {
    const from: Cursor = { bytes: record, at: 0 };
    const found: Record<string, AnyValue> = {};
    const images: Record<string, Value[] | undefined> = {};
    for (const { name, read, values } of fields) {
      if (values === undefined) found[name] = read(from);
      else images[name] = values(from);
    }
    requireEnd(topic, from);
    const change = envelopeChange(String(found.op), found.source as Record<string, AnyValue> | null, topic);
    if (change === undefined) return undefined;
    const image = change.op === OP.delete ? [] : images.after;
    if (image === undefined) throw millraceError('kafka.malformed', 'the change has no row after it');
    return { row: place(image), ...change };
  });
}

function requireEnd(topic: string, { at, bytes }: Cursor): void {
  if (at !== bytes.length)
    throw millraceError('kafka.malformed', `${topic}: a record does not end where its schema does`);
}

/** Reads a key's values, in the order of the key's columns. */
export type ReadKey = (record: Buffer) => Value[];

/** Key records hold the key's columns in key order. */
export function keyRecord(topic: string, avro: AvroRecord, schema: StreamSchema, format: TopicFormat): ReadKey {
  const names = schema.key!;
  const reader = new ValueReader({ topic, avro, format, layout: 'typed' });
  // Of our own records the order says which is which, whatever Avro made of the names.
  const places = names.map((name, i) => ('millrace' in avro ? i : reader.names.indexOf(name)));
  return (record) => {
    const values = reader.read(record);
    return places.map((place) => {
      const value = values[place];
      if (value === undefined || value === null) throw millraceError('kafka.malformed', 'the key lacks a column');
      return value;
    });
  };
}

/** Reads records of one schema: the values of its columns, in the record's order, then those that defaults fill. */
class ValueReader {
  readonly names: readonly string[];
  readonly #topic: string;
  readonly #fields: readonly { readonly read: (from: Cursor) => Value; readonly place: number }[];
  readonly #filled: readonly Value[];
  readonly #added: readonly { readonly name: string; readonly read: (from: Cursor) => AnyValue }[];
  readonly #checksum: (values: readonly Value[]) => number;
  readonly #width: number;
  /** What TiCDC added to the last record, by name. */
  #extra: Record<string, AnyValue> = {};

  constructor({ topic, avro, format, newest }: ShapeOptions) {
    const columns = recordColumns(topic, avro, format);
    const filled = newest === undefined ? [] : defaults(topic, avro, newest, format);
    this.#topic = topic;
    this.#width = columns.length;
    this.#fields = avro.fields.map((field) => columnReader(columns, field));
    this.#added = avro.fields.map(({ name, type }) => ({ name, read: isAdded(name) ? anyReader(type) : () => null }));
    this.#checksum = rowChecksum(columns.map(({ column }) => column.type));
    this.names = [...columns.map(({ column }) => aliased(column.name, newest)), ...filled.map(({ name }) => name)];
    this.#filled = filled.map(({ value }) => value);
  }

  read(record: Buffer): Value[] {
    const from: Cursor = { bytes: record, at: 0 };
    const values = this.readFrom(from);
    requireEnd(this.#topic, from);
    return values;
  }

  /** The cursor is behind the record then. */
  readFrom(from: Cursor): Value[] {
    const values = Array<Value>(this.#width);
    for (const [i, { read, place }] of this.#fields.entries()) {
      if (place >= 0) values[place] = read(from);
      else this.#extra[this.#added[i]!.name] = this.#added[i]!.read(from);
    }
    return this.#filled.length === 0 ? values : [...values, ...this.#filled];
  }

  /** What the record just read says of its change. Throws `kafka.corrupted`. */
  told(fields: TicdcFields | undefined, values: readonly Value[]): Omit<RowChange, 'row'> {
    if (fields === undefined || (fields.op < 0 && fields.checksum < 0)) return { op: OP.put, seq: 0n };
    const { _tidb_op, _tidb_commit_ts, _tidb_commit_physical_time: at } = this.#extra;
    const { _tidb_row_level_checksum: sum, _tidb_corrupted } = this.#extra;
    const op = ticdcOp(_tidb_op);
    if (_tidb_corrupted === true) throw corrupted('TiDB found the row corrupted');
    if (typeof sum === 'string' && sum !== '' && this.#checksum(values) !== Number(sum)) {
      throw corrupted(`the row's checksum is ${this.#checksum(values)}, and the message says ${sum}`);
    }
    const seq = ticdcOrder(BigInt((_tidb_commit_ts as bigint | null | undefined) ?? 0n), op);
    return { op, seq, ...(typeof at === 'bigint' && at > 0n ? { at: Number(at) } : {}) };
  }
}

function columnReader(columns: readonly RecordColumn[], field: AvroRecord['fields'][number]) {
  const place = columns.findIndex((one) => one.field === field);
  if (place < 0) return { read: () => null, place };
  const { column, convert } = columns[place]!;
  const bare = fieldReader(field.type, column.type);
  if (convert === undefined) return { read: bare, place };
  return {
    read: (from: Cursor) => {
      const value = bare(from);
      return value === null ? null : convert(value);
    },
    place,
  };
}

/** By Avro's rules a field's former names are aliases of the new one. */
function aliased(name: string, newest: AvroRecord | undefined): string {
  if (newest === undefined || 'millrace' in newest) return name;
  if (newest.fields.some((field) => field.name === name)) return name;
  return newest.fields.find(({ aliases }) => aliases?.includes(name))?.name ?? name;
}

/**
 * Columns of the newest schema that a record of an older one lacks: by Avro's rules they have its default. Not so where a database is behind
 * the topic (TiCDC's defaults may be expressions, and our own schemas declare them): there the column keeps what the target has.
 */
function defaults(topic: string, avro: AvroRecord, newest: AvroRecord, format: TopicFormat) {
  if (format.format !== 'confluent' || 'millrace' in newest || newest === avro) return [];
  const had = new Set(avro.fields.map(({ name }) => aliased(name, newest)));
  return recordColumns(topic, newest, format)
    .filter(({ column, field }) => !had.has(column.name) && 'default' in field)
    .map(({ column, field, convert }) => {
      const bare = defaultValue(field.default, column.type.kind === 'bytes' || column.type.kind === 'bit');
      return { name: column.name, value: bare === null || convert === undefined ? bare : convert(bare) };
    });
}

/** JSON's value as a bare one; bytes are a text of their code points there. Throws `avro.foreign-schema` for structures. */
function defaultValue(value: unknown, bytes: boolean): Value {
  if (value === null) return null;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'string') return bytes ? Buffer.from(value, 'latin1') : value;
  if (typeof value === 'number') return String(value);
  throw millraceError('avro.foreign-schema', `the default ${JSON.stringify(value)} is not read`);
}
