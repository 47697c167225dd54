import { isUtf8 } from 'node:buffer';
import { type DuckDBDecimalType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { parseDate, parseTime } from './calendar.ts';
import { digits, parseDigits, unscaled } from './digits.ts';
import { isJson } from './json-text.ts';
import { ColumnBuffer, type TextHeap } from './vector.ts';

/**
 * Where one column's values go. Each method puts one value at a row and returns false, leaving NULL bits alone,
 * where the column does not hold that value exactly.
 */
export interface Sink {
  readonly buffer: ColumnBuffer;
  /** A value as the source server's text. */
  text(bytes: Uint8Array, start: number, end: number, row: number): boolean;
  /** A 64-bit integer in two halves. */
  integer(low: number, high: number, row: number): boolean;
  /** A value of bytes. */
  bytes(bytes: Uint8Array, start: number, end: number, row: number): boolean;
}

type Text = Sink['text'];
type Integer = Sink['integer'];

const refuse = () => false;
const TWO32 = 2 ** 32;

/** A number of any size in a column of integers or decimals: within bounds, or not put. */
type Put = (value: number | bigint, row: number) => boolean;

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).latin1Slice(start, end);
}

/** Signed or unsigned integers of up to 32 bits. */
function smallPut(
  view: Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array,
  low: number,
  high: number,
): Put {
  return (value, row) => {
    if (typeof value === 'bigint' || value < low || value > high) return false;
    view[row] = value;
    return true;
  };
}

/** Integers of 64 bits. */
function longPut(buffer: ColumnBuffer, low: bigint, high: bigint): Put {
  const halves = new Int32Array(buffer.data.buffer);
  const longs = new BigInt64Array(buffer.data.buffer);
  const limit = Number(high);
  return (value, row) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && Math.abs(value) < limit) {
      if (value < 0 && low === 0n) return false;
      halves[2 * row] = value | 0;
      halves[2 * row + 1] = Math.floor(value / TWO32);
      return true;
    }
    const big = BigInt(value);
    if (big < low || big > high) return false;
    longs[row] = BigInt.asIntN(64, big);
    return true;
  };
}

/** Integers of 128 bits: low half first. */
function hugePut(buffer: ColumnBuffer, low: bigint, high: bigint): Put {
  const longs = new BigInt64Array(buffer.data.buffer);
  return (value, row) => {
    const big = BigInt(value);
    if (big < low || big > high) return false;
    longs[2 * row] = BigInt.asIntN(64, big);
    longs[2 * row + 1] = BigInt.asIntN(64, big >> 64n);
    return true;
  };
}

function fixedPut(buffer: ColumnBuffer, low: bigint, high: bigint): Put {
  const memory = buffer.data.buffer;
  if (buffer.width === 16) return hugePut(buffer, low, high);
  if (buffer.width === 8) return longPut(buffer, low, high);
  const unsigned = low === 0n;
  const view =
    buffer.width === 4
      ? new (unsigned ? Uint32Array : Int32Array)(memory)
      : buffer.width === 2
        ? new (unsigned ? Uint16Array : Int16Array)(memory)
        : new (unsigned ? Uint8Array : Int8Array)(memory);
  return smallPut(view, Number(low), Number(high));
}

function halvesValue(low: number, high: number): number | bigint {
  const value = high * TWO32 + (low >>> 0);
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low >>> 0);
}

/** Integers and decimals: a number of `scale` digits after the point, kept without it, between the bounds. */
function numberSink(width: number, scale: number, low: bigint, high: bigint): Sink {
  const buffer = new ColumnBuffer(width);
  const put = fixedPut(buffer, low, high);
  const unit = 10n ** BigInt(scale);
  const text: Text = (bytes, start, end, row) => {
    if (!parseDigits(bytes, start, end)) return false;
    const value = unscaled(scale);
    return value !== undefined && put(value, row);
  };
  const integer: Integer = (lowHalf, highHalf, row) => {
    const value = halvesValue(lowHalf, highHalf);
    return put(scale === 0 ? value : BigInt(value) * unit, row);
  };
  return { buffer, text, integer, bytes: refuse };
}

function integerSink(bits: number, unsigned: boolean): Sink {
  const [low, high] = unsigned
    ? [0n, 2n ** BigInt(bits) - 1n]
    : [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n];
  return numberSink(bits / 8, 0, low, high);
}

function decimalSink(type: DuckDBDecimalType): Sink {
  const width = type.width <= 4 ? 2 : type.width <= 9 ? 4 : type.width <= 18 ? 8 : 16;
  const high = 10n ** BigInt(type.width) - 1n;
  return numberSink(width, type.scale, -high, high);
}

