import { streamSchema } from '../avro/index.ts';
import { type Column, type ColumnType, loadedColumns, millraceError, type StreamSchema } from '../contract/index.ts';
import { avroKind, isNullable, plainType } from './avro-type.ts';
import type { AvroField, AvroRecord } from './registry.ts';

/** Fields that TiCDC adds to a row: they tell of the change, not of the row. */
export function isRowField({ name }: AvroField): boolean {
  return !/^_(?:tidb|ticdc)_/.test(name);
}

/** A column and the field that carries it. */
export interface RecordColumn {
  readonly column: Column;
  readonly field: AvroField;
}

/** The columns of a value record, in order of its fields. */
export function recordColumns(topic: string, avro: AvroRecord): RecordColumn[] {
  const fields = avro.fields.filter(isRowField);
  if (!('millrace' in avro)) return fields.map((field) => ({ column: foreignColumn(topic, field), field }));
  // Of our own records the fields are the loaded columns, whatever Avro made of their names.
  const columns = loadedColumns(streamSchema(avro, { namespace: '', name: topic }));
  return columns.map((column, i) => ({ column, field: fields[i]! }));
}

/** A topic's stream: our own schema as it was stated, or what a foreign record tells of its columns. Keyed by the key record's fields. */
export function topicSchema(topic: string, value: AvroRecord, key: AvroRecord | undefined): StreamSchema {
  const stream = { namespace: '', name: topic };
  if ('millrace' in value) return streamSchema(value, stream);
  const names = key?.fields.map((field) => field.name) ?? [];
  const columns = recordColumns(topic, value).map(({ column }) =>
    names.includes(column.name) ? asKey(column) : column,
  );
  const missing = names.find((name) => !columns.some((column) => column.name === name));
  if (missing !== undefined) {
    throw millraceError(
      'avro.foreign-schema',
      `${topic}: the key has a field ${missing} that the value does not have`,
      {
        at: topic,
      },
    );
  }
  return { stream, columns, ...(names.length === 0 ? {} : { key: names }) };
}

/** A foreign schema does not tell lengths: a key is as long as an index takes, other texts have no limit. */
const KEY_LENGTH = 255;
const NO_LIMIT = 4_294_967_295;

function asKey(column: Column): Column {
  const { type } = column;
  if (type.kind === 'text') return { ...column, nullable: false, type: { ...text, length: KEY_LENGTH } };
  if (type.kind === 'bytes') return { ...column, nullable: false, type: { kind: 'bytes', length: KEY_LENGTH } };
  return { ...column, nullable: false };
}

const text = { kind: 'text', charset: 'utf8mb4', collation: 'utf8mb4_bin' } as const;
const integer = (bits: 32 | 64, unsigned: boolean): ColumnType => ({ kind: 'integer', bits, unsigned });

/** TiCDC's names of types, and what they can hold at most. */
const ticdcTypes: Readonly<Record<string, ColumnType>> = {
  INT: integer(32, false),
  'INT UNSIGNED': integer(32, true),
  BIGINT: integer(64, false),
  'BIGINT UNSIGNED': integer(64, true),
  FLOAT: { kind: 'float', bits: 32, unsigned: false },
  DOUBLE: { kind: 'float', bits: 64, unsigned: false },
  TEXT: { ...text, bytes: NO_LIMIT },
  BLOB: { kind: 'bytes', bytes: NO_LIMIT },
  DATE: { kind: 'date' },
  DATETIME: { kind: 'datetime', fsp: 6 },
  TIMESTAMP: { kind: 'timestamp', fsp: 6 },
  TIME: { kind: 'time', fsp: 6 },
  YEAR: { kind: 'year' },
  JSON: { kind: 'json' },
  TiDBVECTORFloat32: { kind: 'vector' },
};

/** What Avro itself says, of writers that say no more. */
const avroTypes: Readonly<Record<string, ColumnType>> = {
  boolean: { kind: 'boolean' },
  int: integer(32, false),
  long: integer(64, false),
  float: { kind: 'float', bits: 32, unsigned: false },
  double: { kind: 'float', bits: 64, unsigned: false },
  string: { ...text, bytes: NO_LIMIT },
  bytes: { kind: 'bytes', bytes: NO_LIMIT },
};

function foreignColumn(topic: string, field: AvroField): Column {
  const type = foreignType(field);
  if (type !== undefined) return { name: field.name, type, nullable: isNullable(field.type) };
  const at = `${topic}.${field.name}`;
  throw millraceError(
    'avro.foreign-schema',
    `${at} has the Avro type ${JSON.stringify(field.type)}, which is not read`,
    {
      at,
    },
  );
}

function foreignType(field: AvroField): ColumnType | undefined {
  const plain = plainType(field.type);
  const parameters = (Reflect.get(plain, 'connect.parameters') ?? {}) as Readonly<Record<string, string>>;
  const { tidb_type: named = '', allowed = '', length } = parameters;
  const kind = avroKind(plain);
  if (kind === 'decimal') {
    const { precision = 10, scale = 0 } = plain as { precision?: number; scale?: number };
    return { kind: 'decimal', precision, scale, unsigned: false };
  }
  // As text it comes without its digits: the largest that a server takes.
  if (named === 'DECIMAL') return { kind: 'decimal', precision: 65, scale: 30, unsigned: false };
  if (named === 'ENUM' || named === 'SET') {
    return {
      kind: named === 'ENUM' ? 'enum' : 'set',
      members: members(allowed),
      charset: 'utf8mb4',
      collation: 'utf8mb4_bin',
    };
  }
  if (named === 'BIT') return { kind: 'bit', width: Number(length ?? 64) };
  return ticdcTypes[named] ?? avroTypes[kind];
}

/** TiCDC writes a comma inside of a member as `\,`. */
function members(allowed: string): string[] {
  return allowed.split(/(?<!\\),/).map((member) => member.replaceAll('\\,', ','));
}
