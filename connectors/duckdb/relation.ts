import type { Column, ColumnType, MillraceError, Protection, StreamRequest, StreamSchema } from '../contract/index.ts';
import { canonicalSql, flowingColumn, requestedColumns, selectSql } from '../types/index.ts';
import { quoteName, quoteText } from './quote.ts';
import type { Session } from './session.ts';

/** How one column of a relation is read: an expression of its canonical text (bytes for bytes), and a condition that holds where that is exact. */
export interface ColumnSource {
  readonly value: string;
  readonly exact?: string;
}

/** A part of a relation that is read by one query, in an order that stays. */
export interface Part {
  /** What stands behind FROM. Its columns have the types and names of the stream. */
  readonly from: string;
  readonly where?: string;
  /** What says where to go on: the table's row ids, the count of rows so far, or nothing. */
  readonly mark: 'rowid' | 'offset' | 'none';
  /** Lines that are no rows can be rejected instead of ending the read. */
  readonly bearing?: Bearing;
}

/** A reader that goes on behind lines that are no rows. */
export interface Bearing {
  /** What stands behind FROM, as in `Part`. */
  readonly from: string;
  /**
   * The lines that the query left out, at most so many: known inside of its transaction, when it has ended. Throws `file.malformed` where
   * more than whole lines are lost.
   */
  readonly lines: (session: Session, most: number) => Promise<BadLine[]>;
}

/** A line of a file that is no row. */
export interface BadLine {
  readonly code: 'file.malformed' | 'row.too-large';
  readonly message: string;
  /** The line as it stands in the file. */
  readonly line: string;
}

/** Something that DuckDB can read as a stream. */
export interface Relation {
  readonly schema: StreamSchema;
  /** By the columns' names; absent ones are read by their type. */
  readonly columns: ReadonlyMap<string, ColumnSource>;
  /** What stands behind FROM for all of it. */
  readonly from: string;
  /** The lanes of a full read: the parts of each, in order. */
  readonly lanes: readonly (readonly Part[])[];
  /** Equal texts: nothing has changed, and marks of before still hold. */
  readonly fingerprint: string;
  /** Why not all of what was looked at are rows. */
  readonly broken?: MillraceError;
}

/** A relation as it will flow: columns chosen, taken as and protected. */
export interface Flow {
  readonly relation: Relation;
  readonly request: StreamRequest;
  readonly schema: StreamSchema;
  /** Expressions in order of `loadedColumns(schema)`, VARCHAR or BLOB. */
  readonly values: readonly string[];
  /** A condition for each of them, 'true' where nothing can go wrong. */
  readonly exact: readonly string[];
}

/** The columns of a flow that cannot be read: of types that millrace does not know, and nobody said how to take them. */
export function unreadable({ schema }: Flow): Column[] {
  return schema.columns.filter(({ type }) => type.kind === 'unknown' && type.as === undefined);
}

/** Throws `config.invalid` for names that the stream does not have. */
export function flowOf(relation: Relation, request: StreamRequest): Flow {
  const { schema } = relation;
  const chosen = requestedColumns(schema, request).filter((column) => column.generated === undefined);
  const sources = chosen.map((column) => sourceOf(relation, column, request.protect?.[column.name]));
  return {
    relation,
    request,
    schema: { ...schema, columns: chosen.map((column) => flowingColumn(column, request.protect?.[column.name])) },
    values: sources.map(({ value }) => value),
    exact: sources.map(({ exact }) => exact ?? 'true'),
  };
}

function sourceOf(relation: Relation, column: Column, protection: Protection | undefined): ColumnSource {
  const own = relation.columns.get(column.name) ?? typedSource(column);
  if (protection === undefined) return own;
  const name = quoteName(column.name);
  const exact = own.exact === undefined ? {} : { exact: own.exact };
  if (protection.kind === 'mask') return { ...exact, value: `CASE WHEN ${name} IS NOT NULL THEN '***' END` };
  return { ...exact, value: `sha256(${quoteText(protection.salt)} || ${canonicalSql(name, column.type, 'duckdb')})` };
}

/** Kinds whose cells are bytes. */
export function isBytes(type: ColumnType): boolean {
  return type.kind === 'bytes' || (type.kind === 'unknown' && type.as === 'bytes');
}

/** Dates that no other database has: BC, after 9999, infinity. */
const temporal = new Set<ColumnType['kind']>(['date', 'datetime', 'timestamp']);

function typedSource({ name, type }: Column): ColumnSource {
  const column = quoteName(name);
  if (type.kind === 'unknown' && type.as === undefined) return { value: 'NULL' };
  const { value, exact } = selectSql(column, type, 'duckdb');
  const text = isBytes(type) ? value : `CAST(${value} AS VARCHAR)`;
  if (temporal.has(type.kind))
    return { value: text, exact: `(isfinite(${column}) AND year(${column}) BETWEEN 1 AND 9999)` };
  return exact === undefined ? { value: text } : { value: text, exact };
}
