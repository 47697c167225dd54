import { type ByteSink, writeDigits } from '../../avro/index.ts';
import { CODE, digitBytes } from './column-type.ts';
import type { CellText } from './temporal-text.ts';

const [MINUS, POINT, ZERO] = [45, 46, 48];

/** A whole number of the log: little-endian, of 1 to 8 bytes. Exact: a bigint where a number would not be. */
export function integerReader(code: number, unsigned: boolean): (from: Buffer, start: number) => number | bigint {
  switch (code) {
    case CODE.tiny:
      return unsigned ? (from, at) => from[at]! : (from, at) => (from[at]! << 24) >> 24;
    case CODE.short:
      return unsigned ? (from, at) => from[at]! | (from[at + 1]! << 8) : (from, at) => short(from, at);
    case CODE.int24:
      return unsigned
        ? (from, at) => from[at]! | (from[at + 1]! << 8) | (from[at + 2]! << 16)
        : (from, at) => from[at]! | (short(from, at + 1) << 8);
    case CODE.long:
      return unsigned ? (from, at) => long(from, at) >>> 0 : long;
    default:
      return unsigned ? largeUnsigned : largeSigned;
  }
}

function short(from: Buffer, at: number): number {
  return ((from[at]! << 16) | (from[at + 1]! << 24)) >> 16;
}

function long(from: Buffer, at: number): number {
  return from[at]! | (from[at + 1]! << 8) | (from[at + 2]! << 16) | (from[at + 3]! << 24);
}

function largeUnsigned(from: Buffer, at: number): number | bigint {
  const high = long(from, at + 4) >>> 0;
  return high < 0x200000 ? high * 0x100000000 + (long(from, at) >>> 0) : from.readBigUInt64LE(at);
}

function largeSigned(from: Buffer, at: number): number | bigint {
  const high = long(from, at + 4);
  return high < 0x200000 && high >= -0x200000 ? high * 0x100000000 + (long(from, at) >>> 0) : from.readBigInt64LE(at);
}

export function integerText(code: number, unsigned: boolean): CellText {
  const read = integerReader(code, unsigned);
  return (from, start, _end, to) => {
    writeDigits(read(from, start), to);
    return undefined;
  };
}

/**
 * DECIMAL with all digits of its scale: nine digits in four bytes, big-endian, the odd ones at both outer ends in fewer. The highest bit is
 * set for positive numbers; negative ones have all bits the other way round.
 */
export function decimalText(precision: number, scale: number): CellText {
  const whole = groupsOf(precision - scale, true);
  const groups = [...whole, ...groupsOf(scale, false)];
  return (from, start, _end, to) => {
    const first = from[start]!;
    const flip = first & 0x80 ? 0 : -1;
    const sign = to.length;
    if (flip !== 0) to.bytes[to.length++] = MINUS;
    const digits = to.length;
    let at = start;
    let isZero = true;
    for (let group = 0; group < groups.length; group++) {
      const { bytes, count } = groups[group]!;
      if (group === whole.length) begin(digits, to);
      const top = (group === 0 ? first ^ 0x80 : from[at]!) ^ (flip & 0xff);
      const value = groupAt(from, at, bytes, top, flip);
      at += bytes;
      if (value !== 0) isZero = false;
      if (group >= whole.length || to.length > digits) writeDigits(value, to, count);
      else if (value !== 0) writeDigits(value, to);
    }
    if (to.length === digits) to.bytes[to.length++] = ZERO;
    return flip !== 0 && isZero ? unsign(to, sign) : undefined;
  };
}

/** A group's digits as a number, of which the first byte is known. */
function groupAt(from: Buffer, at: number, bytes: number, top: number, flip: number): number {
  let value = top;
  for (let i = 1; i < bytes; i++) value = (value << 8) | ((from[at + i]! ^ flip) & 0xff);
  return value;
}

/** The point, and the zero that stands before it where there are no other digits. */
function begin(digits: number, to: ByteSink): void {
  if (to.length === digits) to.bytes[to.length++] = ZERO;
  to.bytes[to.length++] = POINT;
}

/** Zero has no sign. */
function unsign(to: ByteSink, at: number): undefined {
  to.bytes.copyWithin(at, at + 1, to.length);
  to.length--;
}

function groupsOf(digits: number, oddFirst: boolean): { readonly bytes: number; readonly count: number }[] {
  const odd = digits % 9;
  const full = Array.from({ length: Math.floor(digits / 9) }, () => ({ bytes: 4, count: 9 }));
  const part = odd === 0 ? [] : [{ bytes: digitBytes(odd), count: odd }];
  return oddFirst ? [...part, ...full] : [...full, ...part];
}
