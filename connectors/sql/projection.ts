import {
  type Column,
  type ColumnType,
  loadedColumns,
  type Protection,
  type StreamRequest,
  type StreamSchema,
} from '../contract/index.ts';
import { canonicalSql, type Dialect, flowingColumn, requestedColumns, selectSql } from '../types/index.ts';
import { quoteName, quoteText } from './quote.ts';

/** A stream as it will flow, and the SELECT list that makes it so. */
export interface Projection {
  readonly schema: StreamSchema;
  /** Expressions in order of `loadedColumns(schema)`, then the check columns. */
  readonly select: string;
  /** Names of the columns that the check columns belong to, in order. */
  readonly exact: readonly string[];
  /** Key columns whose value in the row is the value that the table is ordered by; absent: the key does not travel as it is. */
  readonly rowKey: readonly string[] | undefined;
}

/** Columns chosen, taken as and protected; key and cursor always travel. Throws `config.invalid` for names that the table does not have. */
export function project(schema: StreamSchema, request: StreamRequest, dialect: Dialect): Projection {
  const columns = requestedColumns(schema, request);
  const flowing = {
    ...schema,
    columns: columns.map((column) => flowingColumn(column, request.protect?.[column.name])),
  };
  const loaded = columns.filter((column) => column.generated === undefined);
  const selections = loaded.map((column) => selection(column, request.protect?.[column.name], dialect));
  const exact = loaded.filter((_, i) => selections[i]!.exact !== undefined).map((column) => column.name);
  const checks = selections.flatMap(({ exact: check }) => (check === undefined ? [] : [check]));
  return {
    schema: flowing,
    select: [...selections.map(({ value }) => value), ...checks].join(', '),
    exact,
    rowKey: travelsWhole(flowing, request) ? flowing.key : undefined,
  };
}

function travelsWhole(schema: StreamSchema, { protect = {} }: StreamRequest): boolean {
  const loaded = new Set(loadedColumns(schema).map((column) => column.name));
  return schema.key?.every((name) => loaded.has(name) && protect[name] === undefined) ?? false;
}

function selection(column: Column, protection: Protection | undefined, dialect: Dialect) {
  const name = quoteName(column.name);
  if (protection === undefined) return selectSql(name, column.type, dialect);
  return { value: protectedSql(name, column.type, protection, dialect), exact: undefined };
}

/** A protected column's value as SQL: hex SHA-256 of the salt and the canonical text, or `***`; NULL stays NULL. */
export function protectedSql(expr: string, type: ColumnType, protection: Protection, dialect: Dialect): string {
  if (protection.kind === 'mask') return `IF(${expr} IS NULL, NULL, '***')`;
  return `SHA2(CONCAT(${quoteText(protection.salt)}, ${canonicalSql(expr, type, dialect)}), 256)`;
}
