import { isUtf8 } from 'node:buffer';
import { decimalText } from '../avro/decimal-text.ts';
import { type Cursor, readLength, readLong } from '../avro/varint.ts';
import type { ColumnType } from '../contract/index.ts';
import type { Value } from '../types/index.ts';

/** Whether an Avro type is a union with null. */
export function isNullable(type: unknown): boolean {
  return Array.isArray(type) && type.includes('null');
}

/** A type without its union with null, as an object. */
export function plainType(type: unknown): object {
  const plain: unknown = Array.isArray(type) ? type.find((one) => one !== 'null') : type;
  return typeof plain === 'string' ? { type: plain } : (plain as object);
}

/** The type's name; `decimal` for the logical one. */
export function avroKind(plain: object): string {
  const { type, logicalType } = plain as { type?: unknown; logicalType?: string };
  return logicalType === 'decimal' && (type === 'bytes' || type === 'fixed') ? 'decimal' : String(type);
}

/** Reads a field and moves on behind it. */
export type ReadField = (from: Cursor) => Value;

/** The reader of a field's canonical value, by its Avro type; `column` where it is that of a column. */
export function fieldReader(type: unknown, column?: ColumnType): ReadField {
  const plain = plainType(type);
  const read = plainReader(plain, column);
  if (!Array.isArray(type)) return read;
  const nullAt = type.indexOf('null');
  return (from) => {
    const branch = Number(readLong(from));
    if (branch === nullAt) return null;
    if (branch !== 1 - nullAt) throw new RangeError(`there is no branch ${branch}`);
    return read(from);
  };
}

function plainReader(plain: object, column: ColumnType | undefined): ReadField {
  const kind = avroKind(plain);
  if (kind === 'decimal') {
    const { scale = 0, size } = plain as { scale?: number; size?: number };
    return (from) => {
      const bytes = size === undefined ? readBytes(from) : passed(from, size);
      return decimalText(bytes, 0, bytes.length, scale);
    };
  }
  const unsigned = column?.kind === 'integer' && column.unsigned && column.bits === 64;
  if (kind === 'long' && unsigned) return (from) => BigInt.asUintN(64, BigInt(readLong(from))).toString();
  if (kind === 'enum') return symbolReader(plain);
  if (kind === 'fixed') {
    const { size } = plain as { size: number };
    return (from) => passed(from, size);
  }
  const read = readers[kind];
  if (read === undefined) throw new Error(`no reader for ${JSON.stringify(plain)}`);
  return read;
}

function symbolReader(plain: object): ReadField {
  const { symbols } = plain as { symbols: readonly string[] };
  return (from) => {
    const symbol = symbols[Number(readLong(from))];
    if (symbol === undefined) throw new RangeError('there is no such symbol');
    return symbol;
  };
}

const readers: Readonly<Record<string, ReadField>> = {
  boolean: (from) => String(passed(from, 1)[0]),
  int: (from) => readLong(from).toString(),
  long: (from) => readLong(from).toString(),
  float: (from) => numberText(passed(from, 4).readFloatLE()),
  double: (from) => numberText(passed(from, 8).readDoubleLE()),
  string: readText,
  bytes: readBytes,
};

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** What is not UTF-8 would become other characters in silence. */
function readText(from: Cursor): string {
  const bytes = readBytes(from);
  if (!isUtf8(bytes)) throw new RangeError('a text is not UTF-8');
  return bytes.toString('utf8');
}

export function readBytes(from: Cursor): Buffer {
  return passed(from, readLength(from));
}

/** The next bytes; the cursor is behind them then. */
export function passed(from: Cursor, size: number): Buffer {
  const { bytes, at } = from;
  if (at + size > bytes.length) throw new RangeError('the record ends too early');
  from.at += size;
  return bytes.subarray(at, from.at);
}
