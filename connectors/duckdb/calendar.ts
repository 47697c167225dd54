const ZERO = 48;

/** Two decimal digits at `at`, or -1. */
export function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysInMonth(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : monthDays[month - 1]!;
}

/** Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant's `days_from_civil`). */
export function epochDays(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

/** Days since 1970-01-01 of `YYYY-MM-DD` at `start`; NaN where that is no day of the calendar (zero dates, 30 February) or in the year 0, which DuckDB shows as 1 BC. */
export function parseDate(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 10 || bytes[start + 4] !== 45 || bytes[start + 7] !== 45) return Number.NaN;
  const century = twoDigits(bytes, start);
  const rest = twoDigits(bytes, start + 2);
  const month = twoDigits(bytes, start + 5);
  const day = twoDigits(bytes, start + 8);
  if (century < 0 || rest < 0 || month < 1 || month > 12 || day < 1) return Number.NaN;
  const year = century * 100 + rest;
  if (year === 0) return Number.NaN;
  return day <= daysInMonth(year, month) ? epochDays(year, month, day) : Number.NaN;
}

/** Microseconds of `HH:MM:SS[.f{1,6}]`; NaN where that is no time of a day. `24:00:00` counts as one, as in DuckDB. */
export function parseTime(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 8 || bytes[start + 2] !== 58 || bytes[start + 5] !== 58) return Number.NaN;
  const hours = twoDigits(bytes, start);
  const minutes = twoDigits(bytes, start + 3);
  const seconds = twoDigits(bytes, start + 6);
  if (hours < 0 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return Number.NaN;
  const fraction = end - start === 8 ? 0 : parseFraction(bytes, start + 8, end);
  const micros = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction;
  return micros <= 86_400_000_000 ? micros : Number.NaN;
}

function parseFraction(bytes: Uint8Array, start: number, end: number): number {
  const places = end - start - 1;
  if (bytes[start] !== 46 || places < 1 || places > 6) return Number.NaN;
  let micros = 0;
  for (let at = start + 1; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    micros = micros * 10 + digit;
  }
  return micros * 10 ** (6 - places);
}
