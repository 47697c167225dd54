import {
  type Column,
  type ColumnType,
  loadedColumns,
  millraceError,
  type Protection,
  type StreamRequest,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import { canonicalSql, type Dialect, selectSql } from '../types/index.ts';
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
  requireColumns(schema, request);
  const key = schema.key ?? [];
  const included = (column: Column) =>
    key.includes(column.name) ||
    column.name === request.cursor ||
    ((request.columns?.includes(column.name) ?? true) && !(request.exclude?.includes(column.name) ?? false));
  const columns = schema.columns.filter(included).map((column) => taken(column, request));
  const flowing = { ...schema, columns: columns.map((column) => guarded(column, request.protect?.[column.name])) };
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

function requireColumns(schema: StreamSchema, request: StreamRequest): void {
  const names = new Set(schema.columns.map((column) => column.name));
  const { columns = [], exclude = [], protect = {}, takeAs = {}, cursor } = request;
  const asked = [
    ...columns,
    ...exclude,
    ...Object.keys(protect),
    ...Object.keys(takeAs),
    ...(cursor === undefined ? [] : [cursor]),
  ];
  const missing = asked.filter((name) => !names.has(name));
  if (missing.length === 0) return;
  const at = streamText(schema.stream);
  throw millraceError('config.invalid', `${at} has no column ${missing.map((name) => `\`${name}\``).join(', ')}`, {
    at,
  });
}

/** A column of unknown type becomes what the user asked to take it as. */
function taken(column: Column, { takeAs = {} }: StreamRequest): Column {
  const as = takeAs[column.name];
  return as === undefined || column.type.kind !== 'unknown' ? column : { ...column, type: { kind: 'unknown', as } };
}

/** A protected column is text of another length; what else the source says of it no longer holds. */
function guarded(column: Column, protection: Protection | undefined): Column {
  if (protection === undefined) return column;
  const type: ColumnType = {
    kind: 'text',
    length: protection.kind === 'hash' ? 64 : 3,
    charset: 'utf8mb4',
    collation: 'utf8mb4_bin',
  };
  return { name: column.name, type, nullable: column.nullable };
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
