import type { Column, StreamSchema } from '../contract/index.ts';
import { type Dialect, keyset, literalSql, type Value } from '../types/index.ts';
import { quoteName } from './quote.ts';

/** A column that pages are ordered by. */
export type KeyColumn = Pick<Column, 'name' | 'type'>;

/** Values of the key columns where a page ended; in positions, so as plain JSON. */
export type KeyMark = readonly (string | { readonly hex: string })[];

/** The key's columns if pages can be ordered by all of them; undefined where there is no such key. */
export function pageKey(schema: StreamSchema): readonly KeyColumn[] | undefined {
  const columns = schema.key?.map((name) => schema.columns.find((column) => column.name === name)!);
  return columns?.every((column) => keyset(column.type)) ? columns : undefined;
}

/** Key values as a mark. Key columns are never NULL. */
export function keyMark(values: readonly Value[]): KeyMark {
  return values.map((value) => (typeof value === 'string' ? value : { hex: Buffer.from(value ?? []).toString('hex') }));
}

function markValue(part: KeyMark[number]): Value {
  return typeof part === 'string' ? part : Buffer.from(part.hex, 'hex');
}

/**
 * Rows behind a mark in key order: `a > 1 OR (a = 1 AND b > 2)`. Written so, not as a row comparison, because MySQL and TiDB read an index
 * range for it. The comparison is the column's own, with its collation, as is ORDER BY.
 */
export function behindSql(key: readonly KeyColumn[], mark: KeyMark, dialect: Dialect): string {
  const literals = key.map((column, i) => literalSql(markValue(mark[i]!), column.type, dialect));
  const names = key.map((column) => quoteName(column.name));
  const terms = key.map((_, i) => {
    const equal = names.slice(0, i).map((name, j) => `${name} = ${literals[j]}`);
    return [...equal, `${names[i]} > ${literals[i]}`].join(' AND ');
  });
  // The first column's bound alone lets every optimizer start the scan there.
  const start = key.length > 1 ? `${names[0]} >= ${literals[0]} AND ` : '';
  return terms.length === 1 ? terms[0]! : `${start}(${terms.map((term) => `(${term})`).join(' OR ')})`;
}

/** A range of the first key column: `from` is in it, `to` is not. */
export interface KeyRange {
  readonly from?: string;
  readonly to?: string;
}

export function rangeSql(key: readonly KeyColumn[], range: KeyRange, dialect: Dialect): string[] {
  const [first] = key;
  if (first === undefined) return [];
  const literal = (text: string) => literalSql(text, first.type, dialect);
  return [
    ...(range.from === undefined ? [] : [`${quoteName(first.name)} >= ${literal(range.from)}`]),
    ...(range.to === undefined ? [] : [`${quoteName(first.name)} < ${literal(range.to)}`]),
  ];
}

export function orderSql(key: readonly KeyColumn[]): string {
  return key.map((column) => quoteName(column.name)).join(', ');
}

/** Joins conditions; `TRUE` for none. Each is put in brackets, so that a user's `a OR b` stays whole. */
export function whereSql(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'TRUE' : conditions.map((condition) => `(${condition})`).join(' AND ');
}

/** Fewest rows that make a range of its own worth a lane. */
const RANGE_ROWS = 200_000;

/**
 * Cuts the values from `low` to `high` of an integer first key column into as many ranges of equal width as `rows` is worth, at most `most`; as
 * many for each of the `lanes` that run side by side, so that no lane is alone with the last. The first has no lower and the last no upper bound: together they cover every row, also rows that come later.
 */
export function cutRanges(low: bigint, high: bigint, rows: number, most: number, lanes = 1): KeyRange[] {
  const worth = Math.max(1, Math.min(most, Math.floor(rows / RANGE_ROWS)));
  const count = BigInt(worth > lanes ? worth - (worth % lanes) : worth);
  const width = high - low + 1n;
  const bounds = Array.from({ length: Number(count) - 1 }, (_, i) => low + (width * BigInt(i + 1)) / count);
  const distinct = [...new Set(bounds.map(String))];
  return [...distinct, undefined].map((to, i) => {
    const from = i === 0 ? undefined : distinct[i - 1];
    return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  });
}
