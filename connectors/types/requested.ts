import {
  type Column,
  type ColumnType,
  millraceError,
  type Protection,
  type StreamRequest,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';

/**
 * The columns of a stream that a request wants, in the stream's order, those of unknown type as it takes them. The key's and the cursor's
 * columns are always among them. Throws `config.invalid` for names that the stream does not have.
 */
export function requestedColumns(schema: StreamSchema, request: StreamRequest): Column[] {
  requireNames(schema, request);
  const { columns: chosen, exclude = [], cursor } = request;
  const always = new Set([...(schema.key ?? []), ...(cursor === undefined ? [] : [cursor])]);
  const wanted = (name: string) => (chosen?.includes(name) ?? true) && !exclude.includes(name);
  return schema.columns.filter(({ name }) => always.has(name) || wanted(name)).map((column) => taken(column, request));
}

function requireNames(schema: StreamSchema, request: StreamRequest): void {
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

const temporal = new Set<ColumnType['kind']>(['date', 'time', 'datetime', 'timestamp']);

/**
 * A column as the user asked to take it: one of unknown type as text or bytes; a date or time as its text, for targets that do not hold all
 * that a MySQL date can be. Any other type is carried exactly, and `take_as` on it is a mistake: `config.invalid`.
 */
function taken(column: Column, { stream, takeAs = {} }: StreamRequest): Column {
  const as = takeAs[column.name];
  if (as === undefined) return column;
  if (column.type.kind === 'unknown') return { ...column, type: { kind: 'unknown', as } };
  if (as === 'text' && temporal.has(column.type.kind))
    return { name: column.name, type: dateText, nullable: column.nullable };
  const at = `${streamText(stream)}.${column.name}`;
  throw millraceError(
    'config.invalid',
    `${at} is ${column.native ?? column.type.kind}, which cannot be taken as ${as}`,
    {
      at,
      fix: 'Leave it out of `take_as`: the type is carried as it is.',
    },
  );
}

/** The longest text of a date or time has 26 characters. */
const dateText: ColumnType = { kind: 'text', length: 26, charset: 'utf8mb4', collation: 'utf8mb4_bin' };

/** A column as it flows: protected, it is text of another length, and what else the source says of it no longer holds. */
export function flowingColumn(column: Column, protection: Protection | undefined): Column {
  if (protection === undefined) return column;
  const type: ColumnType = {
    kind: 'text',
    length: protection.kind === 'hash' ? 64 : 3,
    charset: 'utf8mb4',
    collation: 'utf8mb4_bin',
  };
  return { name: column.name, type, nullable: column.nullable };
}
