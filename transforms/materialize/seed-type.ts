import type { ColumnType } from '../../connectors/contract/index.ts';
import { PyDate } from '../jinja/value/date.ts';
import { PyDecimal } from '../jinja/value/decimal.ts';

/** A column of a seed: its type, and its cells as the exact text of that type; null is NULL. */
export interface SeedColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly cells: readonly (string | null)[];
}

/** Reads a cell that is not empty; undefined: it is none of the type. */
type Reading = (cell: string) => string | undefined;

/**
 * The type of a column by its cells: the first of number, date, moment, truth value and text that takes all of them, as dbt finds it. But
 * numbers are exact where dbt has floats: whole ones BIGINT, others DECIMAL. `widest`: digits that a DECIMAL has at most.
 */
export function typedColumn(name: string, raw: readonly string[], widest: number): SeedColumn {
  return (
    numbers(name, raw, widest) ??
    read(name, raw, { kind: 'date' }, dateText) ??
    read(name, raw, { kind: 'datetime', fsp: 6 }, secondText) ??
    read(name, raw, { kind: 'datetime', fsp: 6 }, isoText) ??
    read(name, raw, { kind: 'boolean' }, truthText) ??
    textColumn(name, raw)
  );
}

/** A column of text, also where it does not look like it. */
export function textColumn(name: string, raw: readonly string[]): SeedColumn {
  const cells = raw.map((cell) => (isNull(cell) ? null : cell));
  const length = cells.reduce((most, cell) => Math.max(most, cell === null ? 0 : [...cell].length), 0);
  return { name, type: { kind: 'text', length }, cells };
}

/** Empty cells, and `null` in any case. */
function isNull(cell: string): boolean {
  const bare = cell.trim().toLowerCase();
  return bare === '' || bare === 'null';
}

function read(name: string, raw: readonly string[], type: ColumnType, reading: Reading): SeedColumn | undefined {
  const cells: (string | null)[] = [];
  for (const cell of raw) {
    const text = isNull(cell) ? null : reading(cell.trim());
    if (text === undefined) return undefined;
    cells.push(text);
  }
  return { name, type, cells };
}

function numbers(name: string, raw: readonly string[], widest: number): SeedColumn | undefined {
  let whole = 1;
  let scale = 0;
  let small = true;
  const column = read(name, raw, { kind: 'integer', bits: 64, unsigned: false }, (cell) => {
    const number = numberOf(cell);
    if (number === undefined) return undefined;
    const text = plainDigits(number);
    const [before, after = ''] = text.replace('-', '').split('.') as [string, string?];
    whole = Math.max(whole, before.length);
    scale = Math.max(scale, after.length);
    small &&= after === '' && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
    return text;
  });
  if (column === undefined || small) return column;
  // Not exact in any number: text is.
  if (whole + scale > widest || scale > 30) return undefined;
  const precision = Math.max(whole + scale, 18);
  return { ...column, type: { kind: 'decimal', precision, scale, unsigned: false } };
}

const currencies = '؋$ƒ៛¥₡₱£€¢﷼₪₩₭₮₦฿₤₫';

/** As agate reads a number: with percent signs, signs of money, commas between digits. NaN and infinity are none: these databases have none. */
function numberOf(cell: string): PyDecimal | undefined {
  let text = cell.replace(/^%+|%+$/g, '');
  const negative = text.startsWith('-');
  if (negative) text = text.slice(1);
  text = text.replace(new RegExp(`^[${currencies}]+|[${currencies}]+$`, 'gu'), '').replaceAll(',', '');
  // An exponent of more digits stands for a number that no column holds.
  if (!/^[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][+-]?\d{1,3})?$/.test(text)) return undefined;
  const number = PyDecimal.parse(text);
  return negative ? (number.negative() as PyDecimal) : number;
}

/** All digits, without an exponent; the zeros behind the point stay. */
function plainDigits({ digits, exponent }: PyDecimal): string {
  const sign = digits < 0n ? '-' : '';
  const text = (digits < 0n ? -digits : digits).toString();
  if (exponent >= 0) return `${sign}${text}${digits === 0n ? '' : '0'.repeat(exponent)}`;
  const padded = text.padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

function dateText(cell: string): string | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(cell) ?? [];
  return day === undefined ? undefined : calendarDay(year!, month!, day);
}

function calendarDay(year: string, month: string, day: string): string | undefined {
  try {
    return new PyDate(Number(year), Number(month), Number(day)).isoDay();
  } catch {
    return undefined;
  }
}

function secondText(cell: string): string | undefined {
  const [, day, ...parts] = /^(\S+) (\d{1,2}):(\d{1,2}):(\d{1,2})$/.exec(cell) ?? [];
  const date = day === undefined ? undefined : dateText(day);
  return date === undefined ? undefined : clock(date, parts.map(Number), '');
}

/** ISO 8601 with a `T`. What says its zone is kept in UTC. */
function isoText(cell: string): string | undefined {
  const match =
    /^(\d{4})(-?)(\d{2})\2(\d{2})T(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?)?(?:(Z)|([+-])(\d{2}):?(\d{2})?)?$/.exec(
      cell,
    );
  if (match === null) return undefined;
  const [, year, , month, day, hour, minute = '0', second = '0', fraction = '', , sign, zoneHour, zoneMinute = '0'] =
    match;
  const date = calendarDay(year!, month!, day!);
  if (date === undefined || /[1-9]/.test(fraction.slice(6))) return undefined;
  const text = clock(date, [hour, minute, second].map(Number), fraction.slice(0, 6));
  if (text === undefined || sign === undefined) return text;
  const ahead = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -1 : 1);
  return inUtc(text, ahead);
}

function clock(date: string, [hour, minute, second]: readonly number[], fraction: string): string | undefined {
  if (hour! > 23 || minute! > 59 || second! > 59) return undefined;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date} ${two(hour!)}:${two(minute!)}:${two(second!)}${fraction === '' ? '' : `.${fraction}`}`;
}

function inUtc(text: string, aheadMinutes: number): string {
  const [whole, fraction] = text.split('.');
  const moment = new Date(`${whole!.replace(' ', 'T')}Z`).getTime() - aheadMinutes * 60_000;
  const utc = new Date(moment).toISOString().slice(0, 19).replace('T', ' ');
  return fraction === undefined ? utc : `${utc}.${fraction}`;
}

function truthText(cell: string): string | undefined {
  const bare = cell.replaceAll(',', '').trim().toLowerCase();
  return bare === 'true' ? '1' : bare === 'false' ? '0' : undefined;
}
