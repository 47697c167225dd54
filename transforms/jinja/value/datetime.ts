import { pad, UNIX_ORDINAL } from './calendar.ts';
import { type DateMethod, dayMethods, given, PyDate, timeTuple } from './date.ts';
import { typeError, valueError } from './error.ts';
import { PyFloat } from './number.ts';
import { type BinaryOperator, BuiltinFunction, bind, PyObject, type Value } from './object.ts';
import { type Moment, strftime } from './strftime.ts';
import { quoted, textOf } from './text.ts';
import { clockText, PyTime } from './time.ts';
import { TimeDelta } from './timedelta.ts';
import { type ClockTime, FixedZone, fixedUtc, shifted, Zone } from './zone.ts';

const DAY_MICROS = 86_400_000_000;

/** A day and a time of it; of a zone, or of none. */
export class PyDateTime extends PyDate implements Moment {
  override readonly typeName = 'datetime.datetime';
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;
  readonly zone: Zone | undefined;

  constructor(day: PyDate, time: PyTime) {
    super(day.year, day.month, day.day);
    this.hour = time.hour;
    this.minute = time.minute;
    this.second = time.second;
    this.microsecond = time.microsecond;
    this.zone = time.zone;
  }

  static ofClock({ ordinal, micros }: ClockTime, zone?: Zone): PyDateTime {
    return new PyDateTime(PyDate.ofOrdinal(ordinal), PyTime.ofMicros(micros, zone));
  }

  /** What clocks of a zone show at a time of UTC. */
  static ofUtc(time: ClockTime, zone: Zone): PyDateTime {
    return PyDateTime.ofClock(shifted(time, zone.offsetAtUtc(time)), zone);
  }

  /** @throws Raised ValueError */
  static override fromIso(text: string): PyDateTime {
    const match =
      /^(\d{4}-?\d{2}-?\d{2})(?:[^\d](\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d{1,6})?)?)?)(Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?)?$/.exec(
        text,
      );
    if (match === null) throw valueError(`Invalid isoformat string: ${quoted(text)}`);
    const [hour, minute, second, fraction] =
      (match[2] ?? '00').replaceAll(':', '').match(/\d{2}(?![.,])|[.,]\d+|\d{2}/g) ?? [];
    const micros = Number((fraction ?? '.0').slice(1).padEnd(6, '0').slice(0, 6));
    const time = new PyTime(Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0), micros, isoZone(match[3]));
    return new PyDateTime(PyDate.fromIso(match[1]!), time);
  }

  clock(): ClockTime {
    const seconds = this.hour * 3600 + this.minute * 60 + this.second;
    return { ordinal: this.ordinal, micros: seconds * 1_000_000 + this.microsecond };
  }

  /** Seconds that the clocks are ahead of UTC; undefined without a zone. */
  offset(): number | undefined {
    return this.zone?.offsetAtLocal(this.clock());
  }

  utc(): ClockTime {
    return shifted(this.clock(), -(this.offset() ?? 0));
  }

  get offsetText(): string {
    const offset = this.offset();
    return offset === undefined ? '' : offsetText(offset, '');
  }

  get zoneName(): string {
    const offset = this.offset();
    return this.zone === undefined || offset === undefined ? '' : this.zone.abbreviation(offset);
  }

  iso(separator: string, spec = 'auto'): string {
    const offset = this.offset();
    const time = clockText(this, spec);
    return `${this.isoDay()}${separator}${time}${offset === undefined ? '' : offsetText(offset, ':')}`;
  }

  override attribute(name: string): Value | undefined {
    if (name === 'hour' || name === 'minute' || name === 'second' || name === 'microsecond') return this[name];
    if (name === 'tzinfo') return this.zone ?? null;
    if (name === 'fold') return 0;
    const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
    if (method === undefined) return super.attribute(name);
    return new BuiltinFunction(name, (args, kwargs) => method(this, args, kwargs));
  }

  override text(): string {
    return this.iso(' ');
  }

  override repr(): string {
    const { second, microsecond, zone } = this;
    const rest = microsecond !== 0 ? [second, microsecond] : second !== 0 ? [second] : [];
    const numbers = [this.year, this.month, this.day, this.hour, this.minute, ...rest].join(', ');
    return `datetime.datetime(${numbers}${zone === undefined ? '' : `, tzinfo=${zone.repr()}`})`;
  }

  override equals(other: Value): boolean | undefined {
    if (!(other instanceof PyDateTime)) return undefined;
    if ((this.zone === undefined) !== (other.zone === undefined)) return false;
    return this.#micros() === other.#micros();
  }

  override order(other: Value): number | undefined {
    if (!(other instanceof PyDateTime)) return undefined;
    this.#checkKinds(other, 'compare');
    const difference = this.#micros() - other.#micros();
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  #checkKinds(other: PyDateTime, verb: string): void {
    if ((this.zone === undefined) === (other.zone === undefined)) return;
    throw typeError(`can't ${verb} offset-naive and offset-aware datetimes`);
  }

  #micros(): bigint {
    const { ordinal, micros } = this.utc();
    return BigInt(ordinal) * BigInt(DAY_MICROS) + BigInt(micros);
  }

  override key(): unknown {
    return `\0T${this.#micros()}`;
  }

  override binary(operator: BinaryOperator, other: Value, reflected: boolean): Value | undefined {
    if (operator === '+' && other instanceof TimeDelta) return this.moved(other.micros);
    if (operator !== '-' || reflected) return undefined;
    if (other instanceof TimeDelta) return this.moved(-other.micros);
    if (!(other instanceof PyDateTime)) return undefined;
    this.#checkKinds(other, 'subtract');
    return new TimeDelta(this.#micros() - other.#micros());
  }

  /** The same clocks, so many microseconds on. */
  moved(micros: bigint): PyDateTime {
    const clock = this.clock();
    const moved = BigInt(clock.ordinal) * BigInt(DAY_MICROS) + BigInt(clock.micros) + micros;
    const ordinal = moved / BigInt(DAY_MICROS);
    return PyDateTime.ofClock(
      { ordinal: Number(ordinal), micros: Number(moved - ordinal * BigInt(DAY_MICROS)) },
      this.zone,
    );
  }

  timestamp(): number {
    const { ordinal, micros } = this.utc();
    return (ordinal - UNIX_ORDINAL) * 86_400 + micros / 1e6;
  }
}

