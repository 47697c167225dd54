import { Bytes, Float, isMap, Moment, type Value } from './value.ts';

/** `str(value)` as Python gives it: names of tests, hashes and vars are made from it. */
export function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  return value instanceof Moment ? value.text : reprOf(value);
}

/** `repr(value)` as Python gives it. */
export function reprOf(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof Moment) return momentRepr(value);
  if (value instanceof Bytes) return bytesRepr(value.bytes);
  if (Array.isArray(value)) return `[${value.map(reprOf).join(', ')}]`;
  if (isMap(value)) return `{${[...value].map(([key, entry]) => `${reprOf(key)}: ${reprOf(entry)}`).join(', ')}}`;
  return value.size === 0 ? 'set()' : `{${[...value].map(reprOf).join(', ')}}`;
}

/** The shortest digits that read back, written as Python does: an exponent from 1e16 and below 1e-4; JavaScript agrees between. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([-+])(\d)$/, 'e$10$2');
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}

/** Most texts have nothing that is written otherwise. */
const BARE = /^[ !#-&(-[\]-~]*$/;

function quoted(text: string): string {
  if (BARE.test(text)) return `'${text}'`;
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = mark;
  for (const char of text) out += char === mark || char === '\\' ? `\\${char}` : printable(char);
  return out + mark;
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function printable(char: string): string {
  const named = NAMED[char];
  if (named !== undefined) return named;
  if (char === ' ' || !/[\p{C}\p{Z}]/u.test(char)) return char;
  const code = char.codePointAt(0)!;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}

function momentRepr({ kind, text }: Moment): string {
  const zone = /([-+])(\d\d):(\d\d)$/.exec(text);
  const clock = text.slice(0, zone?.index);
  const [year, month, day, hour, minute, second, micro] = (clock.match(/\d+/g) ?? []).map(Number);
  if (kind === 'date') return `datetime.date(${year}, ${month}, ${day})`;
  const parts = [year, month, day, hour, minute];
  if (second || micro) parts.push(second);
  if (micro) parts.push(micro);
  return `datetime.datetime(${parts.join(', ')}${zone === null ? '' : `, tzinfo=${zoneRepr(zone)}`})`;
}

function zoneRepr([, sign, hours, minutes]: RegExpExecArray): string {
  const seconds = Number(hours) * 3600 + Number(minutes) * 60;
  if (seconds === 0) return 'datetime.timezone.utc';
  if (sign === '+') return `datetime.timezone(datetime.timedelta(seconds=${seconds}))`;
  return `datetime.timezone(datetime.timedelta(days=-1, seconds=${86_400 - seconds}))`;
}

function bytesRepr(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => {
    const char = String.fromCharCode(byte);
    if (char === '\\') return '\\\\';
    if (NAMED[char] !== undefined) return NAMED[char];
    return byte >= 32 && byte < 127 ? char : `\\x${byte.toString(16).padStart(2, '0')}`;
  }).join('');
  if (!text.includes("'")) return `b'${text}'`;
  return text.includes('"') ? `b'${text.replaceAll("'", "\\'")}'` : `b"${text}"`;
}
