import type { Column, StreamName } from '../contract/index.ts';
import { parseType } from '../types/index.ts';
import { OWN } from './own-tables.ts';
import { schemaOf } from './quote.ts';
import type { Session } from './session.ts';

/** A table or view of a DuckDB file as it is. */
export interface FoundTable {
  readonly name: StreamName;
  readonly view: boolean;
  readonly columns: readonly FoundColumn[];
  /** Columns of the PRIMARY KEY constraint, in its order. */
  readonly primaryKey?: readonly string[];
  readonly comment?: string;
  readonly rows?: number;
}

export interface FoundColumn extends Column {
  readonly native: string;
  readonly hasDefault: boolean;
}

const mine = 'database_name = current_database() AND NOT internal';

/** Tables and views in order of name, without own tables; or the one that is named. Schema `main` is the namespace ''. */
export async function readCatalog(session: Session, table?: StreamName): Promise<FoundTable[]> {
  const only = table === undefined ? '' : ' AND schema_name = $1 AND lower(table_name) = lower($2)';
  const values = table === undefined ? [] : [schemaOf(table), table.name];
  const tables = await session.rows(
    `SELECT schema_name, table_name, view::VARCHAR, comment, rows::VARCHAR, (
        SELECT to_json(constraint_column_names)::VARCHAR FROM duckdb_constraints() c
        WHERE c.table_oid = t.oid AND c.database_name = current_database() AND constraint_type = 'PRIMARY KEY') AS key
     FROM (
       SELECT schema_name, table_name, false AS view, comment, estimated_size AS rows, table_oid AS oid FROM duckdb_tables() WHERE ${mine}
       UNION ALL SELECT schema_name, view_name, true, comment, NULL, view_oid FROM duckdb_views() WHERE ${mine}) t
     WHERE ${table === undefined ? "NOT starts_with(lower(table_name), '_millrace_')" : 'true'}${only} ORDER BY 1, 2`,
    values,
  );
  const columns = await readColumns(session, only, values);
  return tables.map(([schema, name, view, comment, rows, key]) => ({
    name: { namespace: schema === 'main' ? '' : schema!, name: name! },
    view: view === 'true',
    columns: columns.get(JSON.stringify([schema, name])) ?? [],
    ...(key === null || key === undefined ? {} : { primaryKey: JSON.parse(key) as string[] }),
    ...(comment === null ? {} : { comment: comment! }),
    ...(rows === null ? {} : { rows: Number(rows) }),
  }));
}

async function readColumns(session: Session, only: string, values: string[]): Promise<Map<string, FoundColumn[]>> {
  const rows = await session.rows(
    `SELECT schema_name, table_name, column_name, data_type, is_nullable::VARCHAR, (column_default IS NOT NULL)::VARCHAR, comment
     FROM duckdb_columns() WHERE database_name = current_database() AND NOT internal${only} ORDER BY 1, 2, column_index`,
    values,
  );
  const found = new Map<string, FoundColumn[]>();
  for (const [schema, table, name, native, nullable, hasDefault, comment] of rows) {
    const id = JSON.stringify([schema, table]);
    if (!found.has(id)) found.set(id, []);
    found.get(id)!.push({
      name: name!,
      type: parseType({ dataType: native!.replace(/\(.*$/s, ''), columnType: native! }, 'duckdb'),
      native: native!,
      nullable: nullable === 'true',
      hasDefault: hasDefault === 'true',
      ...(comment === null ? {} : { comment: comment! }),
    });
  }
  return found;
}

/** One table, or undefined. */
export async function findTable(session: Session, table: StreamName): Promise<FoundTable | undefined> {
  const [found] = await readCatalog(session, table);
  return found;
}

/** Keys that pipelines have recorded for the tables they made: `[schema, table]` as JSON text to the key's columns. */
export async function recordedKeys(session: Session): Promise<Map<string, string[]>> {
  const rows = await session.rows(`SELECT schema_name, table_name, key FROM ${OWN.tables} WHERE key IS NOT NULL`);
  return new Map(rows.map(([schema, table, key]) => [JSON.stringify([schema, table]), JSON.parse(key!) as string[]]));
}
