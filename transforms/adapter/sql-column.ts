import type { FieldPacket } from 'mysql2';
import type { ColumnType } from '../../connectors/contract/index.ts';
import { type Dialect, ddlType } from '../../connectors/types/index.ts';
import type { ResultColumn } from './adapter.ts';

/** Column types and flags of MySQL's protocol (its documentation, "Column Definition"). TiDB has a number of its own for vectors. */
const INTEGERS: Readonly<Record<number, 8 | 16 | 24 | 32 | 64>> = { 1: 8, 2: 16, 3: 32, 8: 64, 9: 24 };
const DECIMALS = new Set([0, 246]);
const BLOBS = new Set([249, 250, 251, 252]);
const NULL = 6;
const TINY = 1;
const FLAGS = { notNull: 1, unsigned: 32, enum: 256, set: 2048 } as const;
const BINARY = 63;
/** Bytes of a character of utf8mb4, in which lengths are told. */
const CHARACTER = 4;
/** A DECIMAL has at most so many digits, and so many of them behind the point. */
const DIGITS = 65;
const SCALE = 30;

/** The columns of a result by the server's own description of it: right also for views and expressions, unlike TiDB's catalogue. */
export function resultColumns(fields: readonly FieldPacket[], dialect: Dialect): ResultColumn[] {
  return fields.map((field) => {
    const type = resultType(field);
    return resultColumn(field.name, type, ddlType(type, dialect), (flagsOf(field) & FLAGS.notNull) === 0);
  });
}

export function resultColumn(name: string, type: ColumnType, dataType: string, nullable: boolean): ResultColumn {
  const written = dataType.toLowerCase();
  return { name, type, dataType: written, dtype: written.replace(/\(.*?\)/, ''), nullable };
}

/** An untyped NULL is text: the server says of it nothing but that. */
export function resultType(field: FieldPacket): ColumnType {
  const code = field.columnType ?? NULL;
  const unsigned = (flagsOf(field) & FLAGS.unsigned) !== 0;
  const length = field.columnLength ?? 0;
  const scale = field.decimals ?? 0;
  const bits = INTEGERS[code];
  if (bits !== undefined) {
    return { kind: 'integer', bits, unsigned, ...(code === TINY && length === 1 && !unsigned ? { width: 1 } : {}) };
  }
  if (DECIMALS.has(code)) return decimalType(length, scale, unsigned);
  switch (code) {
    case 4:
      return { kind: 'float', bits: 32, unsigned };
    case 5:
      return { kind: 'float', bits: 64, unsigned };
    case NULL:
      return { kind: 'text', length: 255 };
    case 7:
      return { kind: 'timestamp', fsp: fractionOf(scale) };
    case 10:
    case 14:
      return { kind: 'date' };
    case 11:
      return { kind: 'time', fsp: fractionOf(scale) };
    case 12:
      return { kind: 'datetime', fsp: fractionOf(scale) };
    case 13:
      return { kind: 'year' };
    case 16:
      return { kind: 'bit', width: length };
    case 245:
      return { kind: 'json' };
    case 225:
    case 242:
      return { kind: 'vector' };
    default:
      return stringType(field, code, length);
  }
}

function decimalType(length: number, scale: number, unsigned: boolean): ColumnType {
  const digits = length - (scale > 0 ? 1 : 0) - (unsigned ? 0 : 1);
  const kept = Math.min(scale, SCALE);
  return { kind: 'decimal', precision: Math.min(Math.max(digits, kept, 1), DIGITS), scale: kept, unsigned };
}

function stringType(field: FieldPacket, code: number, length: number): ColumnType {
  const lob = BLOBS.has(code);
  // Members are not told; values of an ENUM are at most 255 characters of text, of a SET any number.
  if ((flagsOf(field) & FLAGS.set) !== 0) return { kind: 'text' };
  if ((flagsOf(field) & FLAGS.enum) !== 0) return { kind: 'text', length: 255 };
  if (field.characterSet === BINARY) {
    return lob || length > MOST_BYTES ? { kind: 'bytes' } : { kind: 'bytes', length: Math.max(length, 1) };
  }
  const characters = Math.ceil(length / CHARACTER);
  return lob || length > MOST_BYTES ? { kind: 'text' } : { kind: 'text', length: Math.max(characters, 1) };
}

/** Longest VARCHAR or VARBINARY in bytes. */
const MOST_BYTES = 65_532;

/** 31 says that the server does not know: all digits. */
function fractionOf(decimals: number): number {
  return Math.min(decimals, 6);
}

function flagsOf(field: FieldPacket): number {
  return typeof field.flags === 'number' ? field.flags : 0;
}
