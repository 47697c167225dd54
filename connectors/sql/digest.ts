import type { Column, ColumnType, CompareTable, HashName, Part, Range } from '../contract/index.ts';
import { canonicalSql, type Dialect, literalSql } from '../types/index.ts';
import { whereSql } from './keyset.ts';
import { quoteName, quoteTable, quoteText } from './quote.ts';

const hashFunctions: Readonly<Record<HashName, (text: string) => string>> = {
  md5: (text) => `MD5(${text})`,
  sha256: (text) => `SHA2(${text}, 256)`,
};

const dialects: readonly string[] = ['mysql', 'mariadb', 'tidb', 'duckdb'] satisfies Dialect[];

function peerOf({ peer }: CompareTable, own: Dialect): Dialect {
  return peer !== undefined && dialects.includes(peer) ? (peer as Dialect) : own;
}

/** What the SQL of one comparison is made from. */
export interface DigestTable {
  readonly table: CompareTable;
  readonly hash: HashName;
  readonly dialect: Dialect;
}

/** Key columns in key order. */
export function keyColumns({ columns, key }: CompareTable): Column[] {
  return key.map((name) => columns.find((column) => column.name === name)!);
}

/** The canonical text of a column's value; NULL for NULL. */
export function canonicalColumn(column: Column, table: CompareTable, dialect: Dialect): string {
  return canonicalSql(quoteName(column.name), column.type, dialect, peerOf(table, dialect));
}

/** Whether the text shared with the peer says less of a value than the one among tables of the own dialect. */
export function isPartial({ type }: Column, table: CompareTable, dialect: Dialect): boolean {
  return canonicalSql('v', type, dialect, peerOf(table, dialect)) !== canonicalSql('v', type, dialect);
}

/**
 * The hash of columns' texts, each `N` for NULL, else with its length in front. NULL where a text is larger than the server
 * lets an expression be: that must not pass for a value, so NULL is told by the column and not by its text.
 */
export function hashSql(columns: readonly Column[], { table, hash, dialect }: DigestTable): string {
  const texts = columns.map((column) => {
    const text = canonicalColumn(column, table, dialect);
    return `CASE WHEN ${quoteName(column.name)} IS NULL THEN 'N' ELSE CONCAT(LENGTH(${text}), ':', ${text}) END`;
  });
  return hashFunctions[hash](texts.length === 1 ? texts[0]! : `CONCAT(${texts.join(', ')})`);
}

/** A half of a hash as an unsigned integer. */
export function halfSql(from: 1 | 17): string {
  return `CAST(CONV(SUBSTR(h, ${from}, 16), 16, 10) AS UNSIGNED)`;
}

/** For each part with rows: its place among `parts`, rows, rows that have a hash, and the sums of both halves. */
export function digestsSql(of: DigestTable, parts: readonly Part[]): string {
  const { table } = of;
  // The count of hashes costs a third more: it is asked for only where one may be missing.
  const hashes = table.columns.some((column) => isLarge(column.type)) ? 'COUNT(h)' : 'COUNT(*)';
  return (
    `SELECT p, COUNT(*), ${hashes}, SUM(${halfSql(1)}), SUM(${halfSql(17)}) ` +
    `FROM (SELECT ${placeSql(of, parts)} AS p, ${hashSql(table.columns, of)} AS h ` +
    `FROM ${quoteTable(table.stream)} WHERE ${conditionSql(of, parts)}) AS rows_of_parts GROUP BY p`
  );
}

/** What `p` is in the answer to `digestsSql`, for each part. */
export function placeNames(parts: readonly Part[]): string[] {
  return parts.map(({ bucket }, i) => bucket ?? String(i));
}

/** Buckets are told by the key's hash, ranges by a search among their bounds that looks at few of them. */
function placeSql(of: DigestTable, parts: readonly Part[]): string {
  const digits = parts[0]?.bucket?.length;
  if (digits !== undefined) return `SUBSTR(${hashSql(keyColumns(of.table), of)}, 1, ${digits})`;
  return searchSql(of, parts, 0, parts.length);
}

function searchSql(of: DigestTable, parts: readonly Part[], from: number, to: number): string {
  if (to - from <= 1) return String(from);
  const middle = (from + to) >> 1;
  const [below] = boundsSql(of, { to: parts[middle]!.range!.from! });
  return `CASE WHEN ${below} THEN ${searchSql(of, parts, from, middle)} ELSE ${searchSql(of, parts, middle, to)} END`;
}

