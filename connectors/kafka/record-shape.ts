import { keyStream, recordFields, type SlabBuilder } from '../avro/index.ts';
import { type Cursor, readLong } from '../avro/varint.ts';
import { type Layout, loadedColumns, millraceError, OP, type Op, type StreamSchema } from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import { type AnyValue, anyReader, type ReadAny } from './avro-any.ts';
import { plainType } from './avro-type.ts';
import { envelopeChange, envelopeRow } from './debezium.ts';
import { constantOrigin, fieldOrigin, type Origin } from './field-way.ts';
import type { TopicFormat } from './format.ts';
import type { BatchOrder } from './message-batch.ts';
import { avroCopy } from './record-avro.ts';
import { RecordFields } from './record-fields.ts';
import { lineCopy, type RecordCopy } from './record-line.ts';
import type { AvroRecord } from './registry.ts';
import { corrupted, isAdded, type TicdcFields, ticdcFields, ticdcOp, ticdcOrder } from './ticdc.ts';
import { rowChecksum } from './ticdc-checksum.ts';
import { recordColumns } from './topic-schema.ts';

/** What a message did to a row. */
export interface RowChange extends BatchOrder {
  readonly op: Op;
  /** Order per key; 0: none is told. */
  readonly seq: bigint;
  /** When it was committed at the source, in ms, where the message says so. */
  readonly at?: number;
}

/** The row of the message that was read last. */
export interface RowSource {
  /** The columns that the message has. */
  readonly schema: StreamSchema;
  /** Of its text or its record. */
  bytes(): number;
  /** Appends it. Throws `value.malformed`, and has appended nothing then. */
  write(into: SlabBuilder): void;
  /** For showing it. */
  values(): Value[];
}

/** How messages of one registered schema become rows of a stream. */
export interface RecordShape extends RowSource {
  /** Undefined for a message that tells of no row. */
  read(message: Buffer, at: number, end: number): RowChange | undefined;
}

export interface ShapeOptions {
  readonly topic: string;
  readonly avro: AvroRecord;
  readonly format: TopicFormat;
  readonly layout: Layout;
  /** Rows are written as lines. */
  readonly lines: boolean;
  /** The newest schema that is known of the topic: where it has more columns, its defaults fill them. */
  readonly newest?: AvroRecord | undefined;
}

const put: RowChange = { op: OP.put, seq: 0n };

export function recordShape(options: ShapeOptions, stream: StreamSchema): RecordShape {
  const { avro, format, topic } = options;
  if (format.format === 'debezium') return envelopeShape(options, stream);
  const record = new RowRecord(options);
  const fields = 'millrace' in avro ? undefined : ticdcFields(avro);
  return {
    ...record.rowSource(stream, options),
    read(message, at, end) {
      requireEnd(topic, record.locate(message, at, end), end);
      return record.told(fields);
    },
  };
}

/** The stream with those of its columns that a message has. */
export function knownSchema(stream: StreamSchema, names: readonly string[]): StreamSchema {
  const there = new Set(names);
  const known = stream.columns.filter((column) => column.generated !== undefined || there.has(column.name));
  return known.length === stream.columns.length ? stream : { ...stream, columns: known };
}

/** Debezium's envelope: the row before and after, and what is known of the change. */
function envelopeShape(options: ShapeOptions, stream: StreamSchema): RecordShape {
  const { topic, avro } = options;
  const row = new RowRecord({ ...options, avro: envelopeRow(topic, avro), newest: undefined });
  const named = new Map<string, ReadAny>();
  const fields = avro.fields.map(({ name, type }) => {
    if (name !== 'before' && name !== 'after') return { name, nullAt: -1, read: anyReader(type, named) };
    return { name, nullAt: Array.isArray(type) ? type.indexOf('null') : -1 };
  });
  return {
    ...row.rowSource(stream, options),
    read(message, at, end) {
      const from: Cursor = { bytes: message, at };
      const found: Record<string, AnyValue> = {};
      let after = -1;
      for (const { name, nullAt, read } of fields) {
        if (read !== undefined) found[name] = read(from);
        else if (nullAt !== Number(readLong(from))) {
          if (name === 'after') after = from.at;
          from.at = row.locate(message, from.at, end);
        }
      }
      requireEnd(topic, from.at, end);
      const change = envelopeChange(String(found.op), found.source as Record<string, AnyValue> | null, topic);
      if (change === undefined || change.op === OP.delete) return change;
      if (after < 0) throw millraceError('kafka.malformed', 'the change has no row after it');
      row.locate(message, after, end);
      return change;
    },
  };
}

function requireEnd(topic: string, at: number, end: number): void {
  if (at !== end) throw millraceError('kafka.malformed', `${topic}: a record does not end where its schema does`);
}

/** A key's record: `write` appends that which `read` was given last, as the target takes it. */
export interface KeyRecord {
  read(message: Buffer, at: number, end: number): void;
  write(into: SlabBuilder): void;
}

