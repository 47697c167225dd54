import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DbtBuild } from '../../transforms/project/oracle.ts';
import { SHOP } from '../../transforms/project/shop.ts';
import { duckdbKind, type ReadTable, readTable } from './read-table.ts';

/** A copy of an example, the shop if no other is named, without what runs of it have left. */
export function copyShop(folder: string, example: string = SHOP): void {
  const left = /\/(?:target|logs|dbt_packages|[^/]*\.duckdb)$/;
  cpSync(example, folder, { recursive: true, filter: (path) => !left.test(path) });
}

/** A profile, the shop's if no other is named, whose one target is a server, in schemas that begin with `schema`. */
export function writeProfile(folder: string, type: string, url: string, schema: string, name = 'corner_shop'): void {
  const { hostname, port, username } = new URL(url);
  const lines = [
    `type: ${type}`,
    `server: ${hostname}`,
    `port: ${port}`,
    `username: ${username}`,
    `schema: ${schema}`,
    'threads: 4',
  ];
  const text = [
    `${name}:`,
    '  target: server',
    '  outputs:',
    '    server:',
    ...lines.map((line) => `      ${line}`),
    '',
  ];
  writeFileSync(join(folder, 'profiles.yml'), text.join('\n'));
}

/** All tables and views of a DuckDB file, by `schema.name`. */
export async function readFileTables(path: string): Promise<Record<string, ReadTable>> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRows() as (string | null)[][];
    const names = await read('select table_schema, table_name from information_schema.tables');
    const tables: Record<string, ReadTable> = {};
    for (const [schema, name] of names) {
      const described = await read(`describe "${schema}"."${name}"`);
      const columns = described.map(([column]) => column!);
      const kinds = described.map(([, type]) => duckdbKind(type!));
      const texts = columns.map((column) => `cast("${column}" as varchar)`).join(', ');
      tables[`${schema}.${name}`] = readTable(columns, kinds, await read(`select ${texts} from "${schema}"."${name}"`));
    }
    return tables;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export function readDbt({ tables }: DbtBuild): Record<string, ReadTable> {
  return Object.fromEntries(
    Object.entries(tables).map(([name, { columns, rows }]) => [
      name,
      readTable(
        columns.map(([column]) => column),
        columns.map(([, type]) => duckdbKind(type)),
        rows,
      ),
    ]),
  );
}
