import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckFile } from '../../connectors/duckdb/file.ts';
import type { Place } from './place.ts';

/** A DuckDB file in a folder of its own. */
export async function duckPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'mr_duckdb_'));
  const path = join(folder, 'test.duckdb');
  const run = async (...statements: string[]) => {
    // Opened for the statements only: sources read a file that nobody writes.
    await using file = new DuckFile({ path, access: 'write', memory: '256MB' }, 'destination');
    await using session = await file.session();
    let rows: (string | null)[][] = [];
    await session.run("SET search_path = 'shop,main'");
    for (const sql of statements) rows = await session.rows(sql);
    return rows.map((row) => row.map((cell) => (cell === null ? null : String(cell))));
  };
  await create(path);
  return {
    url: `duckdb:${path}`,
    namespace: 'shop',
    run,
    tables: async () =>
      (await run("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'shop' ORDER BY 1")).flat() as string[],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

async function create(path: string): Promise<void> {
  await using file = new DuckFile({ path, access: 'write', memory: '256MB' }, 'destination');
  await using session = await file.session();
  await session.run('CREATE SCHEMA shop');
}
