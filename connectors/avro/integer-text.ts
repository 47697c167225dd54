import type { ByteSink } from './sink.ts';
import { writeVarint } from './varint.ts';

const minus = 45;
const notInteger = 'is not a whole number';
const outOfRange = 'is beyond 64 bits';

/** Digits of at most so many fit into 31 bits when doubled. */
const smallDigits = 9;

/** Writes digits as an Avro long. Returns what is wrong with them. The caller has reserved 10 bytes. */
export function writeLongText(from: Buffer, start: number, end: number, to: ByteSink): string | undefined {
  const negative = from[start] === minus;
  const first = negative ? start + 1 : start;
  if (first === end) return notInteger;
  if (end - first > smallDigits) return writeLargeText(from, first, end, negative, to);
  let value = 0;
  for (let at = first; at < end; at += 1) {
    const digit = from[at]! - 48;
    if (digit < 0 || digit > 9) return notInteger;
    value = value * 10 + digit;
  }
  writeVarint(0, negative && value !== 0 ? value * 2 - 1 : value * 2, to);
  return undefined;
}

function writeLargeText(from: Buffer, first: number, end: number, negative: boolean, to: ByteSink): string | undefined {
  let high = 0;
  let low = 0;
  for (let at = first; at < end; at += 1) {
    const digit = from[at]! - 48;
    if (digit < 0 || digit > 9) return notInteger;
    const product = low * 10 + digit;
    low = product >>> 0;
    high = high * 10 + (product - low) / 4294967296;
    if (high > 0x80000000) return outOfRange;
  }
  if (high === 0x80000000) {
    if (!negative || low !== 0) return outOfRange;
    writeVarint(0xffffffff, 0xffffffff, to);
    return undefined;
  }
  writeMagnitude(high, low, negative, to);
  return undefined;
}

/** Writes a magnitude below 2^63 as zigzag. */
function writeMagnitude(high: number, low: number, negative: boolean, to: ByteSink): void {
  const upper = ((high << 1) | (low >>> 31)) >>> 0;
  const lower = (low << 1) >>> 0;
  if (!negative || (upper === 0 && lower === 0)) writeVarint(upper, lower, to);
  else if (lower === 0) writeVarint(upper - 1, 0xffffffff, to);
  else writeVarint(upper, lower - 1, to);
}

/** Writes a whole number of 64 bits as an Avro long. The caller has reserved 10 bytes. */
export function writeLong(value: number | bigint, to: ByteSink): undefined {
  if (typeof value === 'bigint') {
    const zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    writeVarint(Number(zigzag >> 32n), Number(zigzag & 0xffffffffn), to);
  } else if (value >= -0x40000000 && value < 0x40000000) {
    writeVarint(0, ((value << 1) ^ (value >> 31)) >>> 0, to);
  } else {
    const magnitude = value < 0 ? -value : value;
    const high = Math.floor(magnitude / 4294967296);
    writeMagnitude(high, magnitude >>> 0, value < 0, to);
  }
}

/** Writes a whole number's digits; the caller has reserved 21 bytes. `least` digits at least, zeros in front. */
export function writeDigits(value: number | bigint, to: ByteSink, least = 1): void {
  if (typeof value === 'bigint') {
    to.length += to.bytes.write(value.toString(), to.length, 'latin1');
    return;
  }
  const { bytes } = to;
  let rest = value;
  if (rest < 0) {
    bytes[to.length++] = minus;
    rest = -rest;
  }
  const end = to.length + Math.max(least, digitCount(rest));
  let at = end;
  while (rest > 0x7fffffff) {
    const next = Math.floor(rest / 10);
    bytes[--at] = 48 + (rest - next * 10);
    rest = next;
  }
  let small = rest | 0;
  while (at > to.length) {
    const next = (small / 10) | 0;
    bytes[--at] = 48 + (small - next * 10);
    small = next;
  }
  to.length = end;
}

function digitCount(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 10000) return value < 1000 ? 3 : 4;
  let count = 5;
  for (let bound = 100000; value >= bound; bound *= 10) count += 1;
  return count;
}
