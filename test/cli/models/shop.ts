import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DbtBuild } from '../../transforms/project/oracle.ts';
import { SHOP } from '../../transforms/project/shop.ts';

/** What is read of a table: names of columns, and rows of text in an order that does not depend on the database. */
export interface ReadTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A copy of the example without what runs of it have left. */
export function copyShop(folder: string): void {
  const left = /\/(?:target|logs|dbt_packages|[^/]*\.duckdb)$/;
  cpSync(SHOP, folder, { recursive: true, filter: (path) => !left.test(path) });
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
      const columns = (await read(`describe "${schema}"."${name}"`)).map(([column]) => column!);
      const texts = columns.map((column) => `cast("${column}" as varchar)`).join(', ');
      tables[`${schema}.${name}`] = canonical(columns, await read(`select ${texts} from "${schema}"."${name}"`));
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
      canonical(
        columns.map(([column]) => column),
        rows,
      ),
    ]),
  );
}

/** The tables without some columns of some of them, which have to be there. */
export function without(
  tables: Record<string, ReadTable>,
  leftOut: Readonly<Record<string, readonly string[]>>,
): Record<string, ReadTable> {
  const kept = Object.entries(leftOut).map(([name, columns]) => {
    const table = tables[name]!;
    const places = columns.map((column) => table.columns.indexOf(column));
    if (places.includes(-1)) throw new Error(`${name} has only ${table.columns.join(', ')}`);
    const keep = <Value>(values: readonly Value[]) => values.filter((_, at) => !places.includes(at));
    return [name, { columns: keep(table.columns), rows: table.rows.map(keep) }] as const;
  });
  return { ...tables, ...Object.fromEntries(kept) };
}

/** Values in the one form in which databases that print them differently agree; which type prints `4.50` and which `4.5` is tested elsewhere. */
export function canonical(columns: readonly string[], rows: readonly (readonly (string | null)[])[]): ReadTable {
  const values = rows.map((row) => row.map(canonicalValue));
  return { columns, rows: values.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)) };
}

function canonicalValue(text: string | null): string | null {
  if (text === null) return null;
  if (text === 'true' || text === 'false') return text === 'true' ? '1' : '0';
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return String(Number(text));
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.0+$/.test(text) ? text.slice(0, 19) : text;
}