/** Rows of the parts, by hash of their key: that hash, the key, and the row's hash. */
export function rowsSql(of: DigestTable, parts: readonly Part[]): string {
  return orderedSql(of, parts, [hashSql(of.table.columns, of)]);
}

/** Rows of the parts, by hash of their key: that hash, the key, and the texts of all columns. */
export function textsSql(of: DigestTable, parts: readonly Part[]): string {
  const { table, dialect } = of;
  return orderedSql(
    of,
    parts,
    table.columns.map((column) => canonicalColumn(column, table, dialect)),
  );
}

function orderedSql(of: DigestTable, parts: readonly Part[], values: readonly string[]): string {
  const { table, dialect } = of;
  const key = keyColumns(table);
  const texts = key.map((column) => canonicalColumn(column, table, dialect));
  const select = [`${hashSql(key, of)} AS k`, ...texts, ...values].join(', ');
  return `SELECT ${select} FROM ${quoteTable(table.stream)} WHERE ${conditionSql(of, parts)} ORDER BY k`;
}

/** Rows, lowest and highest value of the first key column. */
export function extentSql(table: CompareTable, range: Range, dialect: Dialect): string {
  const [first] = keyColumns(table);
  const ends = ['MIN', 'MAX'].map((name) => canonicalSql(`${name}(${quoteName(first!.name)})`, first!.type, dialect));
  const conditions = [...tableConditions(table), ...rangeOf(first!, range, dialect)];
  return `SELECT COUNT(*), ${ends.join(', ')} FROM ${quoteTable(table.stream)} WHERE ${whereSql(conditions)}`;
}

/** Which rows of the table are compared at all. */
export function tableConditions({ where, equals }: CompareTable): string[] {
  return [
    ...(where === undefined ? [] : [where]),
    ...(equals === undefined ? [] : [`${quoteName(equals.column)} = ${quoteText(equals.value)}`]),
  ];
}

function conditionSql(of: DigestTable, parts: readonly Part[]): string {
  const [part] = parts;
  const buckets = parts.flatMap(({ bucket }) => (bucket === undefined ? [] : [`'${bucket}'`]));
  const ranges = buckets.length > 0 ? [part?.range ?? {}] : joined(parts.map(({ range = {} }) => range));
  const within = ranges.map((range) => whereSql(boundsSql(of, range)));
  const digits = part?.bucket?.length ?? 0;
  const all = buckets.length === 0 || buckets.length === 16 ** digits;
  return whereSql([
    ...tableConditions(of.table),
    within.join(' OR '),
    ...(all ? [] : [`${placeSql(of, parts)} IN (${buckets.join(', ')})`]),
  ]);
}

/** Ranges in ascending order, those that touch made one. */
function joined(ranges: readonly Range[]): Range[] {
  const result: { from?: string; to?: string }[] = [];
  for (const range of ranges) {
    const last = result.at(-1);
    if (last?.to === undefined || last.to !== range.from) result.push({ ...range });
    else if (range.to === undefined) delete last.to;
    else last.to = range.to;
  }
  return result;
}

function boundsSql({ table, dialect }: DigestTable, range: Range): string[] {
  return rangeOf(keyColumns(table)[0]!, range, dialect);
}

function rangeOf(column: Column, { from, to }: Range, dialect: Dialect): string[] {
  const literal = (text: string) => canonicalLiteral(text, column.type, dialect);
  const name = quoteName(column.name);
  return [
    ...(from === undefined ? [] : [`${name} >= ${literal(from)}`]),
    ...(to === undefined ? [] : [`${name} < ${literal(to)}`]),
  ];
}

/** A canonical text as a literal of the column's type: bytes are hex in their canonical text. */
export function canonicalLiteral(text: string, type: ColumnType, dialect: Dialect): string {
  const isHex = type.kind === 'bytes' || type.kind === 'bit';
  return literalSql(isHex ? Buffer.from(text, 'hex') : text, type, dialect);
}

/** Bytes that a column's text may have before rows are watched for texts that are too large. Servers take at least 1 MiB. */
const LARGE = 65_535;

export function isLarge(type: ColumnType): boolean {
  if (type.kind === 'text' || type.kind === 'bytes') return (type.bytes ?? (type.length ?? LARGE) * 4) >= LARGE;
  return type.kind === 'json' || type.kind === 'unknown' || type.kind === 'vector';
}
