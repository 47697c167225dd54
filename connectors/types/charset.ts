import { convertedLiteral, textLiteral } from './literal.ts';
import type { Dialect } from './native.ts';

/** What a text column says of its characters. */
export interface Charset {
  readonly charset?: string;
  readonly collation?: string;
}

/** Charsets whose every value the server converts to utf8mb4 and back without loss. TiDB stores all its charsets as UTF-8. */
const exactCharsets = new Set(['utf8mb4', 'utf8mb3', 'latin1', 'ascii', 'binary']);

/** Whether a column may hold bytes that have no exact text in utf8mb4 (or several that have the same). */
export function inexact(type: Charset): boolean {
  return type.charset !== undefined && !exactCharsets.has(type.charset);
}

const tidbCollations = new Set([
  'utf8mb4_bin',
  'utf8mb4_general_ci',
  'utf8mb4_unicode_ci',
  'utf8mb4_0900_ai_ci',
  'utf8mb4_0900_bin',
  'utf8mb3_bin',
  'utf8mb3_general_ci',
  'utf8mb3_unicode_ci',
  'ascii_bin',
  'latin1_bin',
  'gbk_bin',
  'gbk_chinese_ci',
]);

/** Whether the server has the collation. TiDB's list is short; MySQL and MariaDB differ by families of names. */
function hasCollation(collation: string, dialect: Dialect): boolean {
  if (dialect === 'tidb') return tidbCollations.has(collation);
  if (dialect === 'mariadb') return !/_0900_|^gb18030_/.test(collation);
  return !/uca1400|_nopad_|_croatian_mysql561_/.test(collation);
}

/**
 * The nearest collation in utf8mb4. What decides, in order: values that were different must stay different in keys (so what tells accents
 * apart but not cases, or cases, becomes binary where nothing fits), then case and accents, then trailing spaces.
 */
function nearest(collation: string, dialect: Dialect): string {
  const caseless = /_ci$/.test(collation) && !/_as_ci$/.test(collation);
  const noPad = /_0900_|nopad/.test(collation);
  if (dialect === 'tidb') {
    if (!caseless) return 'utf8mb4_bin';
    return /general|swedish|german|danish|spanish|ascii/.test(collation) ? 'utf8mb4_general_ci' : 'utf8mb4_unicode_ci';
  }
  if (dialect === 'mariadb') {
    if (!caseless) return noPad ? 'utf8mb4_nopad_bin' : 'utf8mb4_bin';
    return noPad ? 'utf8mb4_unicode_520_nopad_ci' : 'utf8mb4_unicode_520_ci';
  }
  if (/_as_ci$/.test(collation)) return 'utf8mb4_0900_as_ci';
  if (!caseless) return noPad ? 'utf8mb4_0900_bin' : 'utf8mb4_bin';
  return noPad ? 'utf8mb4_0900_ai_ci' : 'utf8mb4_unicode_520_ci';
}

/** Charset and collation as the dialect can declare them; unchanged where it has both. */
export function targetCharset(type: Charset, dialect: Dialect): Charset {
  const { charset, collation } = type;
  if (charset === undefined || dialect === 'duckdb') return {};
  if (collation === undefined) return hasCollation(`${charset}_bin`, dialect) ? { charset } : { charset: 'utf8mb4' };
  if (hasCollation(collation, dialect)) return { charset, collation };
  return { charset: 'utf8mb4', collation: nearest(collation, dialect) };
}

/**
 * ` CHARACTER SET x COLLATE y`, or nothing. Every server takes `utf8mb3` for the 3-byte charset, but MySQL before 8.0.30 and TiDB know its
 * collations as `utf8_...` only, which the newer ones still take.
 */
export function charsetClause(type: Charset): string {
  const charset = type.charset === undefined ? '' : ` CHARACTER SET ${type.charset}`;
  const collation = type.collation === undefined ? '' : ` COLLATE ${type.collation.replace(/^utf8mb3_/, 'utf8_')}`;
  return charset + collation;
}

/** The most bytes a character takes. */
export function characterBytes(charset: string | undefined): number {
  if (charset === undefined || /^(utf8mb4|utf16|utf16le|utf32|gb18030)$/.test(charset)) return 4;
  if (/^(utf8mb3|ujis|eucjpms)$/.test(charset)) return 3;
  return /^(gbk|gb2312|big5|sjis|cp932|euckr|ucs2)$/.test(charset) ? 2 : 1;
}

/**
 * Text in utf8mb4 under binary comparison, for hashes and comparisons of exact bytes. On TiDB a cast gives the charset and collation of the
 * session, which are these, and is computed where the rows are stored, as CONVERT is not.
 */
export function exactText(expr: string, dialect: Dialect): string {
  if (dialect === 'duckdb') return `CAST(${expr} AS VARCHAR)`;
  return dialect === 'tidb' ? `CAST(${expr} AS CHAR)` : `CONVERT(${expr} USING utf8mb4) COLLATE utf8mb4_bin`;
}

/** A condition that is 0 for a value that does not come back from utf8mb4 as it was. */
export function exactCondition(expr: string, type: Charset, dialect: Dialect): string | undefined {
  if ((dialect !== 'mysql' && dialect !== 'mariadb') || !inexact(type)) return undefined;
  const back = `CONVERT(CONVERT(${expr} USING utf8mb4) USING ${type.charset})`;
  return `CAST(${back} AS BINARY) <=> CAST(${expr} AS BINARY)`;
}

/**
 * LOAD DATA reads with CHARACTER SET binary: blobs travel raw, and MySQL, MariaDB and TiDB notice text that is not UTF-8. The bytes go
 * straight into columns of UTF-8; other charsets need a conversion on MySQL and MariaDB. On TiDB conversion must not be asked for: it
 * stores '?' for invalid UTF-8 without a warning, and converts by itself.
 */
export function loadText(variable: string, type: Charset, dialect: Dialect): string | undefined {
  if (dialect !== 'mysql' && dialect !== 'mariadb') return undefined;
  if (type.charset === 'utf8mb4') return undefined;
  return `CONVERT(${variable} USING utf8mb4)`;
}

/** Text as a literal for a column of the charset. */
export function charsetLiteral(text: string, type: Charset, dialect: Dialect): string {
  return dialect === 'tidb' && inexact(type) ? convertedLiteral(text) : textLiteral(text, dialect);
}
