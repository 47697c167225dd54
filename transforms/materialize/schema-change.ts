import { millraceError } from '../../connectors/contract/index.ts';
import { type Dialect, widens } from '../../connectors/types/index.ts';
import type { ResultColumn } from '../adapter/adapter.ts';
import { relationText } from '../adapter/relation.ts';
import type { IncrementalBuild } from './build.ts';
import { storageType } from './storage-type.ts';

/** How the columns of a query differ from those of the table that it goes into. */
export interface ColumnDifference {
  readonly added: readonly ResultColumn[];
  readonly removed: readonly ResultColumn[];
  /** Columns of the query whose values the table's column does not hold. */
  readonly changed: readonly ResultColumn[];
}

/** What is done to the table, and which columns of the query go into it. */
export interface SchemaPlan {
  readonly add: readonly ResultColumn[];
  readonly drop: readonly ResultColumn[];
  readonly change: readonly ResultColumn[];
  readonly insert: readonly string[];
}

export function compareColumns(
  query: readonly ResultColumn[],
  table: readonly ResultColumn[],
  dialect: Dialect,
): ColumnDifference {
  const inTable = new Map(table.map((column) => [column.name.toLowerCase(), column]));
  const inQuery = new Set(query.map(({ name }) => name.toLowerCase()));
  return {
    added: query.filter(({ name }) => !inTable.has(name.toLowerCase())),
    removed: table.filter(({ name }) => !inQuery.has(name.toLowerCase())),
    changed: query.filter((column) => {
      const now = inTable.get(column.name.toLowerCase());
      return now !== undefined && !holds(now, column, dialect);
    }),
  };
}

/** Lengths and digits that a server tells of an expression are upper bounds: the table's own limits are kept by the rows themselves. */
function holds(table: ResultColumn, query: ResultColumn, dialect: Dialect): boolean {
  if (table.dataType === query.dataType) return true;
  const { type } = table;
  if (type.kind === 'text' && query.type.kind === 'text')
    return (type.length ?? NO_LIMIT) >= (query.type.length ?? NO_LIMIT);
  return widens(dialect === 'duckdb' ? query.type : bare(query), type, dialect);
}

const NO_LIMIT = Number.POSITIVE_INFINITY;

/** The type that the query's own table would have, without the room that is given on top. */
function bare({ type }: ResultColumn): ResultColumn['type'] {
  return type.kind === 'timestamp'
    ? { kind: 'datetime', fsp: type.fsp }
    : type.kind === 'text'
      ? type
      : storageLike(type);
}

function storageLike(type: ResultColumn['type']): ResultColumn['type'] {
  return type.kind === 'datetime' || type.kind === 'time' || type.kind === 'bytes' ? type : storageType(type);
}

/**
 * What `on_schema_change` makes of a difference. `ignore` leaves new columns out; a column that the query no longer gives is refused there, as
 * dbt refuses it.
 * @throws MillraceError `model.changed`
 */
export function planSchemaChange(
  { onSchemaChange, relation }: Pick<IncrementalBuild, 'onSchemaChange' | 'relation'>,
  query: readonly ResultColumn[],
  difference: ColumnDifference,
): SchemaPlan {
  const { added, removed, changed } = difference;
  const at = relationText(relation);
  const names = (columns: readonly ResultColumn[]) => columns.map(({ name }) => name);
  const all = { add: [], drop: [], change: [], insert: names(query) };
  switch (onSchemaChange) {
    case 'ignore':
      if (removed.length > 0)
        throw millraceError('model.changed', `${at}: the query no longer gives ${names(removed).join(', ')}`, { at });
      return { ...all, insert: names(query.filter((column) => !added.includes(column))) };
    case 'append_new_columns':
      return { ...all, add: added };
    case 'sync_all_columns':
      return { ...all, add: added, drop: removed, change: changed };
    case 'fail': {
      const told = [...listed('new', added), ...listed('gone', removed), ...listed('of another type', changed)];
      if (told.length > 0)
        throw millraceError('model.changed', `${at} has other columns than its query: ${told.join('; ')}`, { at });
      return all;
    }
  }
}

function listed(what: string, columns: readonly ResultColumn[]): string[] {
  return columns.length === 0
    ? []
    : [`${what}: ${columns.map(({ name, dataType }) => `${name} ${dataType}`).join(', ')}`];
}
