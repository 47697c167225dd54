import { type ByteSink, characterSize, writeDigits } from '../../avro/index.ts';
import { CODE, digitBytes } from './column-type.ts';
import { decimalText } from './number-text.ts';
import { packedText } from './temporal-text.ts';

/** What is wrong with a document that does not have the form it must have. */
const malformed = 'is not a JSON document of the server';

const KIND = {
  smallObject: 0,
  largeObject: 1,
  smallArray: 2,
  largeArray: 3,
  literal: 4,
  int16: 5,
  uint16: 6,
  int32: 7,
  uint32: 8,
  int64: 9,
  uint64: 10,
  double: 11,
  string: 12,
  opaque: 15,
} as const;

const literals = ['null', 'true', 'false'];

/** Kinds whose value stands in the place of its offset; 32-bit ones only in large containers. */
const inlined = flags(KIND.literal, KIND.int16, KIND.uint16);
const inlinedLarge = flags(KIND.literal, KIND.int16, KIND.uint16, KIND.int32, KIND.uint32);

const [COLON, COMMA, SPACE] = [0x3a, 0x2c, 0x20];

function flags(...kinds: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, kind) => (kinds.includes(kind) ? 1 : 0));
}

/** Writes MySQL's binary JSON as the text that the server prints for it. The caller has reserved nothing. */
export function jsonText(from: Buffer, start: number, end: number, to: ByteSink): string | undefined {
  // Some versions log an empty value where a column was added without one: it is the literal null.
  if (start === end) return write('null', to);
  try {
    return document(from, from[start]!, start + 1, end, to);
  } catch (thrown) {
    if (thrown instanceof RangeError) return malformed;
    throw thrown;
  }
}

function document(from: Buffer, kind: number, at: number, end: number, to: ByteSink): string | undefined {
  switch (kind) {
    case KIND.smallObject:
    case KIND.largeObject:
      return container(from, at, end, to, kind === KIND.largeObject, true);
    case KIND.smallArray:
    case KIND.largeArray:
      return container(from, at, end, to, kind === KIND.largeArray, false);
    case KIND.string: {
      const length = lengthAt(from, at);
      const start = at + lengthBytes(length);
      return start + length > end ? malformed : quoted(from, start, start + length, to);
    }
    case KIND.opaque: {
      const length = lengthAt(from, at + 1);
      const start = at + 1 + lengthBytes(length);
      return start + length > end ? malformed : opaque(from[at]!, from, start, start + length, to);
    }
    default:
      return scalar(from, kind, at, to);
  }
}

function scalar(from: Buffer, kind: number, at: number, to: ByteSink): string | undefined {
  to.reserve(40);
  switch (kind) {
    case KIND.literal:
      return literals[from[at]!] === undefined ? malformed : write(literals[from[at]!]!, to);
    case KIND.int16:
      return digits((number16(from, at) << 16) >> 16, to);
    case KIND.uint16:
      return digits(number16(from, at), to);
    case KIND.int32:
      return digits(from.readInt32LE(at), to);
    case KIND.uint32:
      return digits(from.readUInt32LE(at), to);
    case KIND.int64:
      return digits(from.readBigInt64LE(at), to);
    case KIND.uint64:
      return digits(from.readBigUInt64LE(at), to);
    case KIND.double:
      return write(jsonDouble(from.readDoubleLE(at)), to);
    default:
      return malformed;
  }
}

function number16(from: Buffer, at: number): number {
  return from[at]! | (from[at + 1]! << 8);
}

/** Counts, sizes and offsets have two bytes, or four in large containers. */
function numberAt(from: Buffer, at: number, large: boolean): number {
  return large ? from.readUInt32LE(at) : number16(from, at);
}

/** An object or array: a count, a size, entries of keys, entries of values; offsets count from the count. */
function container(from: Buffer, at: number, end: number, to: ByteSink, large: boolean, object: boolean) {
  const size = large ? 4 : 2;
  const count = numberAt(from, at, large);
  let key = at + 2 * size;
  let value = key + (object ? count * (size + 2) : 0);
  if (value + count * (size + 1) > end) return malformed;
  put(object ? 0x7b : 0x5b, to);
  for (let i = 0; i < count; i++, key += size + 2, value += size + 1) {
    if (i > 0) between(COMMA, to);
    if (object) {
      const start = at + numberAt(from, key, large);
      const stop = start + number16(from, key + size);
      const wrong = stop > end ? malformed : quoted(from, start, stop, to);
      if (wrong !== undefined) return wrong;
      between(COLON, to);
    }
    const kind = from[value]!;
    const place = (large ? inlinedLarge : inlined)[kind] === 1 ? value + 1 : at + numberAt(from, value + 1, large);
    if (place >= end) return malformed;
    const wrong = document(from, kind, place, end, to);
    if (wrong !== undefined) return wrong;
  }
  put(object ? 0x7d : 0x5d, to);
  return undefined;
}

