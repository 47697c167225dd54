const ZERO = 48;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;

/** Largest count of digits that a double holds exactly, whatever they are. */
const EXACT_DIGITS = 15;

/** A decimal text taken apart: `value` is the number without its point when it has at most 15 digits, else `big` is set. */
export interface Digits {
  value: number;
  big: bigint | undefined;
  /** Digits after the point. */
  scale: number;
  ok: boolean;
}

/** Where `parseDigits` leaves its result: one object for all calls, read before the next. */
export const digits: Digits = { value: 0, big: undefined, scale: 0, ok: false };

/** Parses `[+-]ddd[.ddd]`, at least one digit, into `digits`. Anything else leaves `ok` false. */
export function parseDigits(bytes: Uint8Array, start: number, end: number): boolean {
  digits.ok = false;
  digits.big = undefined;
  let at = start;
  const sign = bytes[at];
  if (sign === MINUS || sign === PLUS) at++;
  let value = 0;
  let count = 0;
  let point = -1;
  for (; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      if (value !== 0) count++;
    } else if (bytes[at] === POINT && point === -1) point = at;
    else return false;
  }
  const first = sign === MINUS || sign === PLUS ? start + 1 : start;
  if (end - first - (point === -1 ? 0 : 1) <= 0) return false;
  digits.scale = point === -1 ? 0 : end - point - 1;
  if (count > EXACT_DIGITS) digits.big = bigOf(bytes, start, end, point);
  digits.value = sign === MINUS ? -value : value;
  digits.ok = true;
  return true;
}

function bigOf(bytes: Uint8Array, start: number, end: number, point: number): bigint {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text =
    point === -1
      ? buffer.toString('latin1', start, end)
      : buffer.toString('latin1', start, point) + buffer.toString('latin1', point + 1, end);
  const negative = text.startsWith('-');
  const size = BigInt(negative || text.startsWith('+') ? text.slice(1) : text);
  return negative ? -size : size;
}

/** The parsed number times ten to `scale`, as an integer; undefined where that is not exact. */
export function unscaled(scale: number): number | bigint | undefined {
  const shift = scale - digits.scale;
  if (digits.big === undefined) {
    if (shift === 0) return digits.value;
    if (shift < 0) return dropZeros(-shift);
    const scaled = digits.value * 10 ** shift;
    if (Number.isSafeInteger(scaled)) return scaled;
  }
  const whole = digits.big ?? BigInt(digits.value);
  if (shift >= 0) return whole * 10n ** BigInt(shift);
  const unit = 10n ** BigInt(-shift);
  return whole % unit === 0n ? whole / unit : undefined;
}

function dropZeros(places: number): number | undefined {
  const unit = 10 ** places;
  return digits.value % unit === 0 ? digits.value / unit : undefined;
}
