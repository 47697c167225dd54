import { Bytes, Float, Moment, type Value } from './value.ts';

/**
 * How PyYAML's SafeLoader reads a scalar: YAML 1.1 with the regular expressions of its resolver and the arithmetic of its constructor
 * (PyYAML 6, `resolver.py` and `constructor.py`).
 */

/** What cannot be made into a value; the file and line are added by who knows them. */
export class ScalarError extends Error {}

/** A plain scalar that stands for `<<`. */
export const MERGE = Symbol('merge');

const INT =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const TIMESTAMP =
  /^(?:\d\d\d\d-\d\d-\d\d|\d\d\d\d-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/;

const WORDS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
]);

/** @throws ScalarError for a number or date that has the form of one but is none, as `2024-02-31` */
export function plainScalar(text: string): Value | typeof MERGE {
  const first = text.charCodeAt(0);
  // Digits, `+`, `-` and `.` begin numbers and dates; no word begins with one.
  if ((first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e) return numeric(text);
  if (text.length <= 5) {
    const word = WORDS.get(text);
    if (word !== undefined) return word;
    if (text === '<<') return MERGE;
    if (text === '=') throw new ScalarError('`=` alone has a meaning of its own in YAML 1.1 that is not read');
  }
  return text;
}

function numeric(text: string): Value {
  if (FLOAT.test(text)) return new Float(floatOf(text));
  if (INT.test(text)) return intOf(text);
  return TIMESTAMP.test(text) ? momentOf(text) : text;
}

/** A scalar with a tag of YAML 1.1, as `!!int "12"`. @throws ScalarError where the text does not fit, or for a tag that is not read */
export function taggedScalar(tag: string, text: string): Value {
  switch (tag) {
    case 'tag:yaml.org,2002:str':
      return text;
    case 'tag:yaml.org,2002:null':
      return null;
    case 'tag:yaml.org,2002:bool': {
      const found = WORDS.get(text.toLowerCase());
      if (typeof found !== 'boolean') throw new ScalarError(`'${text}' is not a boolean`);
      return found;
    }
    case 'tag:yaml.org,2002:int':
      return intOf(text);
    case 'tag:yaml.org,2002:float':
      return new Float(floatOf(text));
    case 'tag:yaml.org,2002:timestamp':
      if (!TIMESTAMP.test(text)) throw new ScalarError(`'${text}' is not a timestamp`);
      return momentOf(text);
    case 'tag:yaml.org,2002:binary':
      return binaryOf(text);
    default:
      throw new ScalarError(`the tag ${tag} is not read`);
  }
}

function splitSign(text: string): { negative: boolean; digits: string } {
  const digits = text.replaceAll('_', '');
  return { negative: digits.startsWith('-'), digits: digits.replace(/^[-+]/, '') };
}

/** An int in its one form: a number where that is safe. */
function intOf(text: string): number | bigint {
  const { negative, digits } = splitSign(text);
  const size = sizeOf(digits, text);
  const value = negative ? -size : size;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function sizeOf(digits: string, text: string): bigint {
  try {
    if (digits.includes(':')) return digits.split(':').reduce((sum, part) => sum * 60n + wholeOf(part), 0n);
    if (/^0b/.test(digits)) return BigInt(checked(digits, /^0b[01]+$/));
    if (/^0x/.test(digits)) return BigInt(checked(digits, /^0x[0-9a-f]+$/i));
    if (digits.startsWith('0') && digits !== '0') return BigInt(`0o${checked(digits, /^0[0-7]+$/)}`);
    return wholeOf(digits);
  } catch {
    throw new ScalarError(`'${text}' is not an integer`);
  }
}

function checked(digits: string, form: RegExp): string {
  if (!form.test(digits)) throw new ScalarError(digits);
  return digits;
}

function wholeOf(digits: string): bigint {
  return BigInt(checked(digits, /^\d+$/));
}

function floatOf(text: string): number {
  const { negative, digits } = splitSign(text.toLowerCase());
  const sign = negative ? -1 : 1;
  if (digits === '.inf') return sign * Number.POSITIVE_INFINITY;
  if (digits === '.nan') return Number.NaN;
  if (digits.includes(':')) return sign * sexagesimal(digits);
  if (!/^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/.test(digits)) throw new ScalarError(`'${text}' is not a number`);
  return sign * Number(digits);
}

/** Summed from the smallest part up, as the sum is rounded so. */
function sexagesimal(digits: string): number {
  let [value, base] = [0, 1];
  for (const part of digits.split(':').reverse()) {
    value += Number(part) * base;
    base *= 60;
  }
  return value;
}

const MOMENT =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|([-+])(\d\d?)(?::(\d\d))?))?)?$/;

function momentOf(text: string): Moment {
  const [, year, month, day, hour, minute, second, fraction, zone, sign, zoneHour, zoneMinute] = MOMENT.exec(text)!;
  const date = `${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}`;
  const valid = Number(year) > 0 && isDay(Number(year), Number(month), Number(day));
  if (!valid || Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 59) {
    throw new ScalarError(`'${text}' has the form of a date but is none: put quotes around it`);
  }
  if (hour === undefined) return new Moment('date', date);
  const micros = (fraction ?? '').slice(0, 6).padEnd(6, '0');
  const time = `${hour.padStart(2, '0')}:${minute}:${second}${Number(micros) === 0 ? '' : `.${micros}`}`;
  return new Moment('datetime', `${date} ${time}${zoneText(zone, sign, zoneHour, zoneMinute, text)}`);
}

function zoneText(zone?: string, sign?: string, hours?: string, minutes?: string, text?: string): string {
  if (zone === undefined) return '';
  if (sign === undefined) return '+00:00';
  const total = Number(hours) * 60 + Number(minutes ?? 0);
  if (total >= 1440) throw new ScalarError(`'${text}' has a zone of a day or more: put quotes around it`);
  const of = (part: number) => String(part).padStart(2, '0');
  return `${total === 0 ? '+' : sign}${of(Math.floor(total / 60))}:${of(total % 60)}`;
}

function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

function binaryOf(text: string): Bytes {
  const digits = text.replace(/[^A-Za-z0-9+/=]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(digits)) {
    throw new ScalarError('not base64');
  }
  return new Bytes(Buffer.from(digits, 'base64'));
}
