import type { ColumnType } from '../contract/index.ts';
import {
  characterBytes,
  charsetClause,
  charsetLiteral,
  exactCondition,
  exactText,
  inexact,
  loadText,
  targetCharset,
} from './charset.ts';
import type { Family, OfKind } from './family.ts';
import { textOf } from './family.ts';
import type { Dialect } from './native.ts';

type Text = OfKind<'text'>;

/** Sizes of the TEXT and BLOB types in bytes, smallest first. */
export const lobSizes = [
  ['tiny', 255],
  ['', 65_535],
  ['medium', 16_777_215],
  ['long', 4_294_967_295],
] as const;

/** The declaration of the smallest TEXT or BLOB that has so many bytes. */
export function lobName(bytes: number | undefined, base: 'text' | 'blob'): string {
  const size = lobSizes.find(([, most]) => most >= (bytes ?? Number.POSITIVE_INFINITY));
  return `${size?.[0] ?? 'long'}${base}`;
}

/** The size of `mediumtext` and the like. */
export function lobBytes(name: string, base: 'text' | 'blob'): number | undefined {
  return lobSizes.find(([prefix]) => `${prefix}${base}` === name)?.[1];
}

function parseText(name: string, numbers: readonly number[]): Text | undefined {
  if (name === 'varchar') return { kind: 'text', ...(numbers[0] === undefined ? {} : { length: numbers[0] }) };
  if (name === 'char') return { kind: 'text', length: numbers[0] ?? 1, fixed: true };
  const bytes = lobBytes(name, 'text');
  return bytes === undefined ? undefined : { kind: 'text', bytes };
}

/** Longest VARCHAR that fits into a row on MySQL and MariaDB. */
const varcharBytes = 65_532;

function targetText(type: Text, dialect: Dialect): ColumnType {
  if (dialect === 'duckdb') return { kind: 'text' };
  const { charset: _, collation: __, ...size } = type;
  const target = { ...size, ...targetCharset(type, dialect) };
  const { length, fixed: ___, ...rest } = target;
  const most = (length ?? 0) * characterBytes(target.charset);
  // A charset with longer characters can make a VARCHAR too long for a row, and a TEXT hold fewer of them.
  if (length !== undefined && !target.fixed && most > varcharBytes && target.charset !== type.charset) {
    return { ...rest, bytes: most };
  }
  if (target.bytes !== undefined && target.charset !== type.charset) {
    return { ...target, bytes: Math.min(target.bytes * characterBytes(target.charset), 4_294_967_295) };
  }
  return target;
}

function declareText(type: Text, dialect: Dialect): string {
  if (dialect === 'duckdb') return 'VARCHAR';
  const size =
    type.length === undefined ? lobName(type.bytes, 'text') : `${type.fixed ? 'char' : 'varchar'}(${type.length})`;
  return size + charsetClause(type);
}

/** Whether each value in one charset has a value in the other. */
function charsetHolds(from: string | undefined, to: string | undefined): boolean {
  return from === to || to === 'utf8mb4' || from === 'ascii';
}

function widensText(from: Text, to: ColumnType, dialect: Dialect): boolean {
  if (to.kind !== 'text' || !charsetHolds(from.charset, to.charset)) return false;
  if (from.charset === to.charset && from.collation !== to.collation) return false;
  if (dialect === 'duckdb') return true;
  if (to.fixed && !from.fixed) return false;
  const room = to.length ?? Number.POSITIVE_INFINITY;
  if (from.length === undefined) {
    const grown =
      (from.bytes ?? Number.POSITIVE_INFINITY) * (from.charset === to.charset ? 1 : characterBytes(to.charset));
    return to.length === undefined && (to.bytes ?? Number.POSITIVE_INFINITY) >= Math.min(grown, 4_294_967_295);
  }
  if (to.length !== undefined) return room >= from.length;
  return (to.bytes ?? Number.POSITIVE_INFINITY) >= from.length * characterBytes(to.charset);
}

/** CHAR, VARCHAR and the TEXTs. */
export const text: Family<Text> = {
  parse(native, dialect) {
    if (dialect === 'duckdb') return native.name === 'varchar' ? { kind: 'text' } : undefined;
    const found = parseText(native.name, native.numbers);
    if (found === undefined) return undefined;
    const { charset, collation } = native;
    return {
      ...found,
      ...(charset === undefined ? {} : { charset }),
      ...(collation === undefined ? {} : { collation }),
    };
  },
  target: targetText,
  declare: declareText,
  widens: widensText,
  select(expr, type, dialect) {
    const exact = exactCondition(expr, type, dialect);
    return exact === undefined
      ? { value: expr }
      : { value: expr, exact: `IF(${exact}, '1', CONCAT('0', HEX(${expr})))` };
  },
  load: loadText,
  literal: (value, type, dialect) => charsetLiteral(textOf(value), type, dialect),
  canonical: (expr, _type, dialect) => exactText(expr, dialect),
  // The next page starts at the last key's text: where that may be inexact, rows could be passed over.
  keyset: (type) => !inexact(type),
  form: () => ({ as: 'text' }),
  ticdc: () => ({ tidb_type: 'TEXT' }),
};
