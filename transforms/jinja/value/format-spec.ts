import { checkText, raised, typeError, valueError } from './error.ts';
import { asBigint, asNumber, exactFixed, PyFloat } from './number.ts';
import { PyObject, typeName, type Value } from './object.ts';
import { characters, textOf } from './text.ts';

/** Python's format specification, taken apart. */
interface Spec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly alternate: boolean;
  readonly width: number;
  readonly group: string;
  readonly precision: number | undefined;
  readonly type: string;
}

const SPEC = /^(?:(.)?([<>=^]))?([+\- ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([bcdeEfFgGnosxX%])?$/su;

function parse(text: string, value: Value): Spec {
  const match = SPEC.exec(text);
  if (match === null) throw valueError(`Invalid format specifier '${text}' for object of type '${typeName(value)}'`);
  const [, fill, align, sign, , alternate, zero, width, group, precision, type] = match;
  const numeric = typeof value !== 'string';
  checkText(Number(width ?? 0));
  checkText(Number(precision ?? 0));
  return {
    fill: fill ?? (zero === undefined || align !== undefined ? (zero === undefined ? ' ' : '0') : '0'),
    align: align ?? (zero === undefined ? (numeric ? '>' : '<') : numeric ? '=' : '<'),
    sign: sign ?? '-',
    alternate: alternate !== undefined,
    width: Number(width ?? 0),
    group: group ?? '',
    precision: precision === undefined ? undefined : Number(precision),
    type: type ?? '',
  };
}

/** `format(value, spec)`. @throws Raised ValueError or TypeError */
export function formatValue(value: Value, spec: string): string {
  if (spec === '') return textOf(value);
  const plain = value instanceof PyObject ? value.plain() : value;
  if (value instanceof Formattable) return value.format(spec);
  if (typeof plain === 'string') return formatText(plain, parse(spec, plain));
  if (typeof plain === 'boolean' || typeof plain === 'number' || typeof plain === 'bigint') {
    const parsed = parse(spec, plain);
    if (parsed.type === '' || 'bcdnoxX'.includes(parsed.type)) return formatInt(plain, parsed, spec);
    if (parsed.type === 's') throw unknownCode('s', value);
    return formatFloat(new PyFloat(asNumber(plain)!), parsed);
  }
  if (plain instanceof PyFloat) return formatFloat(plain, parse(spec, plain));
  throw typeError(`unsupported format string passed to ${typeName(value)}.__format__`);
}

/** What has format specifications of its own: dates and decimals. */
export abstract class Formattable extends PyObject {
  abstract format(spec: string): string;
}

function unknownCode(code: string, value: Value): Error {
  return valueError(`Unknown format code '${code}' for object of type '${typeName(value)}'`);
}

function formatText(text: string, spec: Spec): string {
  if (spec.type !== '' && spec.type !== 's') throw unknownCode(spec.type, text);
  if (spec.sign !== '-') throw valueError('Sign not allowed in string format specifier');
  if (spec.align === '=') throw valueError("'=' alignment not allowed in string format specifier");
  if (spec.alternate) throw valueError('Alternate form (#) not allowed in string format specifier');
  if (spec.group !== '') throw valueError(`Cannot specify '${spec.group}' with 's'.`);
  const kept = spec.precision === undefined ? text : [...characters(text)].slice(0, spec.precision).join('');
  return padded('', kept, spec);
}

/** Fills up to the width; between sign and digits where the alignment is `=`. */
function padded(prefix: string, body: string, spec: Spec): string {
  const missing = spec.width - characters(prefix).length - characters(body).length;
  if (missing <= 0) return prefix + body;
  if (spec.align === '=') return prefix + spec.fill.repeat(missing) + body;
  const left = spec.align === '>' ? missing : spec.align === '^' ? Math.floor(missing / 2) : 0;
  return spec.fill.repeat(left) + prefix + body + spec.fill.repeat(missing - left);
}

const RADIX: Readonly<Record<string, [number, string]>> = { b: [2, '0b'], o: [8, '0o'], x: [16, '0x'], X: [16, '0X'] };

function formatInt(value: Value, spec: Spec, text: string): string {
  const number = asBigint(value)!;
  if (spec.precision !== undefined) throw valueError('Precision not allowed in integer format specifier');
  if (spec.type === 'c') {
    if (number < 0n || number > 0x10ffffn) throw raised('OverflowError', '%c arg not in range(0x110000)');
    return padded('', String.fromCodePoint(Number(number)), text.includes('>') ? spec : { ...spec, align: '<' });
  }
  const size = number < 0n ? -number : number;
  const [radix, mark] = RADIX[spec.type] ?? [10, ''];
  if (radix === 10) textOf(value);
  const digits = radix === 16 && spec.type === 'X' ? size.toString(16).toUpperCase() : size.toString(radix);
  if (spec.group === ',' && radix !== 10) throw valueError(`Cannot specify ',' with '${spec.type}'.`);
  const prefix = signOf(number < 0n, spec) + (spec.alternate ? mark : '');
  return paddedNumber(prefix, digits, '', spec, radix === 10 ? 3 : 4);
}

function signOf(negative: boolean, spec: Spec): string {
  if (negative) return '-';
  return spec.sign === '-' ? '' : spec.sign;
}

function paddedNumber(prefix: string, whole: string, rest: string, spec: Spec, every: number): string {
  if (spec.group === '') return padded(prefix, whole + rest, spec);
  let digits = whole;
  if (spec.align === '=' && spec.fill === '0') {
    // Zeros that fill the width are grouped too.
    const room = spec.width - prefix.length - rest.length;
    while (grouped(digits, spec.group, every).length < room) digits = `0${digits}`;
    if (
      digits.length > whole.length &&
      digits.length % every === 1 &&
      grouped(digits, spec.group, every).length > room + 1
    ) {
      digits = digits.slice(1);
    }
  }
  return padded(prefix, grouped(digits, spec.group, every) + rest, spec);
}

function grouped(digits: string, mark: string, every: number): string {
  if (!/^[0-9a-f]+$/i.test(digits)) return digits;
  const parts: string[] = [];
  for (let end = digits.length; end > 0; end -= every) parts.unshift(digits.slice(Math.max(0, end - every), end));
  return parts.join(mark);
}

function formatFloat(float: PyFloat, spec: Spec): string {
  if (/[bcdosxX]/.test(spec.type)) throw unknownCode(spec.type, float);
  const negative = float.value < 0 || Object.is(float.value, -0);
  const size = Math.abs(float.value);
  let text = floatDigits(size, spec);
  if (/[EFG]/.test(spec.type)) text = text.toUpperCase();
  const [whole, rest] = split(text);
  return paddedNumber(signOf(negative, spec), whole, rest, spec, 3);
}

function split(text: string): [string, string] {
  const end = /[^0-9]/.exec(text)?.index ?? text.length;
  return end === 0 ? [text, ''] : [text.slice(0, end), text.slice(end)];
}

/** The digits of a float that is not negative, by the type of a specification. */
export function floatDigits(
  size: number,
  { type, precision, alternate }: Pick<Spec, 'type' | 'precision' | 'alternate'>,
): string {
  if (!Number.isFinite(size)) return (Number.isNaN(size) ? 'nan' : 'inf') + (type === '%' ? '%' : '');
  switch (type.toLowerCase()) {
    case 'f':
      return exactFixed(size, precision ?? 6);
    case '%':
      return `${exactFixed(size * 100, precision ?? 6)}%`;
    case 'e':
      return exponential(size, precision ?? 6);
    case 'g':
    case 'n':
      return general(size, precision ?? 6, alternate);
    default:
      if (precision === undefined) return textOf(new PyFloat(size));
      return withPoint(general(size, precision, alternate, 1));
  }
}

function withPoint(text: string): string {
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function exponential(size: number, precision: number): string {
  const [mantissa, exponent] = size.toExponential(Math.min(precision, 100)).split('e') as [string, string];
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

function general(size: number, precision: number, keepZeros: boolean, lessFixed = 0): string {
  const digits = Math.max(precision, 1);
  const exponent = size === 0 ? 0 : Number(size.toExponential(Math.min(digits - 1, 100)).split('e')[1]);
  const fixed = exponent >= -4 && exponent < digits - lessFixed;
  const text = fixed ? exactFixed(size, Math.max(0, digits - 1 - exponent)) : exponential(size, digits - 1);
  if (keepZeros) return text;
  return text.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '');
}
