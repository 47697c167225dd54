import { orderOfNumbers } from './compare.ts';
import { raised } from './error.ts';
import { Formattable, formatValue } from './format-spec.ts';
import { asBigint, PyFloat, toInt } from './number.ts';
import { type BinaryOperator, BuiltinFunction, type Value } from './object.ts';

/** Digits that arithmetic keeps, as Python's default context does. */
const PRECISION = 28;

/** A decimal number: `digits * 10 ** exponent`. What a database gives as DECIMAL. */
export class PyDecimal extends Formattable {
  readonly typeName = 'decimal.Decimal';
  readonly digits: bigint;
  readonly exponent: number;

  constructor(digits: bigint, exponent: number) {
    super();
    this.digits = digits;
    this.exponent = exponent;
  }

  /** @throws Raised DecimalException for what is no number */
  static parse(text: string): PyDecimal {
    const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.trim().replaceAll('_', ''));
    if (match === null || (match[2] === '' && (match[3] ?? '') === '')) {
      throw raised('DecimalException', "[<class 'decimal.ConversionSyntax'>]");
    }
    const [, sign, whole = '', fraction = '', exponent = '0'] = match;
    const digits = BigInt(`${whole}${fraction}` || '0');
    return new PyDecimal(sign === '-' ? -digits : digits, Number(exponent) - fraction.length);
  }

  override text(): string {
    const negative = this.digits < 0n;
    const text = (negative ? -this.digits : this.digits).toString();
    const left = this.exponent + text.length;
    let body: string;
    if (this.exponent <= 0 && left > -6) {
      body =
        left > 0
          ? text.slice(0, left) + (this.exponent < 0 ? `.${text.slice(left)}` : '')
          : `0.${'0'.repeat(-left)}${text}`;
    } else {
      const adjusted = left - 1;
      body = `${text[0]}${text.length > 1 ? `.${text.slice(1)}` : ''}E${adjusted < 0 ? '-' : '+'}${Math.abs(adjusted)}`;
    }
    return negative ? `-${body}` : body;
  }

  override repr(): string {
    return `Decimal('${this.text()}')`;
  }

  override truth(): boolean {
    return this.digits !== 0n;
  }

  override format(spec: string): string {
    const match = /^(.*?)(?:\.(\d+))?([fF])$/.exec(spec);
    if (match !== null)
      return formatValue(
        this.rounded(Number(match[2] ?? -this.exponent)).text(),
        match[1]! === '' ? '' : `>${match[1]!.replace(/^[<>=^]/, '')}`,
      );
    throw raised('LimitError', `a decimal cannot be formatted by '${spec}': use f, or turn it into a float`);
  }

  float(): number {
    return Number(this.text());
  }

  whole(): Value {
    return toInt(
      this.exponent >= 0 ? this.digits * 10n ** BigInt(this.exponent) : this.digits / 10n ** BigInt(-this.exponent),
    );
  }

  absolute(): Value {
    return new PyDecimal(this.digits < 0n ? -this.digits : this.digits, this.exponent);
  }

  override negative(): Value {
    return new PyDecimal(-this.digits, this.exponent);
  }

  /** Rounded half to even; to an int where no places are given. */
  rounded(places: number): PyDecimal;
  rounded(places: number | null): Value;
  rounded(places: number | null): Value {
    const to = -(places ?? 0);
    const digits =
      this.exponent >= to
        ? this.digits * 10n ** BigInt(this.exponent - to)
        : halfEven(this.digits, 10n ** BigInt(to - this.exponent));
    return places === null ? toInt(digits) : new PyDecimal(digits, to);
  }

  /** The same number, on so many digits. */
  #limited(): PyDecimal {
    const size = (this.digits < 0n ? -this.digits : this.digits).toString().length;
    if (size <= PRECISION) return this;
    const digits = halfEven(this.digits, 10n ** BigInt(size - PRECISION));
    return new PyDecimal(digits, this.exponent + size - PRECISION).#limited();
  }

  override equals(other: Value): boolean | undefined {
    const order = this.order(other);
    return order === undefined ? undefined : order === 0;
  }

  override order(other: Value): number | undefined {
    if (other instanceof PyFloat) return orderOfNumbers(new PyFloat(this.float()), other);
    const decimal = asDecimal(other);
    if (decimal === undefined) return undefined;
    const [left, right] = aligned(this, decimal);
    return left < right ? -1 : left > right ? 1 : 0;
  }

  override key(): unknown {
    const { digits, exponent } = this.#reduced();
    if (exponent >= 0) return toInt(digits * 10n ** BigInt(exponent));
    const float = this.float();
    return PyDecimal.parse(float.toString()).equals(this) ? new PyFloat(float).key() : `\0m${digits}e${exponent}`;
  }

  #reduced(): PyDecimal {
    let { digits, exponent } = this;
    while (digits !== 0n && digits % 10n === 0n) {
      digits /= 10n;
      exponent += 1;
    }
    return new PyDecimal(digits, digits === 0n ? 0 : exponent);
  }

  override binary(operator: BinaryOperator, other: Value, reflected: boolean): Value | undefined {
    const decimal = asDecimal(other);
    if (decimal === undefined) return undefined;
    const [left, right] = reflected ? [decimal, this] : [this, decimal];
    return left.#with(operator, right);
  }

  #with(operator: BinaryOperator, other: PyDecimal): Value | undefined {
    const exponent = Math.min(this.exponent, other.exponent);
    const [left, right] = aligned(this, other);
    switch (operator) {
      case '+':
        return new PyDecimal(left + right, exponent).#limited();
      case '-':
        return new PyDecimal(left - right, exponent).#limited();
      case '*':
        return new PyDecimal(this.digits * other.digits, this.exponent + other.exponent).#limited();
      case '/':
        return this.#dividedBy(other);
      case '//':
        if (right === 0n) throw raised('ZeroDivisionError', "[<class 'decimal.DivisionByZero'>]");
        return new PyDecimal(left / right, 0);
      case '%':
        if (right === 0n) throw raised('ZeroDivisionError', "[<class 'decimal.InvalidOperation'>]");
        return new PyDecimal(left % right, exponent);
      case '**':
        if (other.exponent === 0 && other.digits < 0n)
          return new PyDecimal(1n, 0).#with('/', this.#with('**', other.negative() as PyDecimal) as PyDecimal);
        return other.exponent === 0 && other.digits >= 0n && other.digits < 1000n
          ? new PyDecimal(this.digits ** other.digits, this.exponent * Number(other.digits)).#limited()
          : undefined;
      default:
        return undefined;
    }
  }

  #dividedBy(other: PyDecimal): PyDecimal {
    if (other.digits === 0n) throw raised('ZeroDivisionError', "[<class 'decimal.DivisionByZero'>]");
    const ideal = this.exponent - other.exponent;
    const extra = Math.max(0, PRECISION + 1 + length(other.digits) - length(this.digits));
    const numerator = this.digits * 10n ** BigInt(extra);
    const quotient = numerator / other.digits;
    const exact = numerator % other.digits === 0n;
    // A last digit that is not rounded away stands for what was cut off.
    const sticky = exact
      ? quotient * 10n
      : quotient * 10n + (quotient < 0n || (quotient === 0n && this.digits < 0n) ? -1n : 1n);
    let result = new PyDecimal(exact ? quotient : sticky, ideal - extra - (exact ? 0 : 1)).#limited();
    while (exact && result.exponent < ideal && result.digits % 10n === 0n) {
      result = new PyDecimal(result.digits / 10n, result.exponent + 1);
    }
    return result;
  }

  override attribute(name: string): Value | undefined {
    if (name === 'normalize') return new BuiltinFunction(name, () => this.#reduced());
    if (name === 'is_zero') return new BuiltinFunction(name, () => this.digits === 0n);
    if (name === 'is_nan' || name === 'is_infinite') return new BuiltinFunction(name, () => false);
    return name === 'real' ? this : undefined;
  }
}

function length(digits: bigint): number {
  return (digits < 0n ? -digits : digits).toString().length;
}

function asDecimal(value: Value): PyDecimal | undefined {
  if (value instanceof PyDecimal) return value;
  const int = asBigint(value);
  return int === undefined ? undefined : new PyDecimal(int, 0);
}

function aligned(left: PyDecimal, right: PyDecimal): [bigint, bigint] {
  const exponent = Math.min(left.exponent, right.exponent);
  const scale = (value: PyDecimal) => value.digits * 10n ** BigInt(value.exponent - exponent);
  return [scale(left), scale(right)];
}

/** A quotient rounded half to even. */
function halfEven(digits: bigint, unit: bigint): bigint {
  const negative = digits < 0n;
  const size = negative ? -digits : digits;
  const whole = size / unit;
  const twice = (size % unit) * 2n;
  const result = twice > unit || (twice === unit && whole % 2n === 1n) ? whole + 1n : whole;
  return negative ? -result : result;
}
