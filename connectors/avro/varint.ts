import type { ByteSink } from './sink.ts';

/** Bytes being read. `at` moves on. */
export interface Cursor {
  bytes: Buffer;
  at: number;
}

/** Writes the length of a string or bytes as Avro long; the caller has reserved 5 bytes. `length` is below 2^30. */
export function writeLength(length: number, to: ByteSink): void {
  const { bytes } = to;
  let rest = length * 2;
  let at = to.length;
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  to.length = at;
}

/** Writes a 64-bit zigzag number given as two unsigned 32-bit halves; the caller has reserved 10 bytes. */
export function writeVarint(high: number, low: number, to: ByteSink): void {
  const { bytes } = to;
  let at = to.length;
  let upper = high;
  let lower = low;
  while (upper !== 0 || lower > 127) {
    bytes[at++] = (lower & 127) | 128;
    lower = ((lower >>> 7) | (upper << 25)) >>> 0;
    upper >>>= 7;
  }
  bytes[at++] = lower;
  to.length = at;
}

/** Reads the length of a string or bytes. */
export function readLength(from: Cursor): number {
  const { bytes } = from;
  let byte = bytes[from.at++]!;
  let value = byte & 127;
  for (let shift = 7; byte > 127; shift += 7) {
    byte = bytes[from.at++]!;
    value |= (byte & 127) << shift;
  }
  return value >>> 1;
}

/** Reads an Avro int or long: a number where that is exact, else a bigint. */
export function readLong(from: Cursor): number | bigint {
  const { bytes } = from;
  let byte = bytes[from.at++]!;
  let low = byte & 127;
  for (let shift = 7; byte > 127 && shift < 28; shift += 7) {
    byte = bytes[from.at++]!;
    low |= (byte & 127) << shift;
  }
  if (byte < 128) return (low >>> 1) ^ -(low & 1);
  return readLarge(from, low);
}

/** The rest of a number whose lowest 28 bits are known. */
function readLarge(from: Cursor, low: number): number | bigint {
  const { bytes } = from;
  let middle = 0;
  let byte = 128;
  for (let shift = 0; byte > 127 && shift < 28; shift += 7) {
    byte = bytes[from.at++]!;
    middle |= (byte & 127) << shift;
  }
  let high = 0;
  for (let shift = 0; byte > 127; shift += 7) {
    byte = bytes[from.at++]!;
    high |= (byte & 127) << shift;
  }
  if (high === 0 && middle < 0x1000000) {
    const zigzag = middle * 0x10000000 + low;
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }
  const zigzag = (BigInt(high) << 56n) | (BigInt(middle) << 28n) | BigInt(low);
  return (zigzag & 1n) === 0n ? zigzag >> 1n : -((zigzag + 1n) >> 1n);
}
