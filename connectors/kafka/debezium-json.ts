import { keyStream, valuesEncoder } from '../avro/index.ts';
import { type Column, type Layout, loadedColumns, millraceError, OP, type StreamSchema } from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import type { AnyValue } from './avro-any.ts';
import { connectType } from './connect-type.ts';
import { envelopeChange } from './debezium.ts';
import type { KeySource } from './message-batch.ts';
import { knownSchema, type RowChange, type RowSource } from './record-shape.ts';
import { keyed } from './topic-schema.ts';

/** A schema of Kafka Connect as its JSON converter embeds it. */
export interface ConnectSchema {
  readonly type: string;
  readonly optional?: boolean;
  readonly name?: string;
  readonly field?: string;
  readonly fields?: readonly ConnectSchema[];
  readonly parameters?: Readonly<Record<string, string>>;
}

/** A message of Debezium in JSON: numbers as they are written. */
export interface JsonMessage {
  readonly schema: ConnectSchema;
  readonly payload: Readonly<Record<string, AnyValue>>;
}

/** A column and how its JSON value is read. */
export interface JsonColumn {
  readonly column: Column;
  readonly read: (value: AnyValue) => Value;
}

/** Parses without rounding: a number stays the text that it is. Throws `kafka.malformed`. */
export function jsonMessage(message: Buffer): JsonMessage {
  // The third argument gives the source text of numbers.
  const exact = (_key: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? (context?.source ?? String(value)) : value;
  const parsed = JSON.parse(message.toString('utf8'), exact) as Partial<JsonMessage> | null;
  if (typeof parsed?.schema !== 'object' || typeof parsed.payload !== 'object' || parsed.payload === null) {
    throw millraceError(
      'kafka.malformed',
      'the JSON has no `schema` and `payload`: set `schemas.enable` of the JSON converters',
    );
  }
  return parsed as JsonMessage;
}

const bases: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  int8: 'int',
  int16: 'int',
  int32: 'int',
  int64: 'long',
  float: 'float',
  float32: 'float',
  double: 'double',
  float64: 'double',
  string: 'string',
  bytes: 'bytes',
};

/** The columns of a struct. Throws `avro.foreign-schema` for what is not read. */
export function jsonColumns(topic: string, { fields = [] }: ConnectSchema): JsonColumn[] {
  return fields.map((schema) => {
    const { field: name = '', type, parameters = {}, name: named, optional } = schema;
    const at = `${topic}.${name}`;
    const isDecimal = named === 'org.apache.kafka.connect.data.Decimal';
    const base = isDecimal ? 'decimal' : (bases[type] ?? '');
    const scale = isDecimal ? { scale: Number(parameters.scale ?? 0) } : {};
    const meant = connectType({ base, parameters, ...scale, ...(named === undefined ? {} : { name: named }) }, at);
    if (meant === undefined) {
      throw millraceError('avro.foreign-schema', `${at} has the type ${named ?? type}, which is not read`, { at });
    }
    const bare = isDecimal ? decimalValue(scale.scale ?? 0) : bareValue(base);
    const { convert } = meant;
    const read = (value: AnyValue) => {
      if (value === null || value === undefined) return null;
      const own = bare(value);
      return convert === undefined || own === null ? own : convert(own);
    };
    return { column: { name, type: meant.type, nullable: optional === true }, read };
  });
}

/** The stream of a topic by one message of it. */
export function jsonSchema(topic: string, row: ConnectSchema, key: readonly string[]): StreamSchema {
  return keyed(
    topic,
    jsonColumns(topic, row).map(({ column }) => column),
    key,
  );
}

export type JsonShape = ReturnType<typeof jsonShape>;

/** How messages with that schema become rows of a stream. */
export function jsonShape(topic: string, schema: ConnectSchema, layout: Layout, stream: StreamSchema) {
  const columns = jsonColumns(topic, jsonRow(schema));
  const known = knownSchema(
    stream,
    columns.map(({ column }) => column.name),
  );
  const wanted = loadedColumns(known).map(({ name }) => columns.find(({ column }) => column.name === name)!);
  const encode = valuesEncoder(known, layout);
  let row: Value[] = [];
  return {
    schema: known,
    read(payload: JsonMessage['payload']): RowChange | undefined {
      const change = envelopeChange(String(payload.op), structOf(payload.source), topic);
      if (change === undefined || change.op === OP.delete) return change;
      const after = structOf(payload.after);
      if (after === null) throw millraceError('kafka.malformed', 'the change has no row after it');
      row = wanted.map(({ column, read }) => read(after[column.name] ?? null));
      return change;
    },
    bytes: () => row.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0),
    write: (into) => encode(row, into),
    values: () => row,
  } satisfies RowSource & { read(payload: JsonMessage['payload']): RowChange | undefined };
}

/** A key whose columns are those of the stream's key. Throws `kafka.malformed`. */
export function jsonKey(topic: string, key: Buffer | null, stream: StreamSchema, layout: Layout): KeySource {
  if (key === null) throw millraceError('kafka.malformed', 'the message has no key');
  const { schema, payload } = jsonMessage(key);
  const columns = jsonColumns(topic, schema);
  const values = stream.key!.map((name) => {
    const value = columns.find(({ column }) => column.name === name)?.read(payload[name] ?? null);
    if (value === undefined || value === null) throw millraceError('kafka.malformed', `the key lacks ${name}`);
    return value;
  });
  return { write: (into) => valuesEncoder(keyStream(stream), layout)(values, into) };
}

/** Of the source the numbers of commits are wanted as numbers. */
function structOf(value: AnyValue | undefined): Readonly<Record<string, AnyValue>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Buffer.isBuffer(value)) return null;
  return value as Readonly<Record<string, AnyValue>>;
}

/** The struct of a row in an envelope's schema. Throws `kafka.malformed`. */
export function jsonRow({ fields = [] }: ConnectSchema): ConnectSchema {
  const row = fields.find(({ field }) => field === 'after') ?? fields.find(({ field }) => field === 'before');
  if (row?.fields === undefined) throw millraceError('kafka.malformed', 'the schema is not of a change');
  return row;
}

function bareValue(base: string): (value: AnyValue) => Value {
  if (base === 'bytes') return (value) => Buffer.from(String(value), 'base64');
  if (base === 'boolean') return (value) => (value === true ? '1' : '0');
  return String;
}

/** Base64 of the unscaled number, or its digits where the converter is set so (`decimal.format=NUMERIC`: a number's text). */
function decimalValue(scale: number): (value: AnyValue) => Value {
  return (value) => {
    const text = String(value);
    if (/^-?\d+\.\d+$/.test(text)) return text;
    const bytes = Buffer.from(text, 'base64');
    const unscaled = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
    return decimalDigits(unscaled, scale);
  };
}

function decimalDigits(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
