import { millraceError } from '../contract/index.ts';
import type { Dialect } from './native.ts';

/** Bytes as a literal; needs no escaping under any sql_mode. */
export function bytesLiteral(bytes: Uint8Array, dialect: Dialect): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  return dialect === 'duckdb' ? `unhex('${hex}')` : `x'${hex}'`;
}

/**
 * Text as a literal; needs no escaping under any sql_mode. The servers convert a `_utf8mb4` constant to the charset of the column that it
 * is compared with, so that an index on a latin1 or gbk column is still used (EXPLAIN says range on MySQL, MariaDB and TiDB).
 */
export function textLiteral(text: string, dialect: Dialect): string {
  if (dialect === 'duckdb') return duckdbText(text);
  return `_utf8mb4 ${bytesLiteral(Buffer.from(text, 'utf8'), dialect)}`;
}

/** DuckDB's statements end at a zero character. */
function duckdbText(text: string): string {
  if (text.includes('\0')) return `DECODE(${bytesLiteral(Buffer.from(text, 'utf8'), 'duckdb')})`;
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Text as a value for TiDB where it takes an introduced constant for plain bytes: in gbk and JSON columns. In a comparison it would have its
 * own collation instead of the column's.
 */
export function convertedLiteral(text: string): string {
  return `CONVERT(${bytesLiteral(Buffer.from(text, 'utf8'), 'tidb')} USING utf8mb4)`;
}

/** Text that stands in SQL as it is. Throws `value.malformed` if it does not have the form that the type's values have. */
export function bareLiteral(text: string, form: RegExp, kind: string): string {
  if (!form.test(text)) {
    throw millraceError(
      'value.malformed',
      `A value of type ${kind} is not written as one: ${JSON.stringify(text.slice(0, 80))}`,
    );
  }
  return text;
}

export const integerForm = /^-?\d+$/;
export const decimalForm = /^-?\d+(\.\d+)?$/;
export const temporalForm = /^-?[\d:. -]+$/;
export const vectorForm = /^\[[-+.,\deE ]*\]$/;
