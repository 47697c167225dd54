import { raised, valueError } from './error.ts';
import { PyObject, type Value } from './object.ts';

/** A float, which an int is not: `4 / 2` is `2.0`. */
export class PyFloat extends PyObject {
  readonly typeName = 'float';
  readonly value: number;

  constructor(value: number) {
    super();
    this.value = value;
  }

  override repr(): string {
    return floatText(this.value);
  }

  override truth(): boolean {
    return this.value !== 0;
  }

  override key(): unknown {
    if (Number.isSafeInteger(this.value)) return this.value === 0 ? 0 : this.value;
    if (Number.isInteger(this.value)) return BigInt(this.value);
    return Number.isNaN(this.value) ? this : `\0f${this.value}`;
  }

  override plain(): Value {
    return this;
  }
}

/** An int in its one form: a number where it is safe, else a bigint. */
export function toInt(value: bigint): number | bigint {
  return value >= SAFE_LEAST && value <= SAFE_MOST ? Number(value) : value;
}

const SAFE_MOST = BigInt(Number.MAX_SAFE_INTEGER);
const SAFE_LEAST = -SAFE_MOST;

/** Python's `repr` of a float: the shortest digits that read back, with an exponent from 1e16 up and below 1e-4. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const text = exponent < 0 ? fixedSmall(mantissa, exponent) : value.toString();
  return text.includes('.') ? text : `${text}.0`;
}

function fixedSmall(mantissa: string, exponent: number): string {
  const negative = mantissa.startsWith('-');
  const digits = mantissa.replace('-', '').replace('.', '');
  return `${negative ? '-' : ''}0.${'0'.repeat(-exponent - 1)}${digits}`;
}

/** Python refuses the decimal text of an int of more digits, for it would take long. */
const MOST_DIGITS = 4300;

/** @throws Raised ValueError for an int of more than 4300 digits */
export function intText(value: number | bigint): string {
  if (typeof value === 'number') return String(value);
  // 4300 digits are 14,285 bits: the size is looked at before the text is made.
  if (bitLength(value) > 14_300) throw tooManyDigits();
  const text = value.toString();
  if (text.replace('-', '').length > MOST_DIGITS) throw tooManyDigits();
  return text;
}

function tooManyDigits(): Error {
  return valueError(`Exceeds the limit (${MOST_DIGITS} digits) for integer string conversion`);
}

export function bitLength(value: bigint): number {
  return value === 0n ? 0 : (value < 0n ? -value : value).toString(16).length * 4;
}

/** `int(text, base)`. @throws Raised ValueError */
export function parseInteger(text: string, base = 10): number | bigint {
  const fail = () => valueError(`invalid literal for int() with base ${base}: '${text}'`);
  const match = /^([+-]?)(0[xX]|0[oO]|0[bB])?_?([0-9a-zA-Z]+(?:_[0-9a-zA-Z]+)*)$/.exec(text.trim());
  if (match === null) throw fail();
  let [, sign, prefix = '', digits] = match as unknown as [string, string, string | undefined, string];
  const prefixBase = PREFIX_BASE[prefix.toLowerCase()];
  let radix = base;
  if (prefixBase !== undefined && (base === 0 || base === prefixBase)) radix = prefixBase;
  else if (prefix !== '') digits = `${prefix}${digits}`;
  if (radix === 0) {
    if (/^0[0_]*[1-9]/.test(digits)) throw fail();
    radix = 10;
  }
  digits = digits.replaceAll('_', '').toLowerCase();
  if (digits.length > MOST_DIGITS && radix === 10) throw tooManyDigits();
  const value = radix === 10 ? decimalDigits(digits) : radixDigits(digits, radix);
  if (value === undefined) throw fail();
  return toInt(sign === '-' ? -value : value);
}

const PREFIX_BASE: Readonly<Record<string, number>> = { '0x': 16, '0o': 8, '0b': 2 };

function decimalDigits(digits: string): bigint | undefined {
  return /^[0-9]+$/.test(digits) ? BigInt(digits) : undefined;
}

function radixDigits(digits: string, radix: number): bigint | undefined {
  let value = 0n;
  for (const character of digits) {
    const digit = Number.parseInt(character, 36);
    if (!(digit < radix)) return undefined;
    value = value * BigInt(radix) + BigInt(digit);
  }
  return value;
}

/** `float(text)`. @throws Raised ValueError */
export function parseFloatText(text: string): number {
  const trimmed = text.trim();
  if (/^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$/i.test(trimmed)) {
    return Number(trimmed.replaceAll('_', ''));
  }
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(trimmed);
  if (word === null) throw valueError(`could not convert string to float: '${text}'`);
  const size = word[2]!.toLowerCase() === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY;
  return word[1] === '-' ? -size : size;
}

/** A number of Python as JS has it, or undefined where the value is no int, float or bool. */
export function asNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return Number(value);
  return value instanceof PyFloat ? value.value : undefined;
}

/** An int or bool as a bigint, or undefined. */
export function asBigint(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return BigInt(value);
  return typeof value === 'boolean' ? (value ? 1n : 0n) : undefined;
}

/** The int that is left of a float when its fraction is cut. @throws Raised for infinity and NaN */
export function truncated(value: number): number | bigint {
  if (Number.isNaN(value)) throw valueError('cannot convert float NaN to integer');
  if (!Number.isFinite(value)) throw raised('OverflowError', 'cannot convert float infinity to integer');
  const whole = Math.trunc(value);
  return Number.isSafeInteger(whole) ? whole + 0 || 0 : BigInt(whole);
}

/** A float rounded half to even at a decimal place, by its exact value, as Python does. */
export function roundFloat(value: number, places: number): number {
  if (!Number.isFinite(value) || places > 323) return value;
  if (places < -308) return 0 * value;
  if (places >= 0 && places <= 100) {
    const text = exactFixed(value, places);
    return Number(text);
  }
  const unit = 10 ** -places;
  const scaled = value / unit;
  const low = Math.floor(scaled);
  const rest = scaled - low;
  const near = rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
  return near * unit;
}

/** The text of a float with so many decimals, rounded half to even by its exact value. */
export function exactFixed(value: number, places: number): string {
  const negative = value < 0 || Object.is(value, -0);
  const [numerator, shift] = fraction(Math.abs(value));
  const scaled = numerator * 10n ** BigInt(places);
  const unit = 1n << BigInt(shift);
  let whole = scaled / unit;
  const twice = (scaled % unit) * 2n;
  if (twice > unit || (twice === unit && whole % 2n === 1n)) whole += 1n;
  const digits = whole.toString().padStart(places + 1, '0');
  const point = digits.length - places;
  const text = places === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return negative ? `-${text}` : text;
}

/** A finite float, not negative, as numerator over a power of two. */
function fraction(value: number): [bigint, number] {
  let shift = 0;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift += 1;
  }
  return [BigInt(scaled), shift];
}