const powers = Array.from({ length: 23 }, (_, index) => 10 ** index);
const special: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Infinity,
  infinity: Infinity,
  '-inf': -Infinity,
  '-infinity': -Infinity,
};

/** The double that a text stands for, rounded once; undefined for what is no number, and for numbers beyond a double. */
function parseDouble(bytes: Uint8Array, start: number, end: number): number | undefined {
  // A double holds up to 15 digits and powers of ten up to 22 exactly: one division rounds correctly.
  if (parseDigits(bytes, start, end) && digits.big === undefined && digits.scale <= 22) {
    if (digits.value !== 0) return digits.value / powers[digits.scale]!;
  }
  const text = latin1(bytes, start, end);
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  return special[text.toLowerCase()];
}

function floatSink(width: 4 | 8): Sink {
  const buffer = new ColumnBuffer(width);
  const view = width === 8 ? new Float64Array(buffer.data.buffer) : new Float32Array(buffer.data.buffer);
  const text: Text = (bytes, start, end, row) => {
    const value = parseDouble(bytes, start, end);
    if (value === undefined) return false;
    view[row] = value;
    return Number.isFinite(value) === Number.isFinite(view[row]!);
  };
  const integer: Integer = (low, high, row) => {
    const value = halvesValue(low, high);
    view[row] = Number(value);
    return view[row] === Number(value) && BigInt(view[row]!) === BigInt(value);
  };
  return { buffer, text, integer, bytes: refuse };
}

function booleanSink(): Sink {
  const buffer = new ColumnBuffer(1);
  const put = (value: number, row: number) => {
    if (value !== 0 && value !== 1) return false;
    buffer.data[row] = value;
    return true;
  };
  const words: Readonly<Record<string, number>> = { '0': 0, '1': 1, false: 0, true: 1 };
  return {
    buffer,
    text: (bytes, start, end, row) => put(words[latin1(bytes, start, end)] ?? -1, row),
    integer: (low, high, row) => high === 0 && put(low, row),
    bytes: refuse,
  };
}

function dateSink(): Sink {
  const buffer = new ColumnBuffer(4);
  const view = new Int32Array(buffer.data.buffer);
  const text: Text = (bytes, start, end, row) => {
    const days = parseDate(bytes, start, end);
    view[row] = days;
    return !Number.isNaN(days);
  };
  return { buffer, text, integer: refuse, bytes: refuse };
}

const DAY = 86_400_000_000;

/** TIME, and TIMESTAMP with and without zone: microseconds. Texts of the latter are in UTC. */
function microsSink(parse: (bytes: Uint8Array, start: number, end: number) => number): Sink {
  const buffer = new ColumnBuffer(8);
  const put = longPut(buffer, -(2n ** 63n) + 1n, 2n ** 63n - 2n);
  const text: Text = (bytes, start, end, row) => {
    const micros = parse(bytes, start, end);
    return !Number.isNaN(micros) && put(micros, row);
  };
  return { buffer, text, integer: refuse, bytes: refuse };
}

/** Microseconds since 1970 of `YYYY-MM-DD HH:MM:SS[.f]`, exact to the year 2255; later ones as days times a day, which a double holds up to microseconds lost. */
function timestampSink(): Sink {
  const buffer = new ColumnBuffer(8);
  const put = longPut(buffer, -(2n ** 63n) + 1n, 2n ** 63n - 2n);
  const text: Text = (bytes, start, end, row) => {
    const days = parseDate(bytes, start, Math.min(start + 10, end));
    if (Number.isNaN(days)) return false;
    const micros = end === start + 10 ? 0 : parseTime(bytes, start + 11, end);
    if (Number.isNaN(micros) || micros >= DAY || (end > start + 10 && bytes[start + 10] !== 32)) return false;
    const sum = days * DAY + micros;
    return put(Number.isSafeInteger(sum) ? sum : BigInt(days) * BigInt(DAY) + BigInt(micros), row);
  };
  return { buffer, text, integer: refuse, bytes: refuse };
}

/** Whether all bytes are below 128, for short texts. */
function ascii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! > 127) return false;
  return true;
}

/** Shorter texts are looked at byte by byte, longer ones by one call. */
const SCAN_BYTES = 48;

function validText(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= SCAN_BYTES && ascii(bytes, start, end)) return true;
  return isUtf8(bytes.subarray(start, end));
}

