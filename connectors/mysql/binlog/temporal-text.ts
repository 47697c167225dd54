import type { ByteSink } from '../../avro/index.ts';
import { type CellType, CODE } from './column-type.ts';

/** Writes a value's canonical text; says what is wrong with it, in words that go after the column's name. The caller has reserved 80 bytes. */
export type CellText = (from: Buffer, start: number, end: number, to: ByteSink) => string | undefined;

const [DASH, COLON, POINT, SPACE, ZERO] = [45, 58, 46, 32, 48];

/** The two digits of each number below 100, the first in the lower byte: both are written at once. */
const pairs = Uint16Array.from({ length: 128 }, (_, i) => ZERO + ((i / 10) | 0) + ((ZERO + (i % 10)) << 8));

function two(value: number, to: ByteSink): void {
  to.view.setUint16(to.length, pairs[value]!, true);
  to.length += 2;
}

function date(year: number, month: number, day: number, to: ByteSink): void {
  const { bytes, view, length } = to;
  const century = (year / 100) | 0;
  view.setUint16(length, pairs[century]!, true);
  view.setUint16(length + 2, pairs[year - century * 100]!, true);
  bytes[length + 4] = DASH;
  view.setUint16(length + 5, pairs[month]!, true);
  bytes[length + 7] = DASH;
  view.setUint16(length + 8, pairs[day]!, true);
  to.length = length + 10;
}

function clock(hours: number, minutes: number, seconds: number, to: ByteSink): void {
  if (hours > 99) to.bytes[to.length++] = ZERO + ((hours / 100) | 0);
  const { bytes, view, length } = to;
  view.setUint16(length, pairs[hours % 100]!, true);
  bytes[length + 2] = COLON;
  view.setUint16(length + 3, pairs[minutes]!, true);
  bytes[length + 5] = COLON;
  view.setUint16(length + 6, pairs[seconds]!, true);
  to.length = length + 8;
}

/** The first digits of six; room is for all. */
function fraction(micros: number, digits: number, to: ByteSink): void {
  if (digits === 0) return;
  const { bytes, view, length } = to;
  const high = (micros / 10_000) | 0;
  const low = micros - high * 10_000;
  const middle = (low / 100) | 0;
  bytes[length] = POINT;
  view.setUint16(length + 1, pairs[high]!, true);
  view.setUint16(length + 3, pairs[middle]!, true);
  view.setUint16(length + 5, pairs[low - middle * 100]!, true);
  to.length = length + 1 + digits;
}

/** Bytes of a fraction, and what one of their units is in microseconds. */
function fractionForm(digits: number): { readonly bytes: number; readonly unit: number } {
  const bytes = (digits + 1) >> 1;
  return { bytes, unit: bytes === 0 ? 0 : 100 ** (3 - bytes) };
}

function number32(from: Buffer, at: number): number {
  return ((from[at]! << 24) | (from[at + 1]! << 16) | (from[at + 2]! << 8) | from[at + 3]!) >>> 0;
}

/** Big-endian, of at most three bytes. */
function numberAt(from: Buffer, at: number, bytes: number): number {
  if (bytes === 0) return 0;
  if (bytes === 1) return from[at]!;
  const two = (from[at]! << 8) | from[at + 1]!;
  return bytes === 2 ? two : (two << 8) | from[at + 2]!;
}

/** DATE: 15 bits of year, 4 of month, 5 of day. */
function dateText(from: Buffer, start: number, _end: number, to: ByteSink): undefined {
  const value = from.readUIntLE(start, 3);
  date(value >> 9, (value >> 5) & 15, value & 31, to);
}

/** YEAR counts from 1900; zero is zero. */
function yearText(from: Buffer, start: number, _end: number, to: ByteSink): undefined {
  const value = from[start]!;
  const year = value === 0 ? 0 : 1900 + value;
  two((year / 100) | 0, to);
  two(year % 100, to);
}

