import { columnFields, columnOf } from '../../connectors/sql/introspect-column.ts';
import { type Cell, cellText, type Run } from '../../connectors/sql/introspect-run.ts';
import { quoteText } from '../../connectors/sql/quote.ts';
import type { Dialect } from '../../connectors/types/index.ts';
import type { RelationFacts, ResultColumn } from './adapter.ts';
import type { Relation, RelationName, SchemaName } from './relation.ts';
import { resultColumn } from './sql-column.ts';

/** Databases that belong to the server. */
const systemSchemas = ['information_schema', 'metrics_schema', 'mysql', 'performance_schema', 'sys'];

export async function listSchemas(run: Run): Promise<string[]> {
  const rows = await run('SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA ORDER BY SCHEMA_NAME');
  return rows.map(([name]) => cellText(name) ?? '').filter((name) => !systemSchemas.includes(name.toLowerCase()));
}

/** Tables and views of a schema, those of millrace itself too. */
export async function listRelations(run: Run, { schema }: SchemaName): Promise<Relation[]> {
  const rows = await run(
    `SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ${quoteText(schema)}`,
  );
  return rows.map(relationOf);
}

/** Which of some relations of one schema are there, asked anew. */
export async function standing(run: Run, names: readonly RelationName[]): Promise<Relation[]> {
  const among = names.map(({ identifier }) => quoteText(identifier)).join(', ');
  const rows = await run(
    `SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ${quoteText(names[0]!.schema)} AND TABLE_NAME IN (${among})`,
  );
  return rows.map(relationOf);
}

function relationOf([schema, name, type]: readonly Cell[]): Relation {
  const isView = /VIEW/.test(cellText(type) ?? '');
  return {
    database: null,
    schema: cellText(schema) ?? '',
    identifier: cellText(name) ?? '',
    type: isView ? 'view' : 'table',
  };
}

/** Columns of tables as they are declared, in order, by table. */
export async function declaredColumns(
  run: Run,
  dialect: Dialect,
  schema: string,
  table?: string,
): Promise<Map<string, (ResultColumn & { comment: string | null })[]>> {
  const only = table === undefined ? '' : ` AND TABLE_NAME = ${quoteText(table)}`;
  const rows = await run(
    `SELECT TABLE_NAME, ${columnFields.join(', ')} FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = ${quoteText(schema)}${only} ORDER BY TABLE_NAME, ORDINAL_POSITION`,
  );
  const found = new Map<string, (ResultColumn & { comment: string | null })[]>();
  for (const [name, ...cells] of rows) {
    const column = columnOf(cells, new Set(), dialect);
    const key = cellText(name) ?? '';
    if (!found.has(key)) found.set(key, []);
    const result = resultColumn(column.name, column.type, column.native ?? '', column.nullable);
    found.get(key)!.push({ ...result, comment: column.comment ?? null });
  }
  return found;
}

export async function relationFacts(run: Run, dialect: Dialect, schema: SchemaName): Promise<RelationFacts[]> {
  const rows = await run(
    `SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TABLE_COMMENT, TABLE_ROWS, DATA_LENGTH FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ${quoteText(schema.schema)} ORDER BY TABLE_NAME`,
  );
  const columns = await declaredColumns(run, dialect, schema.schema);
  return rows.map((row) => {
    const relation = relationOf(row);
    const [comment, count, bytes] = row.slice(3).map((cell) => cellText(cell));
    const isView = relation.type === 'view';
    return {
      relation,
      // Of a view the catalogue says VIEW.
      comment: isView || !comment ? null : comment,
      owner: null,
      rows: isView || count === undefined ? null : Number(count),
      bytes: isView || bytes === undefined ? null : Number(bytes),
      columns: columns.get(relation.identifier) ?? [],
    };
  });
}

/** A table's own foreign keys go with it; what others have on it is told. */
export async function hangingOn(run: Run, schema: string, table: string): Promise<string[]> {
  const keys = await run(
    `SELECT DISTINCT CONSTRAINT_NAME, TABLE_SCHEMA, TABLE_NAME FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE
     WHERE REFERENCED_TABLE_SCHEMA = ${quoteText(schema)} AND REFERENCED_TABLE_NAME = ${quoteText(table)}
       AND NOT (TABLE_SCHEMA = ${quoteText(schema)} AND TABLE_NAME = ${quoteText(table)})`,
  );
  const triggers = await run(
    `SELECT TRIGGER_NAME FROM INFORMATION_SCHEMA.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ${quoteText(schema)} AND EVENT_OBJECT_TABLE = ${quoteText(table)}`,
  );
  return [
    ...keys.map(([name, at, of]) => `the foreign key ${cellText(name)} of ${cellText(at)}.${cellText(of)}`),
    ...triggers.map(([name]) => `the trigger ${cellText(name)}`),
  ];
}
