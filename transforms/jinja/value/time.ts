import { pad } from './calendar.ts';
import { valueError } from './error.ts';
import { Formattable } from './format-spec.ts';
import { BuiltinFunction, bind, type Value } from './object.ts';
import { strftime } from './strftime.ts';
import { textOf } from './text.ts';
import type { Zone } from './zone.ts';

interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;
}

/** A time of day. */
export class PyTime extends Formattable implements Clock {
  readonly typeName = 'datetime.time';
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;
  readonly zone: Zone | undefined;

  /** @throws Raised ValueError for a time that there is not */
  constructor(hour: number, minute: number, second: number, microsecond: number, zone?: Zone) {
    super();
    this.hour = hour;
    this.minute = minute;
    this.second = second;
    this.microsecond = microsecond;
    this.zone = zone;
    check('hour', hour, 23);
    check('minute', minute, 59);
    check('second', second, 59);
    check('microsecond', microsecond, 999_999);
  }

  static ofMicros(micros: number, zone?: Zone): PyTime {
    const seconds = Math.floor(micros / 1_000_000);
    return new PyTime(
      Math.floor(seconds / 3600),
      Math.floor(seconds / 60) % 60,
      seconds % 60,
      micros % 1_000_000,
      zone,
    );
  }

  override attribute(name: string): Value | undefined {
    if (name === 'hour' || name === 'minute' || name === 'second' || name === 'microsecond') return this[name];
    if (name === 'tzinfo') return this.zone ?? null;
    if (name === 'isoformat') return new BuiltinFunction(name, () => this.text());
    if (name !== 'strftime') return undefined;
    return new BuiltinFunction(name, (args, kwargs) => this.format(textOf(bind(name, ['format'], args, kwargs)[0]!)));
  }

  override text(): string {
    return clockText(this, 'auto');
  }

  override repr(): string {
    const rest = this.microsecond !== 0 ? [this.second, this.microsecond] : this.second !== 0 ? [this.second] : [];
    return `datetime.time(${[this.hour, this.minute, ...rest].join(', ')})`;
  }

  override truth(): boolean {
    return true;
  }

  override format(spec: string): string {
    const { hour, minute, second, microsecond } = this;
    return strftime({ year: 1900, month: 1, day: 1, hour, minute, second, microsecond }, spec);
  }

  #micros(): number {
    return ((this.hour * 60 + this.minute) * 60 + this.second) * 1_000_000 + this.microsecond;
  }

  override equals(other: Value): boolean | undefined {
    return other instanceof PyTime ? other.#micros() === this.#micros() : undefined;
  }

  override order(other: Value): number | undefined {
    return other instanceof PyTime ? Math.sign(this.#micros() - other.#micros()) : undefined;
  }

  override key(): unknown {
    return `\0c${this.#micros()}`;
  }
}

function check(name: string, value: number, most: number): void {
  if (value < 0 || value > most) throw valueError(`${name} must be in 0..${most}`);
}

/** A time of day in ISO's form; `spec` is how exact, as `isoformat` has it. @throws Raised ValueError */
export function clockText({ hour, minute, second, microsecond }: Clock, spec: string): string {
  const parts = [pad(hour, 2), pad(minute, 2), pad(second, 2)];
  switch (spec) {
    case 'auto':
      return parts.join(':') + (microsecond === 0 ? '' : `.${pad(microsecond, 6)}`);
    case 'hours':
      return parts[0]!;
    case 'minutes':
      return parts.slice(0, 2).join(':');
    case 'seconds':
      return parts.join(':');
    case 'milliseconds':
      return `${parts.join(':')}.${pad(Math.floor(microsecond / 1000), 3)}`;
    case 'microseconds':
      return `${parts.join(':')}.${pad(microsecond, 6)}`;
    default:
      throw valueError(`Unknown timespec value`);
  }
}
