import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { createConnection } from 'mysql2/promise';
import { sharedUrl } from '../../services/shared.ts';
import { folder } from '../command-line.ts';
import { FILES } from './macro-project.ts';
import type { ReadTable } from './read-table.ts';
import { dropSchemas, readSchemas } from './server-tables.ts';
import { readFileTables, writeProfile } from './shop.ts';
import { SmallProject } from './small-project.ts';

let onDuckdb: object;

before(async () => {
  using own = folder();
  await bothRounds(new SmallProject(own.path, FILES));
  onDuckdb = byValue(await readFileTables(join(own.path, 'small.duckdb')));
});

for (const type of ['tidb', 'mysql', 'mariadb'] as const) {
  test(`materializations of a project leave on ${type} what they leave on DuckDB`, async () => {
    using own = folder();
    const schema = `mr_${randomBytes(5).toString('hex')}`;
    const project = new SmallProject(own.path, FILES);
    writeProfile(own.path, type, sharedUrl(type), schema, 'small');
    const connection = await createConnection({ uri: sharedUrl(type), charset: 'utf8mb4' });
    try {
      await bothRounds(project);
      assert.deepEqual(byValue(await readSchemas(connection, schema, 'main')), onDuckdb);
    } finally {
      await dropSchemas(connection, schema);
      await connection.end();
    }
  });
}

async function bothRounds(project: SmallProject): Promise<void> {
  for (const round of [0, 1]) {
    const told = await project.run('build', '--threads', '1', '--vars', `{round: ${round}}`);
    assert.equal(told.code, 0, told.err);
  }
}

function byValue(tables: Record<string, ReadTable>): object {
  return Object.fromEntries(
    Object.entries(tables).map(([name, { columns, rows }]) => [name, { columns, rows: rows.map(String).sort() }]),
  );
}
