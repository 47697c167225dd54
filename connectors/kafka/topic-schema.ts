import { streamSchema } from '../avro/index.ts';
import { type Column, loadedColumns, millraceError, type StreamSchema } from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import { avroKind, isNullable, plainType } from './avro-type.ts';
import { connectType, type Meant } from './connect-type.ts';
import { envelopeRow } from './debezium.ts';
import { type TopicFormat, tidbParameters } from './format.ts';
import type { AvroField, AvroRecord } from './registry.ts';
import { isAdded } from './ticdc.ts';
import { ticdcType, ticdcValue } from './ticdc-type.ts';

/** A column and the field that carries it. */
export interface RecordColumn {
  readonly column: Column;
  readonly field: AvroField;
  /** Makes the field's bare value the column's canonical one. */
  readonly convert?: (value: Exclude<Value, null>) => Value;
}

/** The columns of a record, in order of its fields. */
export function recordColumns(topic: string, avro: AvroRecord, format: TopicFormat): RecordColumn[] {
  const fields = avro.fields.filter((field) => !isAdded(field.name));
  if (!('millrace' in avro)) return fields.map((field) => foreignColumn(topic, field, format));
  // Of our own records the fields are the loaded columns, whatever Avro made of their names.
  const columns = loadedColumns(streamSchema(avro, { namespace: '', name: topic }));
  return columns.map((column, i) => ({ column, field: fields[i]! }));
}

/** A topic's stream: our own schema as it was stated, or what a foreign record tells of its columns, with that key. */
export function topicSchema(
  topic: string,
  value: AvroRecord,
  key: readonly string[],
  format: TopicFormat,
): StreamSchema {
  if ('millrace' in value) return streamSchema(value, { namespace: '', name: topic });
  const row = format.format === 'debezium' ? envelopeRow(topic, value) : value;
  const columns = recordColumns(topic, row, format).map(({ column }) => column);
  return keyed(topic, columns, key);
}

/** A stream of these columns with the key's declared as an index takes them. Throws `avro.foreign-schema` for a key that is no column. */
export function keyed(topic: string, columns: readonly Column[], key: readonly string[]): StreamSchema {
  const stream = { namespace: '', name: topic };
  const missing = key.find((name) => !columns.some((column) => column.name === name));
  if (missing !== undefined) {
    const why = `${topic}: the key has a field ${missing} that the value does not have`;
    throw millraceError('avro.foreign-schema', why, { at: topic });
  }
  const own = columns.map((column) => (key.includes(column.name) ? asKey(column) : column));
  return { stream, columns: own, ...(key.length === 0 ? {} : { key }) };
}

/** A foreign schema does not tell lengths: a key is as long as an index takes. */
const KEY_LENGTH = 255;

function asKey(column: Column): Column {
  const { type } = column;
  if (type.kind === 'text' && type.bytes !== undefined) {
    const { bytes: _, ...rest } = type;
    return { ...column, nullable: false, type: { ...rest, length: KEY_LENGTH } };
  }
  if (type.kind === 'bytes') return { ...column, nullable: false, type: { kind: 'bytes', length: KEY_LENGTH } };
  return { ...column, nullable: false };
}

function foreignColumn(topic: string, field: AvroField, format: TopicFormat): RecordColumn {
  const at = `${topic}.${field.name}`;
  const meant = foreignType(field, format, at);
  if (meant === undefined) {
    const why = `${at} has the Avro type ${JSON.stringify(field.type)}, which is not read`;
    throw millraceError('avro.foreign-schema', why, { at });
  }
  const { type, convert } = meant;
  // What is too long for a column is refused by it; digits and fractions it would round.
  const size = type.kind === 'text' || type.kind === 'bytes' ? { unsized: true as const } : {};
  const column = { name: field.name, type, nullable: isNullable(field.type), ...size };
  return { column, field, ...(convert === undefined ? {} : { convert }) };
}

function foreignType(field: AvroField, format: TopicFormat, at: string): Meant | undefined {
  const plain = plainType(field.type);
  const kind = avroKind(plain);
  const tidb = tidbParameters(field);
  const type = tidb === undefined || kind === 'decimal' ? undefined : ticdcType(tidb, kind);
  if (type !== undefined) {
    const convert = ticdcValue(type, format, at);
    return { type, ...(convert === undefined ? {} : { convert }) };
  }
  return connectType({ base: kind === 'fixed' ? 'bytes' : kind, ...meaning(plain) }, at);
}

function meaning(plain: object) {
  const { logicalType, precision, scale, symbols, ...rest } = plain as {
    readonly logicalType?: string;
    readonly precision?: number;
    readonly scale?: number;
    readonly symbols?: readonly string[];
  };
  const connectName = Reflect.get(rest, 'connect.name') as string | undefined;
  const parameters = Reflect.get(rest, 'connect.parameters') as Readonly<Record<string, string>> | undefined;
  const name = connectName ?? logicalType;
  return {
    ...(name === undefined ? {} : { name }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(precision === undefined ? {} : { precision }),
    ...(scale === undefined ? {} : { scale }),
    ...(symbols === undefined ? {} : { symbols }),
  };
}
