import { pad } from './calendar.ts';
import { raised } from './error.ts';
import { asNumber, PyFloat, toInt } from './number.ts';
import { type BinaryOperator, BuiltinFunction, PyObject, type Value } from './object.ts';

const DAY = 86_400_000_000n;

/** A length of time, in microseconds. */
export class TimeDelta extends PyObject {
  readonly typeName = 'datetime.timedelta';
  readonly micros: bigint;

  constructor(micros: bigint) {
    super();
    this.micros = micros;
    if (this.days > 999_999_999 || this.days < -999_999_999) {
      throw raised('OverflowError', `days=${this.days}; must have magnitude <= 999999999`);
    }
  }

  static of(days: number, seconds = 0, micros = 0): TimeDelta {
    return new TimeDelta(BigInt(days) * DAY + BigInt(seconds) * 1_000_000n + BigInt(micros));
  }

  get days(): number {
    return Number(this.#floorDays());
  }

  #floorDays(): bigint {
    const days = this.micros / DAY;
    return this.micros % DAY < 0n ? days - 1n : days;
  }

  /** Microseconds after whole days, not negative. */
  #rest(): number {
    return Number(this.micros - this.#floorDays() * DAY);
  }

  get seconds(): number {
    return Math.floor(this.#rest() / 1_000_000);
  }

  get microseconds(): number {
    return this.#rest() % 1_000_000;
  }

  override attribute(name: string): Value | undefined {
    if (name === 'days' || name === 'seconds' || name === 'microseconds') return this[name];
    if (name === 'total_seconds') {
      return new BuiltinFunction('total_seconds', () => new PyFloat(Number(this.micros) / 1e6));
    }
    return undefined;
  }

  override text(): string {
    const { days, seconds, microseconds } = this;
    const lead = days === 0 ? '' : `${days} day${Math.abs(days) === 1 ? '' : 's'}, `;
    const clock = `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
    return lead + clock + (microseconds === 0 ? '' : `.${pad(microseconds, 6)}`);
  }

  override repr(): string {
    const parts = (['days', 'seconds', 'microseconds'] as const).filter((name) => this[name] !== 0);
    return `datetime.timedelta(${parts.length === 0 ? '0' : parts.map((name) => `${name}=${this[name]}`).join(', ')})`;
  }

  override truth(): boolean {
    return this.micros !== 0n;
  }

  override equals(other: Value): boolean | undefined {
    return other instanceof TimeDelta ? other.micros === this.micros : undefined;
  }

  override order(other: Value): number | undefined {
    if (!(other instanceof TimeDelta)) return undefined;
    return this.micros < other.micros ? -1 : this.micros > other.micros ? 1 : 0;
  }

  override key(): unknown {
    return `\0d${this.micros}`;
  }

  override negative(): Value {
    return new TimeDelta(-this.micros);
  }

  override binary(operator: BinaryOperator, other: Value, reflected: boolean): Value | undefined {
    if (other instanceof TimeDelta) return reflected ? undefined : this.#withDelta(operator, other);
    const number = asNumber(other);
    if (number === undefined) return undefined;
    if (operator === '*') return new TimeDelta(roundHalfEven(this.micros, number));
    if (reflected || number === 0) return number === 0 && !reflected ? divideByZero() : undefined;
    if (operator === '/') return new TimeDelta(roundHalfEven(this.micros, 1 / number));
    if (operator !== '//' || other instanceof PyFloat) return undefined;
    return new TimeDelta(floor(this.micros, BigInt(number)));
  }

  #withDelta(operator: BinaryOperator, other: TimeDelta): Value | undefined {
    if (operator === '+') return new TimeDelta(this.micros + other.micros);
    if (operator === '-') return new TimeDelta(this.micros - other.micros);
    if (other.micros === 0n && (operator === '/' || operator === '//' || operator === '%')) return divideByZero();
    if (operator === '/') return new PyFloat(Number(this.micros) / Number(other.micros));
    const whole = floor(this.micros, other.micros);
    if (operator === '//') return toInt(whole);
    return operator === '%' ? new TimeDelta(this.micros - whole * other.micros) : undefined;
  }
}

function divideByZero(): never {
  throw raised('ZeroDivisionError', 'division by zero');
}

function floor(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

function roundHalfEven(micros: bigint, factor: number): bigint {
  if (Number.isInteger(factor)) return micros * BigInt(factor);
  const product = Number(micros) * factor;
  const low = Math.floor(product);
  const rest = product - low;
  return BigInt(rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low);
}
