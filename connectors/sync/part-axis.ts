import { type Column, type ColumnType, isRanged } from '../contract/index.ts';

/**
 * A number line for the values of a type, so that a range can be cut evenly. `at` keeps the databases' order, not strictly
 * (2024-02-31 lies where 2024-02-29 ends), and is undefined for texts that it does not know; `text` gives a value that every
 * database accepts in a comparison.
 */
export interface Axis {
  at(text: string): bigint | undefined;
  text(at: bigint): string;
}

/** The axis over which ranges of a column may be cut; undefined: there is none. */
export function axisOf(column: Column): Axis | undefined {
  return column.nullable || !isRanged(column.type) ? undefined : axes[column.type.kind]?.(column.type);
}

const axes: { readonly [kind in ColumnType['kind']]?: (type: ColumnType) => Axis } = {
  integer: () => integerAxis,
  decimal: (type) => decimalAxis(type.kind === 'decimal' ? type.scale : 0),
  date: () => dateAxis,
  datetime: () => momentAxis,
  timestamp: () => momentAxis,
  bytes: () => bytesAxis,
};

const integerAxis: Axis = {
  at: (text) => (/^-?\d+$/.test(text) ? BigInt(text) : undefined),
  text: String,
};

/** Counts units of the last digit. */
function decimalAxis(scale: number): Axis {
  const unit = 10n ** BigInt(scale);
  return {
    at: (text) => {
      const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
      if (match === null) return undefined;
      const size = BigInt(match[2]!) * unit + BigInt(`0${(match[3] ?? '').padEnd(scale, '0').slice(0, scale)}`);
      return match[1] === '-' ? -size : size;
    },
    text: (at) => {
      const digits = (at < 0n ? -at : at).toString().padStart(scale + 1, '0');
      const cut = digits.length - scale;
      return `${at < 0n ? '-' : ''}${digits.slice(0, cut)}${scale === 0 ? '' : `.${digits.slice(cut)}`}`;
    },
  };
}

const MICROS_A_DAY = 86_400_000_000n;
const MS_A_DAY = 86_400_000;

/** Counts days since 1970. */
const dateAxis: Axis = {
  at: (text) => momentOf(text)?.day,
  text: (at) => dayText(at),
};

/** Counts microseconds since 1970, in UTC as every session is. */
const momentAxis: Axis = {
  at: (text) => {
    const moment = momentOf(text);
    return moment && moment.day * MICROS_A_DAY + moment.micros;
  },
  text: (at) => {
    const day = floorDivide(at, MICROS_A_DAY);
    if (day < FIRST_DAY) return `${dayText(day)} 00:00:00.000000`;
    const micros = at - day * MICROS_A_DAY;
    const clock = [micros / 3_600_000_000n, (micros / 60_000_000n) % 60n, (micros / 1_000_000n) % 60n];
    const fraction = String(micros % 1_000_000n).padStart(6, '0');
    return `${dayText(day)} ${clock.map((n) => String(n).padStart(2, '0')).join(':')}.${fraction}`;
  },
};

/** Where a date and time lies. A month or day of 0 is the beginning of its year or month, a day past the month's last its end. */
function momentOf(text: string): { day: bigint; micros: bigint } | undefined {
  const match = /^(\d{4,})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/.exec(text);
  if (match === null) return undefined;
  const [year, month, date, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0));
  const length = monthLength(year!, month! || 1);
  const day = dayNumber(year!, month! || 1, Math.min(date! || 1, length));
  if (month === 0 || date === 0) return { day, micros: 0n };
  if (date! > length) return { day, micros: MICROS_A_DAY - 1n };
  const seconds = BigInt(hour! * 3600 + minute! * 60 + second!);
  return { day, micros: seconds * 1_000_000n + BigInt((match[7] ?? '').padEnd(6, '0')) };
}

function dayNumber(year: number, month: number, date: number): bigint {
  return BigInt(Math.floor(new Date(0).setUTCFullYear(year, month - 1, date) / MS_A_DAY));
}

function monthLength(year: number, month: number): number {
  return Number(dayNumber(year, month + 1, 1) - dayNumber(year, month, 1));
}

/** Servers doubt dates before the year 1. */
const FIRST_DAY = dayNumber(1, 1, 1);

function dayText(day: bigint): string {
  const date = new Date(Number(day < FIRST_DAY ? FIRST_DAY : day) * MS_A_DAY);
  const parts = [date.getUTCMonth() + 1, date.getUTCDate()].map((n) => String(n).padStart(2, '0'));
  return [String(date.getUTCFullYear()).padStart(4, '0'), ...parts].join('-');
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b < 0n ? 1n : 0n);
}

/** Bytes of a binary value that are looked at: keys that share more than these are not cut by range. */
const PREFIX_BYTES = 16;

const bytesAxis: Axis = {
  at: (text) => {
    if (!/^([0-9a-f]{2})*$/i.test(text)) return undefined;
    return BigInt(`0x0${text.slice(0, 2 * PREFIX_BYTES).padEnd(2 * PREFIX_BYTES, '0')}`);
  },
  text: (at) =>
    at
      .toString(16)
      .padStart(2 * PREFIX_BYTES, '0')
      .replace(/(00)+$/, ''),
};
