import { UNIX_ORDINAL } from '../value/calendar.ts';
import { PyDate } from '../value/date.ts';
import { asZone, PyDateTime } from '../value/datetime.ts';
import { typeError } from '../value/error.ts';
import { asNumber } from '../value/number.ts';
import { BuiltinFunction, bind, type Kwargs, toIndex, type Value } from '../value/object.ts';
import { textOf } from '../value/text.ts';
import { PyTime } from '../value/time.ts';
import { TimeDelta } from '../value/timedelta.ts';
import type { ClockTime } from '../value/zone.ts';
import { Module, PyClass } from './module.ts';
import { parseMoment } from './strptime.ts';

type Body = (args: readonly Value[], kwargs: Kwargs) => Value;

function own(functions: Readonly<Record<string, Body>>): Map<string, Value> {
  return new Map(Object.entries(functions).map(([name, body]) => [name, new BuiltinFunction(name, body)]));
}

const DAY = 86_400_000;

function clockAt(milliseconds: number): ClockTime {
  const days = Math.floor(milliseconds / DAY);
  return { ordinal: days + UNIX_ORDINAL, micros: Math.round((milliseconds - days * DAY) * 1000) };
}

/** What the clocks of this machine show. */
function localClock(milliseconds: number): ClockTime {
  return clockAt(milliseconds - new Date(milliseconds).getTimezoneOffset() * 60_000);
}

/** Of a time in seconds since 1970: by the clocks of a zone, or of this machine. */
function fromTimestamp(milliseconds: number, zone: Value | undefined): PyDateTime {
  const found = asZone(zone);
  return found === undefined
    ? PyDateTime.ofClock(localClock(milliseconds))
    : PyDateTime.ofUtc(clockAt(milliseconds), found);
}

function seconds(value: Value): number {
  const number = asNumber(value);
  if (number === undefined) throw typeError(`'${textOf(value)}' is no number of seconds`);
  return number * 1000;
}

function text(name: string, args: readonly Value[], kwargs: Kwargs): string {
  const [value] = bind(name, ['date_string'], args, kwargs);
  if (typeof value !== 'string') throw typeError('fromisoformat: argument must be str');
  return value;
}

const number = (value: Value | undefined) => (value === undefined ? 0 : toIndex(value));

function makeTime(args: readonly Value[], kwargs: Kwargs): PyTime {
  const names = ['hour?', 'minute?', 'second?', 'microsecond?', 'tzinfo?'];
  const [hour, minute, second, microsecond, zone] = bind('time', names, args, kwargs);
  return new PyTime(number(hour), number(minute), number(second), number(microsecond), asZone(zone));
}

function makeDateTime(args: readonly Value[], kwargs: Kwargs): PyDateTime {
  const names = ['year', 'month', 'day', 'hour?', 'minute?', 'second?', 'microsecond?', 'tzinfo?'];
  const [year, month, day, hour, minute, second, microsecond, zone] = bind('datetime', names, args, kwargs);
  const time = new PyTime(number(hour), number(minute), number(second), number(microsecond), asZone(zone));
  return new PyDateTime(new PyDate(toIndex(year!), toIndex(month!), toIndex(day!)), time);
}

const datetime = new PyClass('datetime.datetime', makeDateTime, new Map<string, Value>([
  ...own({
    now: (args, kwargs) => fromTimestamp(Date.now(), bind('now', ['tz?'], args, kwargs)[0]),
    today: () => fromTimestamp(Date.now(), undefined),
    utcnow: () => PyDateTime.ofClock(clockAt(Date.now())),
    fromtimestamp: (args, kwargs) => {
      const [stamp, zone] = bind('fromtimestamp', ['timestamp', 'tz?'], args, kwargs);
      return fromTimestamp(seconds(stamp!), zone);
    },
    utcfromtimestamp: (args, kwargs) => PyDateTime.ofClock(clockAt(seconds(bind('utcfromtimestamp', ['timestamp'], args, kwargs)[0]!))),
    fromisoformat: (args, kwargs) => PyDateTime.fromIso(text('fromisoformat', args, kwargs)),
    strptime: (args, kwargs) => {
      const [value, format] = bind('strptime', ['date_string', 'format'], args, kwargs);
      return parseMoment(textOf(value!), textOf(format!));
    },
    combine: (args, kwargs) => {
      const [day, time, zone] = bind('combine', ['date', 'time', 'tzinfo?'], args, kwargs);
      if (!(day instanceof PyDate) || !(time instanceof PyTime)) throw typeError('combine() takes a date and a time');
      const { hour, minute, second, microsecond } = time;
      return new PyDateTime(day, new PyTime(hour, minute, second, microsecond, zone === undefined ? time.zone : asZone(zone)));
    },
  }),
  ['min', new PyDateTime(new PyDate(1, 1, 1), new PyTime(0, 0, 0, 0))],
  ['max', new PyDateTime(new PyDate(9999, 12, 31), new PyTime(23, 59, 59, 999_999))],
])); // biome-ignore format: a table

const date = new PyClass('datetime.date', (args, kwargs) => {
  const [year, month, day] = bind('date', ['year', 'month', 'day'], args, kwargs);
  return new PyDate(toIndex(year!), toIndex(month!), toIndex(day!));
}, new Map<string, Value>([
  ...own({
    today: () => PyDate.ofOrdinal(localClock(Date.now()).ordinal),
    fromisoformat: (args, kwargs) => PyDate.fromIso(text('fromisoformat', args, kwargs)),
    fromordinal: (args, kwargs) => PyDate.ofOrdinal(toIndex(bind('fromordinal', ['ordinal'], args, kwargs)[0]!)),
    fromtimestamp: (args, kwargs) => PyDate.ofOrdinal(localClock(seconds(bind('fromtimestamp', ['timestamp'], args, kwargs)[0]!)).ordinal),
  }),
  ['min', new PyDate(1, 1, 1)],
  ['max', new PyDate(9999, 12, 31)],
])); // biome-ignore format: a table

const time = new PyClass('datetime.time', makeTime, own({
  fromisoformat: (args, kwargs) => {
    const found = PyDateTime.fromIso(`2000-01-01T${text('fromisoformat', args, kwargs)}`);
    return new PyTime(found.hour, found.minute, found.second, found.microsecond, found.zone);
  },
})); // biome-ignore format: a table

const UNITS: Readonly<Record<string, number>> = {
  days: 86_400_000_000,
  seconds: 1_000_000,
  microseconds: 1,
  milliseconds: 1000,
  minutes: 60_000_000,
  hours: 3_600_000_000,
  weeks: 604_800_000_000,
};

const timedelta = new PyClass('datetime.timedelta', (args, kwargs) => {
  const names = Object.keys(UNITS);
  const given = bind('timedelta', names.map((name) => `${name}?`), args, kwargs);
  let micros = 0n;
  for (const [at, value] of given.entries()) {
    if (value === undefined) continue;
    const unit = UNITS[names[at]!]!;
    if (typeof value === 'number' || typeof value === 'bigint') micros += BigInt(value) * BigInt(unit);
    else micros += BigInt(Math.round(seconds(value) / 1000 * unit));
  }
  return new TimeDelta(micros);
}); // biome-ignore format: a table

/** What dbt shows of `datetime`. */
export const datetimeModule = new Module(new Map<string, Value>([
  ['date', date],
  ['datetime', datetime],
  ['time', time],
  ['timedelta', timedelta],
])); // biome-ignore format: a table
