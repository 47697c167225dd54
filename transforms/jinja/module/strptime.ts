import { PyDate } from '../value/date.ts';
import { fixedZone, PyDateTime } from '../value/datetime.ts';
import { valueError } from '../value/error.ts';
import { MONTHS } from '../value/strftime.ts';
import { quoted } from '../value/text.ts';
import { PyTime } from '../value/time.ts';
import { fixedUtc, type Zone } from '../value/zone.ts';

/** What a directive matches, in English. */
const PATTERNS: Readonly<Record<string, string>> = {
  Y: '\\d{4}',
  y: '\\d{2}',
  m: '1[0-2]|0[1-9]|[1-9]',
  d: '3[01]|[12]\\d|0[1-9]|[1-9]| [1-9]',
  H: '2[0-3]|[01]\\d|\\d',
  I: '1[0-2]|0[1-9]|[1-9]',
  M: '[0-5]\\d|\\d',
  S: '6[01]|[0-5]\\d|\\d',
  f: '\\d{1,6}',
  j: '36[0-6]|3[0-5]\\d|[12]\\d\\d|0[1-9]\\d|00[1-9]|[1-9]\\d|0[1-9]|[1-9]',
  p: 'am|pm',
  z: '[+-]\\d\\d:?[0-5]\\d(?::?[0-5]\\d)?|z',
  Z: 'utc|gmt',
  b: MONTHS.map((name) => name.slice(0, 3)).join('|'),
  B: MONTHS.join('|'),
  a: 'mon|tue|wed|thu|fri|sat|sun',
  A: 'monday|tuesday|wednesday|thursday|friday|saturday|sunday',
};

/** `datetime.strptime`. @throws Raised ValueError for what is not of the format */
export function parseMoment(text: string, format: string): PyDateTime {
  const names: string[] = [];
  const escaped = format.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+');
  const pattern = escaped.replace(/%(.)/g, (_whole, directive: string) => {
    if (directive === '%') return '%';
    const known = PATTERNS[directive];
    if (known === undefined) throw valueError(`'${directive}' is a bad directive in format ${quoted(format)}`);
    names.push(directive);
    return `(${known})`;
  });
  const match = new RegExp(`^${pattern}`, 'i').exec(text);
  if (match === null) throw valueError(`time data ${quoted(text)} does not match format ${quoted(format)}`);
  if (match[0].length < text.length) throw valueError(`unconverted data remains: ${text.slice(match[0].length)}`);
  return momentOf(new Map(names.map((name, at) => [name, match[at + 1]!])));
}

function momentOf(fields: ReadonlyMap<string, string>): PyDateTime {
  const number = (name: string, otherwise: number) => Number(fields.get(name) ?? otherwise);
  const time = new PyTime(
    hourOf(fields),
    number('M', 0),
    number('S', 0),
    Number((fields.get('f') ?? '0').padEnd(6, '0')),
    zoneOf(fields),
  );
  const year = yearOf(fields);
  const dayOfYear = fields.get('j');
  if (dayOfYear !== undefined)
    return new PyDateTime(PyDate.ofOrdinal(new PyDate(year, 1, 1).ordinal + Number(dayOfYear) - 1), time);
  return new PyDateTime(new PyDate(year, monthOf(fields), number('d', 1)), time);
}

/** Two digits from 69 up are of the last century. */
function yearOf(fields: ReadonlyMap<string, string>): number {
  const short = fields.get('y');
  if (short !== undefined) return Number(short) + (Number(short) >= 69 ? 1900 : 2000);
  return Number(fields.get('Y') ?? 1900);
}

function monthOf(fields: ReadonlyMap<string, string>): number {
  const name = (fields.get('B') ?? fields.get('b'))?.slice(0, 3).toLowerCase();
  if (name === undefined) return Number(fields.get('m') ?? 1);
  return MONTHS.findIndex((month) => month.slice(0, 3).toLowerCase() === name) + 1;
}

function hourOf(fields: ReadonlyMap<string, string>): number {
  const twelve = fields.get('I');
  if (twelve === undefined) return Number(fields.get('H') ?? 0);
  const hour = Number(twelve) % 12;
  return fields.get('p')?.toLowerCase() === 'pm' ? hour + 12 : hour;
}

function zoneOf(fields: ReadonlyMap<string, string>): Zone | undefined {
  const offset = fields.get('z');
  if (offset === undefined) return undefined;
  if (/^z$/i.test(offset)) return fixedUtc;
  const [hours, minutes, seconds = '0'] = offset.match(/\d\d/g)!;
  const size = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return size === 0 ? fixedUtc : fixedZone(offset.startsWith('-') ? -size : size);
}
