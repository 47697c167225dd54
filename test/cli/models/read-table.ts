import mysql from 'mysql2';

/**
 * What kind of values a column is declared to hold, in words that all databases share. Whole numbers are one kind: a boolean is one on
 * MySQL's family, where a sum of whole numbers is DECIMAL without digits behind the point, and HUGEINT on DuckDB.
 */
export type Kind =
  | 'whole'
  | `decimal with ${number}`
  | 'double'
  | 'text'
  | 'bytes'
  | 'date'
  | 'moment'
  | 'time'
  | 'json';

/** What is read of a table: names and kinds of its columns, and rows in an order that does not depend on the database. */
export interface ReadTable {
  readonly columns: readonly string[];
  readonly kinds: readonly Kind[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Rows of text as a client got them, each value in the one form of its kind. Texts stay as they are, with blanks at their end. */
export function readTable(
  columns: readonly string[],
  kinds: readonly Kind[],
  rows: readonly (readonly (string | null)[])[],
): ReadTable {
  const values = rows.map((row) => row.map((text, at) => (text === null ? null : oneForm(text, kinds[at]!))));
  return { columns, kinds, rows: sorted(values) };
}

function sorted(rows: readonly (readonly (string | null)[])[]): (readonly (string | null)[])[] {
  return rows.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

/** Digits are compared as text, all that are declared: nothing goes through a number but what is declared as a double. */
function oneForm(text: string, kind: Kind): string {
  if (kind.startsWith('decimal')) return padded(text, Number(kind.split(' ').at(-1)));
  if (kind === 'whole') return text === 'true' ? '1' : text === 'false' ? '0' : text;
  if (kind === 'double') return String(Number(text));
  return kind === 'moment' || kind === 'time' ? text.replace(/\.0*$|(\.\d*?)0+$/, '$1') : text;
}

/** TiDB gives `coalesce(x, 0)` of a view as `0`, though it says that two digits are behind the point. */
function padded(text: string, digits: number): string {
  const [whole, fraction = ''] = text.split('.');
  return `${whole}.${fraction.padEnd(digits, '0')}`;
}

/** The tables without some columns of some of them, which have to be there. */
export function without(
  tables: Record<string, ReadTable>,
  leftOut: Readonly<Record<string, readonly string[]>>,
): Record<string, ReadTable> {
  const kept = Object.entries(leftOut).map(([name, columns]) => {
    const table = tables[name]!;
    const places = columns.map((column) => table.columns.indexOf(column));
    if (places.includes(-1)) throw new Error(`${name} has only ${table.columns.join(', ')}`);
    const keep = <Value>(values: readonly Value[]) => values.filter((_, at) => !places.includes(at));
    const { columns: all, kinds, rows } = table;
    return [name, { columns: keep(all), kinds: keep(kinds), rows: sorted(rows.map(keep)) }] as const;
  });
  return { ...tables, ...Object.fromEntries(kept) };
}

/** As dbt has them: its seeds are of doubles where ours are exact, so that all numbers are compared as doubles. */
export function withoutDigits(tables: Record<string, ReadTable>): Record<string, ReadTable> {
  return Object.fromEntries(
    Object.entries(tables).map(([name, { columns, kinds, rows }]) => {
      const loose = kinds.map((kind) => (/^(?:whole|decimal|double)/.test(kind) ? 'double' : kind));
      return [name, readTable(columns, loose, rows)];
    }),
  );
}

const DUCKDB_WHOLE = /^(?:BOOLEAN|U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT))$/;

/** The kind of a column of DuckDB, by its type as DESCRIBE gives it. */
export function duckdbKind(type: string): Kind {
  if (DUCKDB_WHOLE.test(type)) return 'whole';
  const digits = /^DECIMAL\(\d+,(\d+)\)$/.exec(type)?.[1];
  if (digits !== undefined) return decimalWith(Number(digits));
  const kind = { VARCHAR: 'text', DOUBLE: 'double', FLOAT: 'double', DATE: 'date', TIMESTAMP: 'moment', TIME: 'time', BLOB: 'bytes', JSON: 'json' }[type]; // biome-ignore format: a table
  if (kind === undefined) throw new Error(`a column of type ${type}`);
  return kind as Kind;
}

const decimalWith = (digits: number): Kind => (digits === 0 ? 'whole' : `decimal with ${digits}`);

/** The number of the charset of bytes. */
const BINARY = 63;

const { Types } = mysql;
const MYSQL_KINDS: ReadonlyMap<number, Kind> = new Map([
  ...[Types.TINY, Types.SHORT, Types.INT24, Types.LONG, Types.LONGLONG, Types.YEAR].map((type) => [type, 'whole'] as const),
  ...[Types.FLOAT, Types.DOUBLE].map((type) => [type, 'double'] as const),
  ...[Types.DATETIME, Types.TIMESTAMP].map((type) => [type, 'moment'] as const),
  [Types.DATE, 'date'],
  [Types.TIME, 'time'],
  [Types.JSON, 'json'],
]); // biome-ignore format: a table

/** The kind of a column of MySQL's family, by the description that comes with rows. */
export function mysqlKind(type: number, digits: number, charset: number): Kind {
  if (type === Types.DECIMAL || type === Types.NEWDECIMAL) return decimalWith(digits);
  return MYSQL_KINDS.get(type) ?? (charset === BINARY ? 'bytes' : 'text');
}
