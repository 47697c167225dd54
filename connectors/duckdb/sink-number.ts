import type { DuckDBDecimalType } from '@duckdb/node-api';
import { digits, parseDigits, unscaled } from './digits.ts';
import { type Integer, latin1, type Put, refuse, type Sink, type Text, TWO32 } from './sink-form.ts';
import { ColumnBuffer } from './vector.ts';

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

/** Integers of 64 bits, in a buffer of 8 bytes a row. */
export function longPut(buffer: ColumnBuffer, low: bigint, high: bigint): Put {
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

const smallViews = {
  1: [Int8Array, Uint8Array],
  2: [Int16Array, Uint16Array],
  4: [Int32Array, Uint32Array],
} as const;

function fixedPut(buffer: ColumnBuffer, low: bigint, high: bigint): Put {
  const memory = buffer.data.buffer;
  if (buffer.width === 16) return hugePut(buffer, low, high);
  if (buffer.width === 8) return longPut(buffer, low, high);
  const [signed, unsigned] = smallViews[buffer.width as 1 | 2 | 4];
  const view = new (low === 0n ? unsigned : signed)(memory);
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
  const bytes: Text = (body, start, end, row) => put(bigEndian(body, start, end) * unit, row);
  return { buffer, text, integer, number: refuse, bytes };
}

/** The number that bytes stand for, highest first: how BIT travels. */
function bigEndian(bytes: Uint8Array, start: number, end: number): bigint {
  let number = 0n;
  for (let at = start; at < end; at++) number = (number << 8n) | BigInt(bytes[at]!);
  return number;
}

/** TINYINT to UHUGEINT. */
export function integerSink(bits: number, unsigned: boolean): Sink {
  const [low, high] = unsigned
    ? [0n, 2n ** BigInt(bits) - 1n]
    : [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n];
  return numberSink(bits / 8, 0, low, high);
}

/** DECIMAL: 16, 32, 64 or 128 bits by its width. */
export function decimalSink(type: DuckDBDecimalType): Sink {
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

/** FLOAT and DOUBLE, each value rounded once from its text. */
export function floatSink(width: 4 | 8): Sink {
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
  const number = (value: number, row: number) => {
    view[row] = value;
    return view[row] === value || Number.isNaN(value);
  };
  return { buffer, text, integer, number, bytes: refuse };
}

/** BOOLEAN: 0 and 1 alone. */
export function booleanSink(): Sink {
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
    number: refuse,
    bytes: refuse,
  };
}
