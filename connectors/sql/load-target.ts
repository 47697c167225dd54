import {
  loadedColumns,
  millraceError,
  type StreamName,
  type StreamSchema,
  streamText,
  type WriteMode,
} from '../contract/index.ts';
import { query } from './query.ts';
import { quoteText } from './quote.ts';
import type { Session } from './session.ts';
import { deletedAt } from './shape.ts';

/** Where a stream's rows go. */
export interface LoadTarget {
  /** The table that takes them: during an overwrite the one that is built beside. */
  readonly table: StreamName;
  readonly write: WriteMode;
  /** A column with the same text in every row; it joins the key. */
  readonly constant?: { readonly column: string; readonly value: string };
  /** Columns that the stream fills now. Rows from before one of them was added have what it was added with: its default. */
  readonly filled?: readonly string[];
}

/**
 * How rows are put in without harm to other rows. `insert`: a duplicate is refused; `replace`: by the one unique key;
 * `refill`: delete by key, then insert, because REPLACE would also swallow the rows that match another unique key;
 * `update`: INSERT ... ON DUPLICATE KEY UPDATE, which leaves alone the columns that are not loaded.
 */
export type LoadMethod = 'insert' | 'replace' | 'refill' | 'update';

/** What of a table decides the method. Names as the server has them. */
export interface TableShape {
  readonly columns: readonly string[];
  /** Columns of each unique key, the primary key among them. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** Triggers hang on it or foreign keys point at it: a REPLACE is a DELETE to them. */
  readonly watched: boolean;
}

/** Looks at a table that takes rows. Throws `database.missing`. */
export async function tableShape(session: Session, table: StreamName): Promise<TableShape> {
  const where = (schema: string, name: string) =>
    `${schema} = ${quoteText(table.namespace)} AND ${name} = ${quoteText(table.name)}`;
  const columns = await query(
    session,
    "SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE COALESCE(GENERATION_EXPRESSION, '') = '' AND " +
      where('TABLE_SCHEMA', 'TABLE_NAME'),
  );
  if (columns.length === 0) throw millraceError('database.missing', `table ${streamText(table)} does not exist`);
  const keys = await query(
    session,
    'SELECT INDEX_NAME, COLUMN_NAME FROM INFORMATION_SCHEMA.STATISTICS WHERE NON_UNIQUE = 0 AND ' +
      `${where('TABLE_SCHEMA', 'TABLE_NAME')} ORDER BY INDEX_NAME, SEQ_IN_INDEX`,
  );
  const watchers = await query(
    session,
    `SELECT 1 FROM INFORMATION_SCHEMA.TRIGGERS WHERE ${where('EVENT_OBJECT_SCHEMA', 'EVENT_OBJECT_TABLE')} ` +
      `UNION ALL SELECT 1 FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE WHERE ${where('REFERENCED_TABLE_SCHEMA', 'REFERENCED_TABLE_NAME')}`,
  );
  const byName = Map.groupBy(keys, ([name]) => String(name));
  return {
    columns: columns.map(([name]) => String(name)),
    uniqueKeys: [...byName.values()].map((parts) => parts.map(([, column]) => String(column))),
    watched: watchers.length > 0,
  };
}

/** The method for a target. Throws `target.unwritable` with the reason. */
export function loadMethod(target: LoadTarget, schema: StreamSchema, shape: TableShape): LoadMethod {
  if (target.write === 'append' || target.write === 'overwrite') return 'insert';
  const refuse = (why: string) =>
    millraceError('target.unwritable', `${streamText(target.table)} cannot take ${target.write}: ${why}`, {
      at: streamText(target.table),
    });
  if (schema.key === undefined) throw refuse('the stream has no key');
  const key = [...schema.key, ...(target.constant === undefined ? [] : [target.constant.column])];
  const others = shape.uniqueKeys.filter((columns) => !sameNames(columns, key));
  if (others.length === shape.uniqueKeys.length) throw refuse(`it has no unique key on (${key.join(', ')})`);
  const unloaded = minus(shape.columns, loadedNames(target, schema));
  const foreign = minus(unloaded, target.filled ?? []);
  if (others.length > 0 && foreign.length > 0) {
    throw refuse(`it has a second unique key and columns that the stream does not fill (${foreign.join(', ')})`);
  }
  if (others.length > 0) return 'refill';
  return unloaded.length > 0 || shape.watched ? 'update' : 'replace';
}

/** Names of the columns that a load fills. */
export function loadedNames(target: LoadTarget, schema: StreamSchema): string[] {
  return [
    ...loadedColumns(schema).map((column) => column.name),
    ...(target.constant === undefined ? [] : [target.constant.column]),
    ...(target.write === 'soft_delete' ? [deletedAt.name] : []),
  ];
}

/** Column names are the same in any case, on all servers. */
function minus(names: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others.map((name) => name.toLowerCase()));
  return names.filter((name) => !known.has(name.toLowerCase()));
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && minus(a, b).length === 0;
}
