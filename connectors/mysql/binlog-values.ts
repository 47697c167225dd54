import type { ColumnType } from '../contract/index.ts';
import type { Value } from '../types/index.ts';

/** A value that cannot be carried: the row is rejected. */
export class InexactValue extends Error {}

/** From the decoder's form of a value to its canonical one. Throws `InexactValue`. */
export type ReadValue = (raw: unknown) => Value;

/** Character sets whose text the decoder cannot get wrong. Of others it puts U+FFFD for what it does not know. */
const sureCharsets = new Set(['utf8', 'utf8mb3', 'utf8mb4', 'ascii']);

/** Types that the decoder does not give exactly, with the dialect's name for the user. JSON of MariaDB is text. */
export function isCarried(type: ColumnType, dialect: 'mysql' | 'mariadb'): boolean {
  if (type.kind === 'json') return dialect === 'mariadb';
  return !['uuid', 'inet4', 'inet6', 'vector', 'unknown'].includes(type.kind);
}

export function valueReader(type: ColumnType): ReadValue {
  const read = readerOf(type);
  return (raw) => (raw === null ? null : read(raw));
}

function readerOf(type: ColumnType): ReadValue {
  switch (type.kind) {
    case 'bytes':
    case 'bit':
      return readBytes;
    // Zero is counted from 1900 like all others.
    case 'year':
      return (raw) => (raw === 1900 ? '0' : readPlain(raw));
    case 'text':
    case 'enum':
    case 'set':
      return sureCharsets.has(type.charset ?? 'utf8mb4') ? readText : readKnownText;
    case 'json':
      return readText;
    case 'time':
      return readTime;
    default:
      return readPlain;
  }
}

function readPlain(raw: unknown): string {
  if (typeof raw === 'number') return Object.is(raw, -0) ? '-0' : String(raw);
  return readText(raw);
}

function readText(raw: unknown): string {
  if (typeof raw === 'string') return raw;
  if (typeof raw === 'number') return String(raw);
  throw new InexactValue(raw === undefined ? 'is no member of the column' : 'is not text');
}

/**
 * The decoder forgets a carry when it turns a negative time without a fraction round: minus one hour is `-00:63:64`. Hours, minutes and
 * seconds are 10, 6 and 6 bits of one number, so nothing is lost.
 */
function readTime(raw: unknown): string {
  const text = readText(raw);
  const parts = /^(-?)(\d+):(\d+):(\d+)(.*)$/.exec(text);
  if (parts === null) throw new InexactValue('is not a time');
  const [, sign = '', hours, minutes, seconds, fraction = ''] = parts;
  const packed = Number(hours) * 4096 + Number(minutes) * 64 + Number(seconds);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${sign}${two(packed >> 12)}:${two((packed >> 6) & 63)}:${two(packed & 63)}${fraction}`;
}

function readKnownText(raw: unknown): string {
  const text = readText(raw);
  if (text.includes('\uFFFD')) throw new InexactValue('holds characters that Unicode does not have');
  return text;
}

function readBytes(raw: unknown): Value {
  if (raw instanceof Uint8Array) return raw;
  if (typeof raw === 'string') return Buffer.from(raw, 'utf8');
  throw new InexactValue('is not bytes');
}
