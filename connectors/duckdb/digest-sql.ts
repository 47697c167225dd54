import { type Column, type CompareTable, type HashName, isRanged, type Part, type Range } from '../contract/index.ts';
import { canonicalSql, type Dialect, literalSql } from '../types/index.ts';
import { quoteName, quoteTable, quoteText } from './quote.ts';

const dialects: readonly string[] = ['mysql', 'mariadb', 'tidb', 'duckdb'] satisfies Dialect[];

function peerOf({ peer }: CompareTable): Dialect {
  return peer !== undefined && dialects.includes(peer) ? (peer as Dialect) : 'duckdb';
}

/** Key columns in key order. */
export function keyColumns({ columns, key }: CompareTable): Column[] {
  return key.map((name) => columns.find((column) => column.name === name)!);
}

/** The canonical text of a column's value, NULL for NULL. */
export function canonicalColumn({ name, type }: Column, table: CompareTable): string {
  return canonicalSql(quoteName(name), type, 'duckdb', peerOf(table));
}

/** Whether the text shared with the peer says less of a value than the own one. */
export function isPartial({ type }: Column, table: CompareTable): boolean {
  return canonicalSql('v', type, 'duckdb', peerOf(table)) !== canonicalSql('v', type, 'duckdb');
}

/** What is hashed: for each column `N` for NULL, else the bytes of the text, `:` and the text. */
function hashed(columns: readonly Column[], table: CompareTable, hash: HashName): string {
  const texts = columns.map((column) => {
    const text = canonicalColumn(column, table);
    return `CASE WHEN ${quoteName(column.name)} IS NULL THEN 'N' ELSE strlen(${text}) || ':' || (${text}) END`;
  });
  return `${hash}(${texts.join(' || ')})`;
}

/** 16 hex digits of a hash as an unsigned integer. */
function half(from: 1 | 17): string {
  return `CAST('0x' || substr(h, ${from}, 16) AS UBIGINT)`;
}

/** For each part with rows: its place among `parts` or its bucket, rows, and the sums of both halves. */
export function digestsSql(catalog: string, table: CompareTable, parts: readonly Part[], hash: HashName): string {
  return (
    `SELECT p::VARCHAR, count(*)::VARCHAR, sum(${half(1)}::HUGEINT)::VARCHAR, sum(${half(17)}::HUGEINT)::VARCHAR ` +
    `FROM (SELECT ${placeSql(table, parts, hash)} AS p, ${hashed(table.columns, table, hash)} AS h ` +
    `FROM ${quoteTable(catalog, table.stream)} WHERE ${conditions(table, parts)}) WHERE p IS NOT NULL GROUP BY p`
  );
}

/** What `p` is in the answer to `digestsSql`, for each part. */
export function placeNames(parts: readonly Part[]): string[] {
  return parts.map(({ bucket }, i) => bucket ?? String(i));
}

/** The place of a row among the parts, NULL where it is in none. Bounds ascend: the last that a row is not below decides. */
function placeSql(table: CompareTable, parts: readonly Part[], hash: HashName): string {
  const digits = parts[0]?.bucket?.length;
  if (digits !== undefined) {
    const prefix = `substr(${hashed(keyColumns(table), table, hash)}, 1, ${digits})`;
    const wanted = parts.map(({ bucket }) => quoteText(bucket!)).join(', ');
    return parts.length === 16 ** digits ? prefix : `CASE WHEN ${prefix} IN (${wanted}) THEN ${prefix} END`;
  }
  return searchSql(table, parts, 0, parts.length);
}

function searchSql(table: CompareTable, parts: readonly Part[], from: number, to: number): string {
  if (to - from <= 1)
    return `CASE WHEN ${within(table, parts[from]?.range ?? {}).join(' AND ') || 'true'} THEN ${from} END`;
  const middle = (from + to) >> 1;
  const [below] = within(table, { to: parts[middle]!.range!.from! });
  return `CASE WHEN ${below} THEN ${searchSql(table, parts, from, middle)} ELSE ${searchSql(table, parts, middle, to)} END`;
}

/** Rows of the parts, by hash of their key: that hash, the row's hash, and the key. */
export function rowsSql(catalog: string, table: CompareTable, parts: readonly Part[], hash: HashName): string {
  const key = keyColumns(table);
  const select = [
    `${hashed(key, table, hash)} AS k`,
    hashed(table.columns, table, hash),
    ...key.map((column) => canonicalColumn(column, table)),
  ];
  const inside = `${placeSql(table, parts, hash)} IS NOT NULL`;
  return `SELECT ${select.join(', ')} FROM ${quoteTable(catalog, table.stream)} WHERE ${conditions(table, parts)} AND ${inside} ORDER BY k`;
}

/** Rows, lowest and highest value of the first key column. */
export function extentSql(catalog: string, table: CompareTable, range: Range): string {
  const first = keyColumns(table)[0]!;
  const ends = isRanged(first.type)
    ? ['min', 'max'].map((name) => canonicalSql(`${name}(${quoteName(first.name)})`, first.type, 'duckdb'))
    : ['NULL::VARCHAR', 'NULL::VARCHAR'];
  return `SELECT count(*)::VARCHAR, ${ends.join(', ')} FROM ${quoteTable(catalog, table.stream)} WHERE ${conditions(table, [{ range }])}`;
}

/** Whole rows: the key, then all columns, of the rows whose key texts are among `keys`. */
export function fetchSql(catalog: string, table: CompareTable, keys: readonly (readonly (string | null)[])[]): string {
  const columns = keyColumns(table);
  const tuples = keys.map((key) => `(${key.map((text) => (text === null ? 'NULL' : quoteText(text))).join(', ')})`);
  const names = columns.map((_, i) => `k${i}`);
  const match = columns.map((column, i) => `${canonicalColumn(column, table)} IS NOT DISTINCT FROM k.k${i}`);
  const select = [...columns, ...table.columns].map((column) => canonicalColumn(column, table));
  return (
    `SELECT ${select.join(', ')} FROM ${quoteTable(catalog, table.stream)} AS t, (VALUES ${tuples.join(', ')}) AS k(${names.join(', ')}) ` +
    `WHERE ${[...tableConditions(table), ...match].join(' AND ')}`
  );
}

function tableConditions({ where, equals }: CompareTable): string[] {
  return [
    ...(where === undefined ? [] : [`(${where})`]),
    ...(equals === undefined ? [] : [`${quoteName(equals.column)} = ${quoteText(equals.value)}`]),
  ];
}

/** The table's own conditions and the span of all the parts: DuckDB skips row groups outside it. */
function conditions(table: CompareTable, parts: readonly Part[]): string {
  const from = parts[0]?.range?.from;
  const to = parts.at(-1)?.range?.to;
  const span = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  return [...tableConditions(table), ...within(table, span)].join(' AND ') || 'true';
}

function within(table: CompareTable, { from, to }: Range): string[] {
  const column = keyColumns(table)[0]!;
  const literal = (text: string) =>
    literalSql(column.type.kind === 'bytes' ? Buffer.from(text, 'hex') : text, column.type, 'duckdb');
  return [
    ...(from === undefined ? [] : [`${quoteName(column.name)} >= ${literal(from)}`]),
    ...(to === undefined ? [] : [`${quoteName(column.name)} < ${literal(to)}`]),
  ];
}
