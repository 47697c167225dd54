import type { Session } from '../../connectors/duckdb/session.ts';
import type { RelationFacts, ResultColumn } from './adapter.ts';
import { duckdbColumn } from './duckdb-column.ts';
import type { Relation, SchemaName } from './relation.ts';

/** The catalog and schema that are asked about, as parameters 1 and 2. */
function place(session: Session, { database, schema }: SchemaName): string[] {
  return [database ?? session.catalog, schema];
}

const here = 'lower(database_name) = lower($1) AND lower(schema_name) = lower($2) AND NOT internal';

export async function listRelations(session: Session, schema: SchemaName): Promise<Relation[]> {
  const rows = await session.rows(
    `SELECT database_name, schema_name, table_name, 'table' AS type FROM duckdb_tables() WHERE ${here}
     UNION ALL SELECT database_name, schema_name, view_name, 'view' FROM duckdb_views() WHERE ${here}`,
    place(session, schema),
  );
  return rows.map(([database, name, identifier, type]) => ({
    database: database!,
    schema: name!,
    identifier: identifier!,
    type: type === 'view' ? 'view' : 'table',
  }));
}

/** Columns of tables and views, in order, by relation. */
export async function declaredColumns(
  session: Session,
  schema: SchemaName,
  table?: string,
): Promise<Map<string, (ResultColumn & { comment: string | null })[]>> {
  const only = table === undefined ? '' : ' AND lower(table_name) = lower($3)';
  const rows = await session.rows(
    `SELECT table_name, column_name, data_type, is_nullable::VARCHAR, comment FROM duckdb_columns() WHERE ${here}${only} ORDER BY table_name, column_index`,
    [...place(session, schema), ...(table === undefined ? [] : [table])],
  );
  const found = new Map<string, (ResultColumn & { comment: string | null })[]>();
  for (const [relation, name, native, nullable, comment] of rows) {
    if (!found.has(relation!)) found.set(relation!, []);
    found.get(relation!)!.push({ ...duckdbColumn(name!, native!, nullable === 'true'), comment: comment ?? null });
  }
  return found;
}

export async function relationFacts(session: Session, schema: SchemaName): Promise<RelationFacts[]> {
  const rows = await session.rows(
    `SELECT database_name, schema_name, table_name, 'table' AS type, comment, estimated_size::VARCHAR FROM duckdb_tables() WHERE ${here}
     UNION ALL SELECT database_name, schema_name, view_name, 'view', comment, NULL FROM duckdb_views() WHERE ${here} ORDER BY 3`,
    place(session, schema),
  );
  const columns = await declaredColumns(session, schema);
  return rows.map(([database, name, identifier, type, comment, size]) => ({
    relation: { database: database!, schema: name!, identifier: identifier!, type: type === 'view' ? 'view' : 'table' },
    comment: comment ?? null,
    owner: null,
    rows: size === null || size === undefined ? null : Number(size),
    bytes: null,
    columns: columns.get(identifier!) ?? [],
  }));
}