/** DATETIME: year and month as one number of 13 a year, then day, hour, minute, second of 5, 5, 6 and 6 bits; above the middle. */
function datetimeText(digits: number): CellText {
  const { bytes, unit } = fractionForm(digits);
  return (from, start, _end, to) => {
    const high = from[start]! - 0x80;
    const low = number32(from, start + 1);
    const days = high * 0x8000 + (low >>> 17);
    const months = days >> 5;
    date((months / 13) | 0, months % 13, days & 31, to);
    to.bytes[to.length++] = SPACE;
    clock((low >>> 12) & 31, (low >>> 6) & 63, low & 63, to);
    fraction(numberAt(from, start + 5, bytes) * unit, digits, to);
    return undefined;
  };
}

/** TIMESTAMP: seconds since 1970; zero is the zero date. */
function timestampText(digits: number): CellText {
  const { bytes, unit } = fractionForm(digits);
  return (from, start, _end, to) => {
    const seconds = number32(from, start);
    const micros = numberAt(from, start + 4, bytes) * unit;
    if (seconds === 0 && micros === 0) date(0, 0, 0, to);
    else civil(Math.floor(seconds / 86_400), to);
    to.bytes[to.length++] = SPACE;
    const day = seconds % 86_400;
    clock((day / 3600) | 0, ((day / 60) | 0) % 60, day % 60, to);
    fraction(micros, digits, to);
    return undefined;
  };
}

/** The date so many days after 1970-01-01, counted in years that begin with March. */
function civil(days: number, to: ByteSink): void {
  const shifted = days + 719_468;
  const era = (shifted / 146_097) | 0;
  const ofEra = shifted - era * 146_097;
  const yearOfEra = ((ofEra - ((ofEra / 1460) | 0) + ((ofEra / 36_524) | 0) - ((ofEra / 146_096) | 0)) / 365) | 0;
  const ofYear = ofEra - (365 * yearOfEra + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0));
  const march = ((5 * ofYear + 2) / 153) | 0;
  const day = ofYear - (((153 * march + 2) / 5) | 0) + 1;
  const month = march < 10 ? march + 3 : march - 9;
  date(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day, to);
}

/** TIME: sign, hours, minutes and seconds of 10, 6 and 6 bits, and the fraction, as one number above the middle. */
function timeText(digits: number): CellText {
  const { bytes, unit } = fractionForm(digits);
  const steps = 256 ** bytes;
  return (from, start, _end, to) => {
    const value = from.readUIntBE(start, 3 + bytes) - 0x800000 * steps;
    if (value < 0) to.bytes[to.length++] = DASH;
    const magnitude = Math.abs(value);
    const whole = Math.floor(magnitude / steps);
    clock((whole >> 12) & 1023, (whole >> 6) & 63, whole & 63, to);
    fraction((magnitude - whole * steps) * unit, digits, to);
    return undefined;
  };
}

/** How values of a temporal type are written; undefined for other types. */
export function temporalText({ code, precision }: CellType): CellText | undefined {
  switch (code) {
    case CODE.date:
    case CODE.newdate:
      return dateText;
    case CODE.year:
      return yearText;
    case CODE.datetime:
      return datetimeText(precision);
    case CODE.timestamp:
      return timestampText(precision);
    case CODE.time:
      return timeText(precision);
    default:
      return undefined;
  }
}

/** The number that stands for a date and time, or a time, inside of JSON: microseconds in the lowest 24 bits. */
export function packedText(kind: 'date' | 'datetime' | 'time', value: bigint, to: ByteSink): void {
  const negative = value < 0n;
  const magnitude = negative ? -value : value;
  const micros = Number(magnitude & 0xffffffn);
  const whole = Number(magnitude >> 24n);
  if (kind === 'time') {
    if (negative) to.bytes[to.length++] = DASH;
    clock(Math.floor(whole / 4096) & 1023, (whole >> 6) & 63, whole & 63, to);
  } else {
    const days = Math.floor(whole / 0x20000);
    const months = days >> 5;
    date((months / 13) | 0, months % 13, days & 31, to);
    if (kind === 'date') return;
    const low = whole % 0x20000;
    to.bytes[to.length++] = SPACE;
    clock(low >> 12, (low >> 6) & 63, low & 63, to);
  }
  fraction(micros, 6, to);
}
