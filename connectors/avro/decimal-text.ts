import { writePlaces } from './float-text.ts';
import type { ByteSink } from './sink.ts';
import { type Cursor, readLength, writeLength } from './varint.ts';

/** Digits of at most so many fit into 60 bits. */
const pairDigits = 18;
/** Bytes of at most so many are exact as a number. */
const numberBytes = 6;

/** A decimal's text taken apart: the sign and its digits up to the scale. */
interface Digits {
  readonly negative: boolean;
  readonly text: string;
}

function digitsOf(from: Buffer, start: number, end: number, scale: number): Digits | undefined {
  const text = from.toString('latin1', start, end);
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  const fraction = found?.[3] ?? '';
  if (found === null || fraction.length > scale) return undefined;
  return { negative: found[1] === '-', text: `${found[2]}${fraction.padEnd(scale, '0')}` };
}

/** Writes a decimal's text as Avro bytes of its unscaled value. Returns what is wrong with it. The caller has reserved its length and 12. */
export function writeDecimalText(
  from: Buffer,
  start: number,
  end: number,
  scale: number,
  to: ByteSink,
): string | undefined {
  const negative = from[start] === 45;
  let high = 0;
  let low = 0;
  let point = -1;
  let at = negative ? start + 1 : start;
  if (end - at <= pairDigits + 1) {
    for (; at < end; at += 1) {
      const digit = from[at]! - 48;
      if (digit < 0 || digit > 9) {
        if (digit !== -2 || point >= 0) break;
        point = at;
        continue;
      }
      const product = low * 10 + digit;
      low = product >>> 0;
      high = high * 10 + (product - low) / 4294967296;
    }
    const places = point < 0 ? 0 : end - point - 1;
    if (at === end && places === scale && high < 0x10000000) return writePair(high, low, negative, to);
  }
  const digits = digitsOf(from, start, end, scale);
  if (digits === undefined) return `is not a decimal of scale ${scale}`;
  writeBig(digits.negative ? -BigInt(digits.text) : BigInt(digits.text), to);
  return undefined;
}

/** Writes a magnitude below 2^60 as the fewest big-endian bytes in two's complement. */
function writePair(high: number, low: number, negative: boolean, to: ByteSink): undefined {
  const lower = negative ? -low >>> 0 : low;
  const upper = negative ? (~high + (low === 0 ? 1 : 0)) | 0 : high | 0;
  let size = 1;
  if (upper === (lower | 0) >> 31) {
    const number = lower | 0;
    while (size < 4 && (number << (32 - size * 8)) >> (32 - size * 8) !== number) size += 1;
  } else {
    size = 5;
    while (size < 8 && (upper << (64 - size * 8)) >> (64 - size * 8) !== upper) size += 1;
  }
  writeLength(size, to);
  const { bytes } = to;
  let at = to.length;
  for (let byte = size - 1; byte >= 0; byte -= 1) {
    bytes[at++] = byte > 3 ? upper >> ((byte - 4) * 8) : lower >>> (byte * 8);
  }
  to.length = at;
}

function writeBig(value: bigint, to: ByteSink): void {
  let size = 1;
  while (BigInt.asIntN(size * 8, value) !== value) size += 1;
  writeLength(size, to);
  const hex = BigInt.asUintN(size * 8, value)
    .toString(16)
    .padStart(size * 2, '0');
  to.length += to.bytes.write(hex, to.length, 'hex');
}

/** Reads Avro bytes of an unscaled value and writes its text with all digits of the scale; the caller has reserved 3 times its bytes and 40. */
export function writeDecimal(from: Cursor, scale: number, to: ByteSink): void {
  const size = readLength(from);
  if (size > 0 && size <= numberBytes && scale < 15) {
    writePlaces(from.bytes.readIntBE(from.at, size), scale, to);
  } else {
    to.length += to.bytes.write(decimalText(from.bytes, from.at, size, scale), to.length, 'latin1');
  }
  from.at += size;
}

/** The text of an unscaled value. */
export function decimalText(bytes: Buffer, at: number, size: number, scale: number): string {
  const unsigned = size === 0 ? 0n : BigInt(`0x${bytes.toString('hex', at, at + size)}`);
  const value = BigInt.asIntN(size * 8, unsigned);
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${value < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(digits.length - scale)}`}`;
}
