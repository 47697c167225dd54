import type { Column } from '../contract/index.ts';
import { quoteName } from '../sql/index.ts';
import { canonicalSql } from '../types/index.ts';

/**
 * The hash of a row for comparisons with the same table at another TSO. Both are made by one server of columns of equal types, so that texts need
 * not be those of other databases: a value is written once, where canonical texts are for some types made of many parts. NULL where the text is
 * larger than the server lets an expression be.
 */
export function rowHashSql(columns: readonly Column[]): string {
  const nulls = columns.filter(({ nullable }) => nullable).map(({ name }) => `ISNULL(${quoteName(name)})`);
  const parts = [
    ...(nulls.length === 0 ? [] : [nulls.length === 1 ? nulls[0]! : `CONCAT(${nulls.join(', ')})`]),
    ...columns.flatMap(texts),
  ];
  // CONCAT_WS leaves NULLs out: which they are is said before.
  return `MD5(CONCAT_WS(',', ${parts.join(', ')}))`;
}

/** Texts without a comma, or with their length in front, or that tell themselves where they end. */
function texts({ name, type }: Column): string[] {
  const value = quoteName(name);
  switch (type.kind) {
    case 'text':
      return [`LENGTH(${value})`, `CAST(${value} AS CHAR)`];
    case 'float':
      return [type.bits === 32 || type.precision !== undefined ? `${value} * 1e0` : value];
    case 'enum':
    case 'set':
    case 'bit':
      return [`${value} + 0`];
    case 'integer':
    case 'decimal':
    case 'year':
    case 'date':
    case 'time':
    case 'datetime':
    case 'timestamp':
      return [value];
    case 'json':
    case 'bytes':
    case 'vector':
      return [canonicalSql(value, type, 'tidb')];
    default: {
      const text = canonicalSql(value, type, 'tidb');
      return [`LENGTH(${text})`, text];
    }
  }
}

/** A half of a hash `h` as an unsigned integer. */
export function halfSql(from: 1 | 17): string {
  return `CAST(CONV(SUBSTR(h, ${from}, 16), 16, 10) AS UNSIGNED)`;
}

/** Bytes of a row's values from which on its hash may be missing. Servers take texts of at least 1 MiB, and bytes are written twice as long. */
const LARGE = 250_000;

/** Whether a row is so large that its hash has to be looked at; undefined: no row is. */
export function isLargeSql(columns: readonly Column[]): string | undefined {
  const sizes = columns.filter(isWide).map((column) => `COALESCE(LENGTH(${sized(column)}), 0)`);
  return sizes.length === 0 ? undefined : `${sizes.join(' + ')} > ${LARGE}`;
}

function sized({ name, type }: Column): string {
  const value = quoteName(name);
  return type.kind === 'text' || type.kind === 'bytes' ? value : canonicalSql(value, type, 'tidb');
}

/** A VARCHAR of usual length cannot make a row large, unless there are very many of them. */
function isWide({ type }: Column): boolean {
  if (type.kind === 'text' || type.kind === 'bytes') return type.length === undefined || type.length > 255;
  return type.kind === 'json' || type.kind === 'vector' || type.kind === 'unknown';
}
