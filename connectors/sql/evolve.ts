import type { Action, Column, Index, StreamName, StreamSchema } from '../contract/index.ts';
import { type Dialect, targetType } from '../types/index.ts';
import { alterColumnsSql, createTableSql, laterIndexes } from './ddl.ts';
import { addIndexesSql, indexMeaning } from './ddl-index.ts';
import { type ColumnChange, columnChange, unfed } from './evolve-column.ts';

/** How to come from an existing table to a wanted shape. `refused`: sentences; then nothing is done. */
export interface Evolution {
  readonly actions: readonly Action[];
  readonly refused: readonly string[];
}

/** The one step that makes a table; its secondary indexes come later (`missingIndexes`). */
export function createActions(wanted: StreamSchema, dialect: Dialect): Action[] {
  const summary = `create table with ${wanted.columns.length} columns, ${keyText(wanted.key)}`;
  return [{ table: wanted.stream, summary, sql: createTableSql(wanted, dialect), effect: 'safe' }];
}

/**
 * Steps that make an existing table hold the wanted rows: columns are added and widened, never dropped; one that gets no values becomes NULL.
 * Narrowing is destructive; another key is refused. `keyed`: rows are found by key (all write modes but append).
 */
export function evolveActions(
  wanted: StreamSchema,
  existing: StreamSchema,
  keyed: boolean,
  dialect: Dialect,
): Evolution {
  const byName = new Map(existing.columns.map((column) => [column.name.toLowerCase(), column]));
  const names = new Set(wanted.columns.map((column) => column.name.toLowerCase()));
  const key = new Set((wanted.key ?? []).map((name) => name.toLowerCase()));
  const changes: ColumnChange[] = [
    ...wanted.columns.map((column) =>
      columnChange(column, byName.get(column.name.toLowerCase()), key.has(column.name.toLowerCase()), dialect),
    ),
    ...existing.columns.filter((column) => !names.has(column.name.toLowerCase())).map(unfed),
  ];
  return {
    actions: columnActions(existing.stream, changes, dialect),
    refused: [
      ...changes.flatMap((change) => (change.kind === 'refuse' ? [change.why] : [])),
      ...(keyed ? keyRefusal(wanted, existing) : []),
    ],
  };
}

/** The types as the dialect declares them: MariaDB's JSON is a text with a check of its own. */
export function declared(schema: StreamSchema, dialect: Dialect): StreamSchema {
  const columns = schema.columns.map((column) =>
    column.type.kind === 'unknown' ? column : { ...column, type: targetType(column.type, dialect) },
  );
  return { ...schema, columns };
}

/** The wanted secondary indexes that an existing table lacks. A name that another index has already is not taken. */
export function missingIndexes(wanted: StreamSchema, existing: StreamSchema | undefined): Index[] {
  const have = existing?.indexes ?? [];
  const meanings = new Set(have.map(indexMeaning));
  const names = new Set(have.map((index) => index.name.toLowerCase()));
  return laterIndexes(wanted).filter(
    (index) => !meanings.has(indexMeaning(index)) && !names.has(index.name.toLowerCase()),
  );
}

/** Steps that build indexes. */
export function indexActions(table: StreamName, indexes: readonly Index[], dialect: Dialect): Action[] {
  return addIndexesSql(table, indexes, dialect).map((sql) => ({
    table,
    summary: 'build secondary indexes',
    sql,
    effect: 'safe',
  }));
}

type Alteration = Extract<ColumnChange, { column: Column }>;

function columnActions(table: StreamName, changes: readonly ColumnChange[], dialect: Dialect): Action[] {
  const of = (kind: Alteration['kind']) => changes.filter((change): change is Alteration => change.kind === kind);
  const safe = [...of('add'), ...of('widen')];
  const action = (group: Alteration[], effect: Action['effect']): Action[] =>
    group.length === 0
      ? []
      : [{ table, summary: group.map((change) => change.why).join('; '), sql: sqlOf(table, group, dialect), effect }];
  return [...action(safe, 'safe'), ...action(of('rewrite'), 'destructive')];
}

function sqlOf(table: StreamName, changes: readonly Alteration[], dialect: Dialect): string {
  const columns = (added: boolean) =>
    changes.filter((change) => (change.kind === 'add') === added).map((change) => change.column);
  return alterColumnsSql(table, columns(true), columns(false), dialect);
}

function keyRefusal(wanted: StreamSchema, existing: StreamSchema): string[] {
  const text = (names: readonly string[] | undefined) =>
    JSON.stringify((names ?? []).map((name) => name.toLowerCase()).toSorted());
  if (wanted.key === undefined || text(wanted.key) === text(existing.key)) return [];
  if (uniqueOver(existing, text(wanted.key), text)) return [];
  return [`the table has ${keyText(existing.key)} and the rows have ${keyText(wanted.key)}`];
}

/** Whether some other unique index is exactly over the wanted key. */
function uniqueOver(existing: StreamSchema, key: string, text: (names: readonly string[]) => string): boolean {
  return (existing.indexes ?? []).some(
    (index) =>
      index.unique &&
      index.parts.every((part) => part.column !== undefined && part.length === undefined) &&
      text(index.parts.map((part) => part.column ?? '')) === key,
  );
}

function keyText(key: readonly string[] | undefined): string {
  return key === undefined ? 'no key' : `key (${key.join(', ')})`;
}
