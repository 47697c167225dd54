import type { Connection, RowDataPacket } from 'mysql2/promise';
import { mysqlKind, type ReadTable, readTable } from './read-table.ts';

/** All tables and views of the schemas of a run, as if their schemas began with `called`. */
export async function readSchemas(
  connection: Connection,
  schema: string,
  called: string,
): Promise<Record<string, ReadTable>> {
  const [names] = await connection.query<RowDataPacket[]>(
    "select table_schema as s, table_name as n from information_schema.tables where table_schema like ? and table_name not like '\\_millrace%'",
    [`${schema}%`],
  );
  const tables: Record<string, ReadTable> = {};
  for (const { s, n } of names) {
    const [rows, fields] = await connection.query({
      sql: `select * from \`${s}\`.\`${n}\``,
      rowsAsArray: true,
      typeCast: (field) => field.string('utf8'),
    });
    const columns = fields.map((field) => field.name);
    const kinds = fields.map(({ columnType, decimals, characterSet }) =>
      mysqlKind(columnType!, decimals!, characterSet!),
    );
    tables[`${String(s).replace(schema, called)}.${n}`] = readTable(
      columns,
      kinds,
      rows as unknown as (string | null)[][],
    );
  }
  return tables;
}

export async function dropSchemas(connection: Connection, schema: string): Promise<void> {
  const [names] = await connection.query<RowDataPacket[]>(
    'select schema_name as s from information_schema.schemata where schema_name like ?',
    [`${schema}%`],
  );
  for (const { s } of names) await connection.query(`drop database \`${s}\``);
}
