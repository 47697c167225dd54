import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { createConnection } from 'mysql2/promise';
import { sharedUrl } from '../../services/shared.ts';
import { askBuild } from '../../transforms/project/oracle.ts';
import { filesOf } from '../../transforms/project/shop.ts';
import { folder } from '../command-line.ts';
import { buildLibrary, copyLibrary, DAYS, LIBRARY, type Statuses, statusesOf, still } from './library.ts';
import type { ReadTable } from './read-table.ts';
import { dropSchemas, readSchemas } from './server-tables.ts';
import { readDbt, readFileTables, writeProfile } from './shop.ts';

let onDuckdb: { readonly statuses: Statuses; readonly tables: Record<string, ReadTable> };

before(async () => {
  using own = folder();
  copyLibrary(own.path);
  const statuses = await buildLibrary(own.path);
  onDuckdb = { statuses, tables: await readFileTables(join(own.path, 'town_library.duckdb')) };
});

test('each table of each day is declared and filled as dbt does it, and each node comes to the same', async () => {
  // With more threads a table of dbt's on DuckDB may be missing for a moment to the others.
  const files = filesOf(LIBRARY);
  files['profiles.yml'] = files['profiles.yml']!.replace('threads: 4', 'threads: 1');
  const theirs = await askBuild({ files, commands: DAYS, database: 'town_library.duckdb' });
  assert.deepEqual(
    theirs.exits,
    DAYS.map(() => true),
  );
  assert.deepEqual(still(onDuckdb.tables), still(readDbt(theirs)));
  assert.deepEqual(onDuckdb.statuses, theirs.results.map(statusesOf));
});

for (const type of ['tidb', 'mysql', 'mariadb'] as const) {
  test(`on ${type} each table is declared and filled as on DuckDB, and each node comes to the same`, async () => {
    using own = folder();
    const schema = `mr_${randomBytes(5).toString('hex')}`;
    copyLibrary(own.path);
    writeProfile(own.path, type, sharedUrl(type), schema, 'town_library');
    const connection = await createConnection({ uri: sharedUrl(type), charset: 'utf8mb4' });
    try {
      const statuses = await buildLibrary(own.path);
      const tables = await readSchemas(connection, schema, 'library');
      assert.deepEqual(still(tables, { ids: true }), still(onDuckdb.tables, { ids: true }));
      assert.deepEqual(statuses, onDuckdb.statuses);
    } finally {
      await dropSchemas(connection, schema);
      await connection.end();
    }
  });
}
