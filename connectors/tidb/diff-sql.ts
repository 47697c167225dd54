import type { CompareTable } from '../contract/index.ts';
import { quoteName, quoteTable, tableConditions, whereSql } from '../sql/index.ts';
import { canonicalSql } from '../types/index.ts';
import { type Bound, belowSql, type KeyOrder, type KeySpan, spanSql } from './key-span.ts';
import { halfSql, isLargeSql, rowHashSql } from './row-hash.ts';

/** A table to be compared with itself at another TSO. */
export interface DiffTable {
  readonly table: CompareTable;
  /** What its rows lie by. Integers are cut evenly. */
  readonly order: KeyOrder;
}

export function isCutEvenly({ order }: DiffTable): boolean {
  return order[0]!.type.kind === 'integer';
}

/**
 * For each piece with rows: its place among the pieces, rows, rows that are so large that their hash may be missing, both halves of all hashes,
 * and the ends of the first column where it is cut evenly. XOR and not sums: the key is in the hash, so no two rows are equal and cancel each
 * other out.
 */
export function piecesSql(of: DiffTable, span: KeySpan, cuts: readonly Bound[]): string {
  const { columns } = of.table;
  const ends = isCutEvenly(of) ? ', MIN(k), MAX(k)' : '';
  return (
    `SELECT p, COUNT(*), SUM(l), BIT_XOR(${halfSql(1)}), BIT_XOR(${halfSql(17)})${ends} FROM (` +
    `SELECT ${placeSql(of.order, cuts, 0, cuts.length)} AS p, ${quoteName(of.order[0]!.name)} AS k, ` +
    `${isLargeSql(columns) ?? '0'} AS l, ${rowHashSql(columns)} AS h ` +
    `FROM ${fromSql(of, [span])}) AS rows_of_pieces GROUP BY p`
  );
}

/** Rows of a span that have no hash. */
export function hashlessSql(of: DiffTable, span: KeySpan): string {
  return `SELECT COUNT(*) FROM ${fromSql(of, [span])} AND ${rowHashSql(of.table.columns)} IS NULL`;
}

/** A search among the cuts that looks at few of them. */
function placeSql(order: KeyOrder, cuts: readonly Bound[], first: number, last: number): string {
  if (first === last) return String(first);
  const middle = (first + last) >> 1;
  const [below, behind] = [placeSql(order, cuts, first, middle), placeSql(order, cuts, middle + 1, last)];
  return `CASE WHEN ${belowSql(order, cuts[middle]!)} THEN ${below} ELSE ${behind} END`;
}

/** Key and hash of each row of the spans. */
export function hashesSql(of: DiffTable, spans: readonly KeySpan[]): string {
  return `SELECT ${[...keyTexts(of), rowHashSql(of.table.columns)].join(', ')} FROM ${fromSql(of, spans)}`;
}

/** No column of a user's table. */
const PLACE = '_millrace_place';

/** Every `step`th row of the first `limit` rows of a span, as bounds over all columns of the order. */
export function boundsSql(of: DiffTable, span: KeySpan, step: number, limit?: number): string {
  const names = of.order.map(({ name }) => quoteName(name)).join(', ');
  const texts = of.order.map(({ name, type }) => canonicalSql(quoteName(name), type, 'tidb')).join(', ');
  const most = limit === undefined ? '' : ` ORDER BY ${names} LIMIT ${limit}`;
  return (
    `SELECT ${texts} FROM (SELECT ${names}, ROW_NUMBER() OVER (ORDER BY ${names}) AS ${PLACE} FROM (` +
    `SELECT ${names} FROM ${fromSql(of, [span])}${most}) AS some) AS numbered WHERE MOD(${PLACE}, ${step}) = 0 ORDER BY ${PLACE}`
  );
}

/** Lowest and highest value of the first column, which no filter makes dear. */
export function endsSql({ table, order }: DiffTable): string {
  const name = quoteName(order[0]!.name);
  return `SELECT MIN(${name}), MAX(${name}) FROM ${quoteTable(table.stream)}`;
}

export function countSql({ table }: DiffTable): string {
  return `SELECT COUNT(*) FROM ${quoteTable(table.stream)}`;
}

function keyTexts({ table }: DiffTable): string[] {
  const { columns, key } = table;
  const typeOf = (name: string) => columns.find((column) => column.name === name)!.type;
  return key.map((name) => canonicalSql(quoteName(name), typeOf(name), 'tidb'));
}

function fromSql({ table, order }: DiffTable, spans: readonly KeySpan[]): string {
  const within = spans.map((span) => whereSql(spanSql(order, span))).join(' OR ');
  return `${quoteTable(table.stream)} WHERE ${whereSql([...tableConditions(table), within])}`;
}
