import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { createConnection } from 'mysql2/promise';
import { sharedUrl } from '../../services/shared.ts';
import { folder } from '../command-line.ts';
import type { ReadTable } from './read-table.ts';
import { dropSchemas, readSchemas } from './server-tables.ts';
import { readFileTables, writeProfile } from './shop.ts';
import { SmallProject } from './small-project.ts';
import { byOrder, FILES, ROUNDS } from './snapshot-project.ts';

let onDuckdb: Record<string, ReadTable>;

before(async () => {
  using own = folder();
  await allRounds(new SmallProject(own.path, FILES));
  onDuckdb = byOrder(await readFileTables(join(own.path, 'small.duckdb')));
});

for (const type of ['tidb', 'mysql', 'mariadb'] as const) {
  test(`snapshots on ${type} keep the history that they keep on DuckDB`, async () => {
    using own = folder();
    const schema = `mr_${randomBytes(5).toString('hex')}`;
    const project = new SmallProject(own.path, FILES);
    writeProfile(own.path, type, sharedUrl(type), schema, 'small');
    const connection = await createConnection({ uri: sharedUrl(type), charset: 'utf8mb4' });
    try {
      await allRounds(project);
      assert.deepEqual(byOrder(await readSchemas(connection, schema, 'main')), onDuckdb);
    } finally {
      await dropSchemas(connection, schema);
      await connection.end();
    }
  });
}

async function allRounds(project: SmallProject): Promise<void> {
  for (const round of ROUNDS.keys()) {
    const told = await project.run('build', '--vars', `{round: ${round}}`);
    assert.equal(told.code, 0, told.err);
  }
}
