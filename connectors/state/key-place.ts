import { createHash } from 'node:crypto';
import { type ColumnType, isRanged, type RowKey } from '../contract/index.ts';

/** Beyond all integers, signed or not, and the hex digits of their places. */
const INTEGERS = 1n << 64n;
const INTEGER_DIGITS = 17;
/** The same of decimals that are ordered by their value, in digits of ten. */
const DECIMALS = 10n ** 40n;
const DECIMAL_DIGITS = 41;
const MICROS = 26;

/** A text in whose order the values of a type lie, as `Range` cuts them; empty for types that no range is cut over. */
export function placeOf(type: ColumnType, text: string): string {
  if (!isRanged(type)) return '';
  switch (type.kind) {
    case 'integer':
      return (INTEGERS + BigInt(text)).toString(16).padStart(INTEGER_DIGITS, '0');
    case 'decimal':
      return String(DECIMALS + scaled(text, type.scale)).padStart(DECIMAL_DIGITS, '0');
    case 'datetime':
    case 'timestamp':
      return (text.includes('.') ? text : `${text}.`).padEnd(MICROS, '0');
    default:
      return text.toLowerCase();
  }
}

function scaled(text: string, scale: number): bigint {
  const [whole, fraction = ''] = text.replace('-', '').split('.');
  const size = BigInt(`${whole}${fraction.padEnd(scale, '0').slice(0, scale)}`);
  return text.startsWith('-') ? -size : size;
}

/** The hash of a key's text, as `Comparer.rows` gives it by MD5. Values of a key are never NULL. */
export function keyHash(key: RowKey): Buffer {
  const texts = key.map((text) => `${Buffer.byteLength(text!)}:${text}`);
  return createHash('md5').update(texts.join('')).digest();
}
