import { type CivilDay, checkDay, dayOf, dayOfYear, isoWeek, ordinalOf, pad, weekday } from './calendar.ts';
import { raised, valueError } from './error.ts';
import { Formattable } from './format-spec.ts';
import { type BinaryOperator, BuiltinFunction, bind, type Kwargs, toIndex, type Value } from './object.ts';
import { strftime } from './strftime.ts';
import { quoted, textOf } from './text.ts';
import { TimeDelta } from './timedelta.ts';
import { NamedTuple } from './tuple.ts';

/** What days, and moments, can be asked by name. */
export type DateMethod<T> = (self: T, args: readonly Value[], kwargs: Kwargs) => Value;

/** A day. */
export class PyDate extends Formattable implements CivilDay {
  readonly typeName: string = 'datetime.date';
  readonly year: number;
  readonly month: number;
  readonly day: number;

  /** @throws Raised ValueError for a day that there is not */
  constructor(year: number, month: number, day: number) {
    super();
    this.year = year;
    this.month = month;
    this.day = day;
    checkDay(this);
  }

  static ofOrdinal(ordinal: number): PyDate {
    const { year, month, day } = dayOf(ordinal);
    return new PyDate(year, month, day);
  }

  /** @throws Raised ValueError */
  static fromIso(text: string): PyDate {
    const match = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text);
    if (match === null) throw valueError(`Invalid isoformat string: ${quoted(text)}`);
    return new PyDate(Number(match[1]), Number(match[2]), Number(match[3]));
  }

  get ordinal(): number {
    return ordinalOf(this);
  }

  isoDay(): string {
    return `${pad(this.year, 4)}-${pad(this.month, 2)}-${pad(this.day, 2)}`;
  }

  override attribute(name: string): Value | undefined {
    if (name === 'year' || name === 'month' || name === 'day') return this[name];
    const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
    return method === undefined ? undefined : new BuiltinFunction(name, (args, kwargs) => method(this, args, kwargs));
  }

  override text(): string {
    return this.isoDay();
  }

  override repr(): string {
    return `datetime.date(${this.year}, ${this.month}, ${this.day})`;
  }

  override truth(): boolean {
    return true;
  }

  override format(spec: string): string {
    return strftime(this, spec);
  }

  override equals(other: Value): boolean | undefined {
    return isDay(other) ? other.ordinal === this.ordinal : undefined;
  }

  override order(other: Value): number | undefined {
    return isDay(other) ? Math.sign(this.ordinal - other.ordinal) : undefined;
  }

  override key(): unknown {
    return `\0D${this.ordinal}`;
  }

  override binary(operator: BinaryOperator, other: Value, reflected: boolean): Value | undefined {
    if (operator === '+' && other instanceof TimeDelta) return PyDate.ofOrdinal(this.ordinal + other.days);
    if (operator !== '-' || reflected) return undefined;
    if (other instanceof TimeDelta) return PyDate.ofOrdinal(this.ordinal - other.days);
    return isDay(other) ? TimeDelta.of(this.ordinal - other.ordinal) : undefined;
  }
}

/** A datetime is a date too, but is not compared with one. */
function isDay(value: Value): value is PyDate {
  return value instanceof PyDate && value.typeName === 'datetime.date';
}

/** An int that a call may leave out. */
export function given(value: Value | undefined, otherwise: number): number {
  return value === undefined ? otherwise : toIndex(value);
}

/** What a date and a datetime have in common. */
export const dayMethods: Readonly<Record<string, DateMethod<PyDate>>> = {
  isocalendar: (self) => new NamedTuple('datetime.IsoCalendarDate', ['year', 'week', 'weekday'], isoWeek(self)),
  isoweekday: (self) => weekday(self.ordinal) + 1,
  strftime: (self, args, kwargs) => strftime(self, textOf(bind('strftime', ['format'], args, kwargs)[0]!)),
  toordinal: (self) => self.ordinal,
  weekday: (self) => weekday(self.ordinal),
};

const METHODS: Readonly<Record<string, DateMethod<PyDate>>> = {
  ...dayMethods,
  isoformat: (self) => self.isoDay(),
  ctime: (self) => strftime(self, '%a %b %e 00:00:00 %Y'),
  replace: (self, args, kwargs) => {
    const [year, month, day] = bind('replace', ['year?', 'month?', 'day?'], args, kwargs);
    return new PyDate(given(year, self.year), given(month, self.month), given(day, self.day));
  },
  timetuple: (self) => timeTuple(self, 0, 0, 0),
};

export function timeTuple(self: PyDate, hour: number, minute: number, second: number): Value {
  const names = ['tm_year', 'tm_mon', 'tm_mday', 'tm_hour', 'tm_min', 'tm_sec', 'tm_wday', 'tm_yday', 'tm_isdst'];
  const day = [self.year, self.month, self.day];
  return new NamedTuple('time.struct_time', names, [
    ...day,
    hour,
    minute,
    second,
    weekday(self.ordinal),
    dayOfYear(self),
    -1,
  ]);
}

/** @throws Raised OverflowError */
export function outOfRange(): Error {
  return raised('OverflowError', 'date value out of range');
}