/** VARCHAR, JSON and BLOB: `duckdb_string_t` that points into the heap, which must hold exactly `bytes`. */
function stringPut(buffer: ColumnBuffer, heap: TextHeap): Text {
  const data = buffer.data;
  const words = new Uint32Array(data.buffer);
  return (bytes, start, end, row) => {
    const length = end - start;
    const at = row * 16;
    words[row * 4] = length;
    if (length <= 12) {
      words[row * 4 + 1] = 0;
      words[row * 4 + 2] = 0;
      words[row * 4 + 3] = 0;
      for (let i = 0; i < length; i++) data[at + 4 + i] = bytes[start + i]!;
      return true;
    }
    for (let i = 0; i < 4; i++) data[at + 4 + i] = bytes[start + i]!;
    const low = heap.low + start;
    words[row * 4 + 2] = low;
    words[row * 4 + 3] = low >= TWO32 ? heap.high + 1 : heap.high;
    return true;
  };
}

function stringSink(heap: TextHeap, valid: (bytes: Uint8Array, start: number, end: number) => boolean): Sink {
  const buffer = new ColumnBuffer(16);
  const put = stringPut(buffer, heap);
  return {
    buffer,
    text: (bytes, start, end, row) => valid(bytes, start, end) && put(bytes, start, end, row),
    integer: refuse,
    bytes: refuse,
  };
}

function blobSink(heap: TextHeap): Sink {
  const buffer = new ColumnBuffer(16);
  const put = stringPut(buffer, heap);
  return { buffer, text: put, integer: refuse, bytes: put };
}

/** UUID: 128 bits, the top bit turned over so that order is unsigned. */
function uuidSink(): Sink {
  const buffer = new ColumnBuffer(16);
  const longs = new BigInt64Array(buffer.data.buffer);
  const text: Text = (bytes, start, end, row) => {
    const written = latin1(bytes, start, end);
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(written)) return false;
    const big = BigInt(`0x${written.replaceAll('-', '')}`) ^ (1n << 127n);
    longs[2 * row] = BigInt.asIntN(64, big);
    longs[2 * row + 1] = BigInt.asIntN(64, big >> 64n);
    return true;
  };
  return { buffer, text, integer: refuse, bytes: refuse };
}

const sinks: Partial<Record<DuckDBTypeId, (type: DuckDBType, heap: TextHeap) => Sink>> = {
  [DuckDBTypeId.BOOLEAN]: booleanSink,
  [DuckDBTypeId.TINYINT]: () => integerSink(8, false),
  [DuckDBTypeId.SMALLINT]: () => integerSink(16, false),
  [DuckDBTypeId.INTEGER]: () => integerSink(32, false),
  [DuckDBTypeId.BIGINT]: () => integerSink(64, false),
  [DuckDBTypeId.HUGEINT]: () => integerSink(128, false),
  [DuckDBTypeId.UTINYINT]: () => integerSink(8, true),
  [DuckDBTypeId.USMALLINT]: () => integerSink(16, true),
  [DuckDBTypeId.UINTEGER]: () => integerSink(32, true),
  [DuckDBTypeId.UBIGINT]: () => integerSink(64, true),
  [DuckDBTypeId.UHUGEINT]: () => integerSink(128, true),
  [DuckDBTypeId.DECIMAL]: (type) => decimalSink(type as DuckDBDecimalType),
  [DuckDBTypeId.FLOAT]: () => floatSink(4),
  [DuckDBTypeId.DOUBLE]: () => floatSink(8),
  [DuckDBTypeId.DATE]: dateSink,
  [DuckDBTypeId.TIME]: () => microsSink(parseTime),
  [DuckDBTypeId.TIMESTAMP]: timestampSink,
  [DuckDBTypeId.TIMESTAMP_TZ]: timestampSink,
  [DuckDBTypeId.VARCHAR]: (type, heap) => stringSink(heap, type.alias === 'JSON' ? isJsonText : validText),
  [DuckDBTypeId.BLOB]: (_, heap) => blobSink(heap),
  [DuckDBTypeId.UUID]: uuidSink,
};

function isJsonText(bytes: Uint8Array, start: number, end: number): boolean {
  return validText(bytes, start, end) && isJson(bytes, start, end);
}

/** Whether columns of this DuckDB type can be written. */
export function writable(type: DuckDBType): boolean {
  return sinks[type.typeId] !== undefined;
}

/** The sink of a column of this DuckDB type; undefined for types that are never written (LIST, STRUCT, ...). */
export function sinkOf(type: DuckDBType, heap: TextHeap): Sink | undefined {
  return sinks[type.typeId]?.(type, heap);
}
