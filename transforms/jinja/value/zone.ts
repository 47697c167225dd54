import { UNIX_ORDINAL } from './calendar.ts';
import { raised } from './error.ts';
import { PyObject, type Value } from './object.ts';
import { quoted } from './text.ts';

/** Days since the first of year 1 and microseconds of the day, on some clock. */
export interface ClockTime {
  readonly ordinal: number;
  readonly micros: number;
}

/** A time zone: what clocks show, less what UTC shows, in seconds. */
export abstract class Zone extends PyObject {
  readonly typeName: string = 'tzinfo';
  abstract readonly name: string;

  /** By a time of UTC. */
  abstract offsetAtUtc(time: ClockTime): number;

  /** By a time of the zone's own clocks; where they show it twice, the first. */
  abstract offsetAtLocal(time: ClockTime): number;

  /** What the clocks' time is called, such as CET. */
  abstract abbreviation(offset: number): string;

  override text(): string {
    return this.name;
  }

  override attribute(name: string): Value | undefined {
    return name === 'zone' ? this.name : undefined;
  }

  override truth(): boolean {
    return true;
  }
}

/** A zone whose offset never changes. */
export class FixedZone extends Zone {
  readonly name: string;
  readonly #offset: number;
  readonly #repr: string;

  constructor(name: string, offset: number, repr: string) {
    super();
    this.name = name;
    this.#offset = offset;
    this.#repr = repr;
  }

  override offsetAtUtc(): number {
    return this.#offset;
  }

  override offsetAtLocal(): number {
    return this.#offset;
  }

  override abbreviation(): string {
    return this.name;
  }

  override repr(): string {
    return this.#repr;
  }

  override equals(other: Value): boolean | undefined {
    return other instanceof FixedZone ? other.#offset === this.#offset && other.name === this.name : undefined;
  }

  override key(): unknown {
    return `\0z${this.name}`;
  }
}

/** `pytz.utc`. */
export const utc = new FixedZone('UTC', 0, '<UTC>');

/** `datetime.timezone.utc`. */
export const fixedUtc = new FixedZone('UTC', 0, 'datetime.timezone.utc');

/** A zone by its name in the time zone database. */
export class NamedZone extends Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;

  /** @throws Raised KeyError where there is no such zone */
  constructor(name: string) {
    super();
    try {
      this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset', year: 'numeric' });
    } catch {
      throw raised('KeyError', quoted(name));
    }
    this.name = name;
  }

  override offsetAtUtc({ ordinal, micros }: ClockTime): number {
    const milliseconds = (ordinal - UNIX_ORDINAL) * 86_400_000 + Math.floor(micros / 1000);
    const parts = this.#format.formatToParts(new Date(milliseconds));
    const text = parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
    const match = /GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?/.exec(text);
    if (match === null) return 0;
    const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    return match[1] === '-' ? -seconds : seconds;
  }

  override offsetAtLocal(time: ClockTime): number {
    const guess = this.offsetAtUtc(time);
    const before = this.offsetAtUtc(shifted(time, -guess - 3600));
    const after = this.offsetAtUtc(shifted(time, -guess + 3600));
    const fits = [before, guess, after].find((offset) => this.offsetAtUtc(shifted(time, -offset)) === offset);
    return fits ?? before;
  }

  override abbreviation(offset: number): string {
    const minutes = Math.abs(offset) / 60;
    const hours = String(Math.floor(minutes / 60)).padStart(2, '0');
    return `${offset < 0 ? '-' : '+'}${hours}${minutes % 60 === 0 ? '' : String(minutes % 60).padStart(2, '0')}`;
  }

  override repr(): string {
    return `<DstTzInfo ${quoted(this.name)}>`;
  }

  override equals(other: Value): boolean | undefined {
    return other instanceof NamedZone ? other.name === this.name : undefined;
  }

  override key(): unknown {
    return `\0z${this.name}`;
  }
}

const DAY_MICROS = 86_400_000_000;

/** A time moved by seconds. */
export function shifted({ ordinal, micros }: ClockTime, seconds: number): ClockTime {
  const moved = micros + seconds * 1_000_000;
  const days = Math.floor(moved / DAY_MICROS);
  return { ordinal: ordinal + days, micros: moved - days * DAY_MICROS };
}
