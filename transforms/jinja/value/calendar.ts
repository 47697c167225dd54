import { raised, valueError } from './error.ts';

/** The proleptic Gregorian calendar, as Python's datetime has it: years 1 to 9999, days counted from 1 January of year 1, which is 1. */

const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

export const LAST_ORDINAL = 3_652_059;

export interface CivilDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function daysInMonth(year: number, month: number): number {
  return month === 2 && !isLeap(year) ? 28 : LONGEST[month - 1]!;
}

/** @throws Raised ValueError for a day that there is not */
export function checkDay({ year, month, day }: CivilDay): void {
  if (year < 1 || year > 9999) throw valueError(`year ${year} is out of range`);
  if (month < 1 || month > 12) throw valueError('month must be in 1..12');
  if (day < 1 || day > daysInMonth(year, month)) throw valueError('day is out of range for month');
}

export function ordinalOf({ year, month, day }: CivilDay): number {
  const before = year - 1;
  const years = before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  return years + dayOfYear({ year, month, day });
}

export function dayOfYear({ year, month, day }: CivilDay): number {
  let days = day;
  for (let earlier = 1; earlier < month; earlier++) days += daysInMonth(year, earlier);
  return days;
}

/** @throws Raised OverflowError outside of the years 1 to 9999 */
export function dayOf(ordinal: number): CivilDay {
  if (!(ordinal >= 1 && ordinal <= LAST_ORDINAL)) throw raised('OverflowError', 'date value out of range');
  const milliseconds = (ordinal - UNIX_ORDINAL) * 86_400_000;
  const date = new Date(milliseconds);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** 1 January 1970. */
export const UNIX_ORDINAL = 719_163;

/** 0 is Monday. */
export function weekday(ordinal: number): number {
  return (ordinal + 6) % 7;
}

/** ISO year, week and weekday from 1 (Monday). */
export function isoWeek(day: CivilDay): [year: number, week: number, weekday: number] {
  const ordinal = ordinalOf(day);
  const week = (year: number) => {
    const first = ordinalOf({ year, month: 1, day: 1 });
    const shift = weekday(first);
    return first - shift + (shift > 3 ? 7 : 0);
  };
  let { year } = day;
  if (ordinal < week(year)) year -= 1;
  else if (year < 9999 && ordinal >= week(year + 1)) year += 1;
  return [year, Math.floor((ordinal - week(year)) / 7) + 1, weekday(ordinal) + 1];
}

export function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