/** A length of seven bits a byte. */
function lengthAt(from: Buffer, at: number): number {
  const first = from[at]!;
  if (first < 128) return first;
  let length = first & 127;
  for (let i = 1; i < 5; i++) {
    const byte = from[at + i]!;
    length += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return length;
  }
  throw new RangeError(malformed);
}

function lengthBytes(length: number): number {
  let bytes = 1;
  for (let most = 128; length >= most; most *= 128) bytes++;
  return bytes;
}

const escapes: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

function quoted(from: Buffer, start: number, end: number, to: ByteSink): string | undefined {
  to.reserve((end - start) * 6 + 2);
  const { bytes } = to;
  let out = to.length;
  bytes[out++] = 34;
  let at = start;
  while (at < end) {
    const byte = from[at]!;
    if (byte >= 128) {
      const next = at + characterSize(from, at, end);
      if (next === at) return 'is not UTF-8';
      while (at < next) bytes[out++] = from[at++]!;
      continue;
    }
    at++;
    if (byte >= 32 && byte !== 34 && byte !== 92) bytes[out++] = byte;
    else out += bytes.write(escapes[byte] ?? `\\u00${byte.toString(16).padStart(2, '0')}`, out, 'latin1');
  }
  bytes[out++] = 34;
  to.length = out;
  return undefined;
}

/** A value of another type of SQL inside of a document. */
function opaque(type: number, from: Buffer, start: number, end: number, to: ByteSink): string | undefined {
  to.reserve((end - start) * 2 + 120);
  if (type === CODE.decimal) return decimal(from, start, end, to);
  const temporal = temporals[type];
  if (temporal === undefined) {
    return write(`"base64:type${type}:${from.toString('base64', start, end)}"`, to);
  }
  if (end - start !== 8) return malformed;
  put(34, to);
  packedText(temporal, from.readBigInt64LE(start), to);
  put(34, to);
  return undefined;
}

/** Precision, scale, and the digits of a DECIMAL. */
function decimal(from: Buffer, start: number, end: number, to: ByteSink): string | undefined {
  const [precision = 0, scale = 0] = from.subarray(start, Math.min(start + 2, end));
  const bytes = scale > precision ? Number.NaN : digitBytes(precision - scale) + digitBytes(scale);
  if (bytes === 0 || start + 2 + bytes !== end) return malformed;
  return decimalText(precision, scale)(from, start + 2, end, to);
}

const temporals: Readonly<Record<number, 'date' | 'datetime' | 'time'>> = {
  [CODE.date]: 'date',
  [CODE.timestampOld]: 'datetime',
  [CODE.datetimeOld]: 'datetime',
  [CODE.timeOld]: 'time',
};

/** The place of the point, counted from the first digit, within which the server writes no exponent; nor where digits stand behind it. */
const FIXED = { least: -14, most: 15 };

/** A DOUBLE as the server prints it in a document: the shortest digits, with a point or an exponent, so that it stays a DOUBLE. */
export function jsonDouble(value: number): string {
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const sign = mantissa.startsWith('-') || Object.is(value, -0) ? '-' : '';
  const all = mantissa.replace(/[-.]/g, '');
  const point = Number(exponent) + 1;
  if (point < FIXED.least || (point > FIXED.most && all.length <= point)) {
    return `${sign}${all[0]}${all.length > 1 ? `.${all.slice(1)}` : ''}e${point - 1}`;
  }
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${all}`;
  const whole = all.slice(0, point).padEnd(point, '0');
  return `${sign}${whole}.${all.slice(point) || '0'}`;
}

function digits(value: number | bigint, to: ByteSink): undefined {
  writeDigits(value, to);
}

function put(byte: number, to: ByteSink): void {
  to.reserve(1);
  to.bytes[to.length++] = byte;
}

function between(byte: number, to: ByteSink): void {
  to.reserve(2);
  to.bytes[to.length++] = byte;
  to.bytes[to.length++] = SPACE;
}

/** A short text, each character of one byte. */
function write(text: string, to: ByteSink): undefined {
  to.reserve(text.length);
  for (let i = 0; i < text.length; i++) to.bytes[to.length++] = text.charCodeAt(i);
}