function isoZone(text: string | undefined): Zone | undefined {
  if (text === undefined) return undefined;
  if (text === 'Z') return fixedUtc;
  const [hours, minutes = '0'] = text.slice(1).match(/\d{2}/g) ?? [];
  const offset = (Number(hours) * 3600 + Number(minutes) * 60) * (text.startsWith('-') ? -1 : 1);
  return offset === 0 ? fixedUtc : fixedZone(offset);
}

/** `datetime.timezone(timedelta(seconds=offset))`. */
export function fixedZone(offset: number): FixedZone {
  const repr = `datetime.timezone(${TimeDelta.of(0, offset).repr()})`;
  return new FixedZone(`UTC${offsetText(offset, ':')}`, offset, repr);
}

function offsetText(offset: number, separator: string): string {
  const size = Math.abs(offset);
  const text = `${offset < 0 ? '-' : '+'}${pad(Math.floor(size / 3600), 2)}${separator}${pad(Math.floor(size / 60) % 60, 2)}`;
  return size % 60 === 0 ? text : `${text}${separator}${pad(size % 60, 2)}`;
}

function asZone(value: Value | undefined): Zone | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof Zone) return value;
  throw typeError(
    `tzinfo argument must be None or of a tzinfo subclass, not type '${value instanceof PyObject ? value.typeName : typeof value}'`,
  );
}

function replace(self: PyDateTime, args: readonly Value[], kwargs: ReadonlyMap<string, Value>): Value {
  const names = ['year?', 'month?', 'day?', 'hour?', 'minute?', 'second?', 'microsecond?', 'tzinfo?'];
  const [year, month, day, hour, minute, second, microsecond, tzinfo] = bind('replace', names, args, kwargs);
  const zone = tzinfo === undefined ? self.zone : asZone(tzinfo);
  const time = new PyTime(
    given(hour, self.hour),
    given(minute, self.minute),
    given(second, self.second),
    given(microsecond, self.microsecond),
    zone,
  );
  return new PyDateTime(new PyDate(given(year, self.year), given(month, self.month), given(day, self.day)), time);
}

const METHODS: Readonly<Record<string, DateMethod<PyDateTime>>> = {
  ...(dayMethods as Readonly<Record<string, DateMethod<PyDateTime>>>),
  astimezone: (self, args, kwargs) =>
    PyDateTime.ofUtc(self.utc(), asZone(bind('astimezone', ['tz?'], args, kwargs)[0]) ?? fixedUtc),
  ctime: (self) => strftime(self, '%a %b %e %H:%M:%S %Y'),
  date: (self) => new PyDate(self.year, self.month, self.day),
  isoformat: (self, args, kwargs) => {
    const [separator = 'T', spec = 'auto'] = bind('isoformat', ['sep?', 'timespec?'], args, kwargs);
    return self.iso(textOf(separator), textOf(spec));
  },
  replace,
  time: (self) => new PyTime(self.hour, self.minute, self.second, self.microsecond),
  timestamp: (self) => new PyFloat(self.timestamp()),
  timetuple: (self) => timeTuple(self, self.hour, self.minute, self.second),
  timetz: (self) => new PyTime(self.hour, self.minute, self.second, self.microsecond, self.zone),
  tzname: (self) => (self.zone === undefined ? null : self.zoneName),
  utcoffset: (self) => (self.zone === undefined ? null : TimeDelta.of(0, self.offset())),
};

export { asZone };