/** Key records hold the key's columns in key order. */
export function keyRecord(options: Omit<ShapeOptions, 'lines'>, schema: StreamSchema): KeyRecord {
  const { topic, avro, layout } = options;
  const record = new RowRecord(options);
  // Of our own records the order says which is which, whatever Avro made of the names.
  const origins = schema.key!.map((name, i) => record.origins['millrace' in avro ? i : record.names.indexOf(name)]);
  const lacks = () => millraceError('kafka.malformed', 'the key lacks a column');
  const known = origins.filter((origin) => origin !== undefined);
  const copy = avroCopy(known, recordFields(keyStream(schema), layout));
  return {
    read(message, at, end) {
      requireEnd(topic, record.locate(message, at, end), end);
      if (known.length < origins.length || known.some(({ place }) => record.fields.heads[place]! < 0)) throw lacks();
    },
    write: (into) => writeRow(copy, record.fields, into),
  };
}

function writeRow(copy: RecordCopy, record: RecordFields, into: SlabBuilder): void {
  try {
    copy(record, into.sink);
  } catch (thrown) {
    into.rollbackRow();
    throw thrown;
  }
  into.commitRow();
}

/** Records of one schema: where the values of its columns lie, in the record's order, then those that defaults fill. */
class RowRecord {
  readonly names: readonly string[];
  readonly origins: readonly Origin[];
  readonly fields: RecordFields;
  /** What TiCDC added to the row, by name. */
  readonly #added: ReadonlyMap<string, { readonly place: number; readonly read: ReadAny }>;
  readonly #checksum: () => number;

  constructor({ topic, avro, format, newest }: Omit<ShapeOptions, 'lines'>) {
    const columns = recordColumns(topic, avro, format);
    const filled = newest === undefined ? [] : defaults(topic, avro, newest, format);
    this.fields = new RecordFields(avro.fields.map(({ type }) => type));
    const own = columns.map(({ column, field, convert }) =>
      fieldOrigin(avro.fields.indexOf(field), field.type, column.type, convert),
    );
    this.names = [...columns.map(({ column }) => aliased(column.name, newest)), ...filled.map(({ name }) => name)];
    this.origins = [...own, ...filled.map(({ value }) => constantOrigin(value))];
    this.#added = addedReaders(avro);
    const sum = rowChecksum(columns.map(({ column }) => column.type));
    this.#checksum = () => sum(own.map(({ value }) => value(this.fields)));
  }

  /** Gives where the record ends. Throws `RangeError` where it ends too early. */
  locate(message: Buffer, at: number, end: number): number {
    return this.fields.locate(message, at, end);
  }

  /** The row located last, with the columns of a stream that the record has. */
  rowSource(stream: StreamSchema, { layout, lines }: ShapeOptions): RowSource {
    const { fields } = this;
    const schema = knownSchema(stream, this.names);
    const origins = loadedColumns(schema).map(({ name }) => this.origins[this.names.indexOf(name)]!);
    const copy = (lines ? lineCopy : avroCopy)(origins, recordFields(schema, layout));
    return {
      schema,
      bytes: () => fields.end - fields.begin,
      write: (into) => writeRow(copy, fields, into),
      values: () => origins.map(({ value }) => value(fields)),
    };
  }

  /** What the record says of its change. Throws `kafka.corrupted`. */
  told(fields: TicdcFields | undefined): RowChange {
    if (fields === undefined || (fields.op < 0 && fields.checksum < 0)) return put;
    const op = ticdcOp(this.#extra('_tidb_op'));
    const sum = this.#extra('_tidb_row_level_checksum');
    if (this.#extra('_tidb_corrupted') === true) throw corrupted('TiDB found the row corrupted');
    if (typeof sum === 'string' && sum !== '' && this.#checksum() !== Number(sum)) {
      throw corrupted(`the row's checksum is ${this.#checksum()}, and the message says ${sum}`);
    }
    const seq = ticdcOrder(BigInt((this.#extra('_tidb_commit_ts') as bigint | null | undefined) ?? 0n), op);
    const at = this.#extra('_tidb_commit_physical_time');
    return { op, seq, ...(typeof at === 'bigint' && at > 0n ? { at: Number(at) } : {}) };
  }

  #extra(name: string): AnyValue | undefined {
    const added = this.#added.get(name);
    if (added === undefined) return undefined;
    const at = this.fields.heads[added.place]!;
    return at < 0 ? null : added.read({ bytes: this.fields.bytes, at });
  }
}

/** Of the fields that tell of the change: they are of simple types. */
function addedReaders({ fields }: AvroRecord) {
  const added = fields.flatMap(({ name, type }, place) =>
    isAdded(name) && name.startsWith('_tidb_') ? [[name, { place, read: anyReader(plainType(type)) }] as const] : [],
  );
  return new Map(added);
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
