import { checkText, raised, typeError, valueError } from './error.ts';
import { floatDigits } from './format-spec.ts';
import { asBigint, asNumber, PyFloat, truncated } from './number.ts';
import { PyObject, typeName, type Value } from './object.ts';
import { reprOf, textOf } from './text.ts';
import { Tuple } from './tuple.ts';

const DIRECTIVE = /%(?:\(((?:[^()]|\([^()]*\))*)\))?([#0\- +]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?(.)?/gs;

/** `text % value`. @throws Raised TypeError or ValueError where they do not fit */
export function percent(text: string, value: Value): Value {
  const args = new Arguments(value);
  const result = text.replace(DIRECTIVE, (_whole: string, ...groups: (string | undefined)[]) => {
    const [name, flags = '', width, precision, type] = groups;
    if (type === undefined) throw valueError('incomplete format');
    if (type === '%') {
      return '%';
    }
    const size = width === '*' ? args.size() : Number(width ?? 0);
    const places = precision === '*' ? args.size() : precision === undefined ? undefined : Number(precision || 0);
    checkText(Math.abs(size));
    checkText(places ?? 0);
    const left = flags.includes('-') || size < 0;
    return filled(converted(args.next(name), type, flags, places), Math.abs(size), left, flags, type);
  });
  args.finish();
  checkText(result.length);
  return result;
}

/** What stands right of the `%`: a tuple's items one by one, a mapping by name, or one value. */
class Arguments {
  readonly #value: Value;
  readonly #items: readonly Value[];
  #at = 0;
  #named = false;

  constructor(value: Value) {
    this.#value = value;
    this.#items = value instanceof Tuple ? value.items : [value];
  }

  next(name: string | undefined): Value {
    if (name !== undefined) {
      if (!(this.#value instanceof PyObject) || !this.#value.isMapping) throw typeError('format requires a mapping');
      this.#named = true;
      return this.#value.item(name);
    }
    const item = this.#items[this.#at];
    if (item === undefined) throw typeError('not enough arguments for format string');
    this.#at += 1;
    return item;
  }

  size(): number {
    const value = this.next(undefined);
    if (typeof value !== 'number') throw typeError('* wants int');
    return value;
  }

  finish(): void {
    const value = this.#value;
    const subscriptable =
      value instanceof PyObject && (value.isSubscriptable || value.isMapping || value.typeName === 'Undefined');
    const mapping =
      Array.isArray(value) || (subscriptable && !(value instanceof Tuple) && typeof value.plain() !== 'string');
    if (this.#named || mapping || this.#at >= this.#items.length) return;
    throw typeError('not all arguments converted during string formatting');
  }
}

type Parts = readonly [sign: string, body: string];

function converted(value: Value, type: string, flags: string, places: number | undefined): Parts {
  switch (type) {
    case 's':
      return ['', cut(textOf(value), places)];
    case 'r':
    case 'a':
      return ['', cut(reprOf(value), places)];
    case 'c':
      return ['', character(value)];
    case 'd':
    case 'i':
    case 'u':
      return whole(value, type, flags, places);
    case 'x':
    case 'X':
    case 'o':
      return radix(value, type, flags, places);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return floating(value, type, flags, places);
    default:
      throw valueError(`unsupported format character '${type}' (0x${type.codePointAt(0)!.toString(16)}) at index 0`);
  }
}

function cut(text: string, places: number | undefined): string {
  return places === undefined ? text : Array.from(text).slice(0, places).join('');
}

function character(value: Value): string {
  if (typeof value === 'string' && Array.from(value).length === 1) return value;
  if (typeof value === 'number' && value >= 0 && value <= 0x10ffff) return String.fromCodePoint(value);
  throw value !== null && typeof value === 'number'
    ? raised('OverflowError', '%c arg not in range(0x110000)')
    : typeError('%c requires int or char');
}

function signed(negative: boolean, flags: string): string {
  if (negative) return '-';
  return flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
}

function whole(value: Value, type: string, flags: string, places: number | undefined): Parts {
  const int = asBigint(value) ?? (value instanceof PyFloat ? BigInt(truncated(value.value)) : wholeOf(value));
  if (int === undefined) throw typeError(`%${type} format: a real number is required, not ${typeName(value)}`);
  const digits = textOf(int < 0n ? -int : int).padStart(places ?? 0, '0');
  return [signed(int < 0n, flags), digits];
}

/** Decimals say what they are as an int and as a float. */
interface Numeric {
  whole(): Value;
  float(): number;
}

function isNumeric(value: Value): value is PyObject & Numeric {
  return value instanceof PyObject && 'whole' in value && 'float' in value;
}

function wholeOf(value: Value): bigint | undefined {
  return isNumeric(value) ? asBigint(value.whole()) : undefined;
}

function radix(value: Value, type: string, flags: string, places: number | undefined): Parts {
  const int = asBigint(value);
  if (int === undefined) throw typeError(`%${type} format: an integer is required, not ${typeName(value)}`);
  const digits = (int < 0n ? -int : int).toString(type === 'o' ? 8 : 16).padStart(places ?? 0, '0');
  const mark = flags.includes('#') ? `0${type}` : '';
  return [signed(int < 0n, flags) + mark, type === 'X' ? digits.toUpperCase() : digits];
}

function floating(value: Value, type: string, flags: string, places: number | undefined): Parts {
  const number = isNumeric(value) ? value.float() : asNumber(value);
  if (number === undefined) throw typeError(`must be real number, not ${typeName(value)}`);
  const negative = number < 0 || Object.is(number, -0);
  const body = floatDigits(Math.abs(number), { type, precision: places, alternate: flags.includes('#') });
  return [signed(negative, flags), /[EFG]/.test(type) ? body.toUpperCase() : body];
}

function filled([sign, body]: Parts, size: number, left: boolean, flags: string, type: string): string {
  const missing = size - Array.from(sign + body).length;
  if (missing <= 0) return sign + body;
  if (left) return sign + body + ' '.repeat(missing);
  const zeros = flags.includes('0') && !'sra%c'.includes(type) && !/^(inf|nan)$/i.test(body);
  return zeros ? sign + '0'.repeat(missing) + body : ' '.repeat(missing) + sign + body;
}
