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
      return unsigned ? (from, at) => from.readUInt16LE(at) : (from, at) => from.readInt16LE(at);
    case CODE.int24:
      return unsigned ? (from, at) => from.readUIntLE(at, 3) : (from, at) => from.readIntLE(at, 3);
    case CODE.long:
      return unsigned ? (from, at) => from.readUInt32LE(at) : (from, at) => from.readInt32LE(at);
    default:
      return unsigned ? largeUnsigned : largeSigned;
  }
}

function largeUnsigned(from: Buffer, at: number): number | bigint {
  const high = from.readUInt32LE(at + 4);
  return high < 0x200000 ? high * 0x100000000 + from.readUInt32LE(at) : from.readBigUInt64LE(at);
}

function largeSigned(from: Buffer, at: number): number | bigint {
  const high = from.readInt32LE(at + 4);
  return high < 0x200000 && high >= -0x200000 ? high * 0x100000000 + from.readUInt32LE(at) : from.readBigInt64LE(at);
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
  const whole = precision - scale;
  const groups = [...groupsOf(whole, true), ...groupsOf(scale, false)];
  const wholeGroups = groupsOf(whole, true).length;
  return (from, start, _end, to) => {
    const negative = (from[start]! & 0x80) === 0;
    const first = to.length;
    if (negative) to.bytes[to.length++] = MINUS;
    const digits = to.length;
    let at = start;
    for (let group = 0; group < groups.length; group++) {
      const { bytes, count } = groups[group]!;
      if (group === wholeGroups) begin(digits, to);
      let value = from.readUIntBE(at, bytes);
      if (at === start) value ^= 0x80 << ((bytes - 1) * 8);
      if (negative) value = ~value;
      value = bytes === 4 ? value >>> 0 : value & ((1 << (bytes * 8)) - 1);
      at += bytes;
      if (group >= wholeGroups || to.length > digits || value > 0)
        padded(value, group < wholeGroups && to.length === digits ? 1 : count, to);
    }
    if (scale === 0 && to.length === digits) to.bytes[to.length++] = ZERO;
    return negative && isZero(to, digits) ? unsign(to, first) : undefined;
  };
}

/** The point, and the zero that stands before it where there are no other digits. */
function begin(digits: number, to: ByteSink): void {
  if (to.length === digits) to.bytes[to.length++] = ZERO;
  to.bytes[to.length++] = POINT;
}

function isZero({ bytes, length }: ByteSink, from: number): boolean {
  for (let at = from; at < length; at++) if (bytes[at]! > ZERO) return false;
  return true;
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

function padded(value: number, least: number, to: ByteSink): void {
  writeDigits(value, to, least);
}
