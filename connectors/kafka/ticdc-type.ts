import { type ColumnType, millraceError } from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import { requireZone, type TopicFormat } from './format.ts';

const text = { kind: 'text', charset: 'utf8mb4', collation: 'utf8mb4_bin' } as const;
const integer = (bits: 32 | 64, unsigned: boolean): ColumnType => ({ kind: 'integer', bits, unsigned });
const NO_LIMIT = 4_294_967_295;

/** TiCDC's names of types, and what they can hold at most: lengths and widths are lost. */
const types: Readonly<Record<string, ColumnType>> = {
  INT: integer(32, false),
  'INT UNSIGNED': integer(32, true),
  BIGINT: integer(64, false),
  'BIGINT UNSIGNED': integer(64, true),
  FLOAT: { kind: 'float', bits: 32, unsigned: false },
  DOUBLE: { kind: 'float', bits: 64, unsigned: false },
  // As text it comes without its digits: the largest that a server takes.
  DECIMAL: { kind: 'decimal', precision: 65, scale: 30, unsigned: false },
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

/** The column's type by TiCDC's parameters and the Avro type that carries it. */
export function ticdcType(parameters: Readonly<Record<string, string>>, avro: string): ColumnType | undefined {
  const { tidb_type: named = '', allowed = '', length } = parameters;
  if (named === 'ENUM' || named === 'SET') {
    const kind = named === 'ENUM' ? 'enum' : 'set';
    return { kind, members: members(allowed), charset: text.charset, collation: text.collation };
  }
  if (named === 'BIT') return { kind: 'bit', width: Number(length ?? 64) };
  // Before TiCDC 7.0 a FLOAT came as double.
  if (named === 'FLOAT' && avro === 'double') return types.DOUBLE;
  return types[named];
}

/** TiCDC writes a comma inside of a member as `\,`, and leaves other backslashes as they are. */
function members(allowed: string): string[] {
  return allowed.split(/(?<!\\),/).map((member) => member.replaceAll('\\,', ','));
}

/** Makes TiCDC's value of a column the canonical one, where it is not yet. It throws `config.invalid` for a TIMESTAMP of no known zone. */
export function ticdcValue(
  type: ColumnType,
  format: TopicFormat,
  at: string,
): ((value: Exclude<Value, null>) => Value) | undefined {
  if (type.kind === 'timestamp') {
    return (value) => requireZone(format, at)(String(value));
  }
  if (type.kind === 'bit') {
    const size = Math.ceil(type.width / 8);
    return (value) => bitBytes(value as Uint8Array, size, at);
  }
  return undefined;
}

/** Without the zeros in front that are too many, with those that lack. */
function bitBytes(value: Uint8Array, size: number, at: string): Uint8Array {
  const whole = Buffer.alloc(size);
  const extra = value.length - size;
  if (value.subarray(0, Math.max(extra, 0)).some((byte) => byte !== 0)) {
    throw millraceError('value.malformed', `The value of ${at} has more bits than its column`, { at });
  }
  const own = value.subarray(Math.max(extra, 0));
  whole.set(own, size - own.length);
  return whole;
}
