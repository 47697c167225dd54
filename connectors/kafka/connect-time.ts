import { millraceError } from '../contract/index.ts';
import type { Value } from '../types/index.ts';

/** Makes a number of units since the epoch, given as digits, the text of a time. Throws `value.malformed` for what has no such text. */
export type TimeText = (units: Exclude<Value, null>) => string;

const DAY_MICROS = 86_400_000_000n;

/** Days since 1970-01-01. */
export const dateText: TimeText = (days) => dayText(BigInt(String(days)));

/** `2024-02-29 12:00:00.123456` of units since 1970, as many digits as `perSecond` has zeros. */
export function datetimeText(perSecond: bigint): TimeText {
  return (units) => {
    const micros = toMicros(BigInt(String(units)), perSecond);
    const [days, rest] = split(micros, DAY_MICROS);
    return `${dayText(days)} ${clock(rest, digitsOf(perSecond))}`;
  };
}

/** `-838:59:59.000000` of units since midnight: below zero and beyond a day as MySQL's TIME is. */
export function timeText(perSecond: bigint): TimeText {
  return (units) => {
    const micros = toMicros(BigInt(String(units)), perSecond);
    return micros < 0n ? `-${clock(-micros, digitsOf(perSecond))}` : clock(micros, digitsOf(perSecond));
  };
}

/** `2024-02-29T12:00:00.5+02:00` as the text of the same moment in UTC. */
export const zonedText: TimeText = (text) => {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)$/.exec(String(text));
  if (parts === null) throw malformed(String(text));
  const [, day, time, fraction = '', zone] = parts;
  if (/[1-9]/.test(fraction.slice(6))) throw malformed(String(text));
  const moment = new Date(`${day}T${time!.length === 5 ? `${time}:00` : time}${zone}`);
  if (Number.isNaN(moment.getTime())) throw malformed(String(text));
  return `${moment.toISOString().slice(0, 19).replace('T', ' ')}.${fraction.slice(0, 6).padEnd(6, '0')}`;
};

function digitsOf(perSecond: bigint): number {
  return Math.min(6, perSecond.toString().length - 1);
}

function toMicros(units: bigint, perSecond: bigint): bigint {
  if (perSecond <= 1_000_000n) return units * (1_000_000n / perSecond);
  const each = perSecond / 1_000_000n;
  if (units % each !== 0n) throw malformed(`${units} of ${perSecond} a second`);
  return units / each;
}

function split(value: bigint, size: bigint): [bigint, bigint] {
  const rest = ((value % size) + size) % size;
  return [(value - rest) / size, rest];
}

function clock(micros: bigint, digits: number): string {
  const two = (value: bigint) => value.toString().padStart(2, '0');
  const seconds = micros / 1_000_000n;
  const whole = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  return digits === 0 ? whole : `${whole}.${(micros % 1_000_000n).toString().padStart(6, '0').slice(0, digits)}`;
}

function dayText(days: bigint): string {
  const day = new Date(Number(days) * 86_400_000);
  const year = day.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) throw malformed(`${days} days`);
  return day.toISOString().slice(0, 10);
}

function malformed(text: string): Error {
  return millraceError('value.malformed', `The time ${text} has no exact text`);
}
