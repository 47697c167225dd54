import type { ColumnDefault } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';

/** A default that exists but that the server does not state exactly: binary defaults are cut at a zero byte (MySQL) or come as `?` (MariaDB, TiDB). */
export const unreadableDefault: ColumnDefault = { kind: 'expression', sql: '' };

/** What INFORMATION_SCHEMA.COLUMNS says about one column's default. */
export interface StatedDefault {
  readonly text: string | undefined;
  readonly dataType: string;
  readonly extra: string;
}

/** The default of a column; undefined: none, or NULL, which is the same for a nullable column. */
export function columnDefault(stated: StatedDefault, dialect: Dialect): ColumnDefault | undefined {
  const { text, dataType } = stated;
  if (text === undefined || /GENERATED/i.test(stated.extra.replace(/DEFAULT_GENERATED/i, ''))) return undefined;
  if (dialect === 'mariadb' && text.toUpperCase() === 'NULL') return undefined;
  if (dataType === 'binary' || dataType === 'varbinary') return binaryDefault(text, dialect);
  return dialect === 'mariadb' ? sqlDefault(text) : textDefault(stated, text, dialect);
}

/** `now()` in all its spellings as one; any other expression as it is. */
export function plainNow(sql: string): string {
  const digits = /^(?:current_timestamp|now|localtime|localtimestamp)(?:\((\d*)\))?$/i.exec(sql.trim());
  if (digits === null) return sql;
  return digits[1] === undefined || digits[1] === '' || digits[1] === '0'
    ? 'CURRENT_TIMESTAMP'
    : `CURRENT_TIMESTAMP(${digits[1]})`;
}

/**
 * MySQL keeps expressions of its dictionary escaped once more (`_utf8mb4\'it\\\'s\'`): the text as SHOW CREATE TABLE has it.
 * MariaDB and TiDB state them plainly.
 */
export function plainExpression(sql: string, dialect: Dialect): string {
  return dialect === 'mysql' ? unescaped(sql) : sql;
}

/** MySQL and TiDB state a literal by its value and mark expressions with DEFAULT_GENERATED; only temporal columns take a bare `now()`. */
function textDefault(stated: StatedDefault, text: string, dialect: Dialect): ColumnDefault {
  const generated = /DEFAULT_GENERATED/i.test(stated.extra);
  const temporal = stated.dataType === 'timestamp' || stated.dataType === 'datetime';
  if (temporal && plainNow(text) !== text.trim()) return { kind: 'expression', sql: plainNow(text) };
  if (temporal && /^CURRENT_TIMESTAMP/i.test(text)) return { kind: 'expression', sql: text };
  if (generated) return { kind: 'expression', sql: plainExpression(text, dialect) };
  return stated.dataType === 'bit' ? { kind: 'expression', sql: text } : { kind: 'value', text };
}

/** MariaDB states every default as SQL. */
function sqlDefault(text: string): ColumnDefault {
  const quoted = /^'((?:[^'\\]|''|\\.)*)'$/su.exec(text);
  if (quoted !== null) return { kind: 'value', text: unescaped(quoted[1]!.replaceAll("''", "'")) };
  if (/^-?[\d.]+(?:e[-+]?\d+)?$/i.test(text)) return { kind: 'value', text };
  return { kind: 'expression', sql: plainNow(text) };
}

function binaryDefault(text: string, dialect: Dialect): ColumnDefault | undefined {
  if (dialect === 'mysql') return unreadableDefault;
  const stated = dialect === 'mariadb' ? /^'([\x20-\x26\x28-\x3e\x40-\x5b\x5d-\x7e]*)'$/.exec(text)?.[1] : text;
  return stated === undefined || /[^\x20-\x7e]/.test(stated) ? unreadableDefault : { kind: 'value', text: stated };
}

const escapes: Readonly<Record<string, string>> = { '0': '\0', n: '\n', r: '\r', t: '\t', b: '\b', Z: '\x1a' };

function unescaped(text: string): string {
  return text.replace(/\\(.)/gsu, (_, char: string) => escapes[char] ?? char);
}
