import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { sharedUrl } from '../../services/shared.ts';
import { inPlace, servers } from '../../transforms/adapter/target.ts';
import { folder } from '../command-line.ts';
import { COMMANDS, counted, FILES } from './batch-project.ts';
import type { ReadTable } from './read-table.ts';
import { readSchemas } from './server-tables.ts';
import { readFileTables, writeProfile } from './shop.ts';
import { SmallProject } from './small-project.ts';

let onDuckdb: Record<string, ReadTable>;

before(async () => {
  using own = folder();
  await allRounds(new SmallProject(own.path, FILES));
  onDuckdb = counted(await readFileTables(join(own.path, 'small.duckdb')));
});

for (const type of servers)
  test(`microbatch models on ${type} hold what they hold on DuckDB, and find a batch by an index`, () =>
    inPlace(type, async ({ schema }) => {
      using own = folder();
      const project = new SmallProject(own.path, FILES);
      writeProfile(own.path, type, sharedUrl(type), schema, 'small');
      await using connection = await createConnection({ uri: sharedUrl(type), charset: 'utf8mb4' });
      await allRounds(project);
      assert.deepEqual(counted(await readSchemas(connection, schema, 'main')), onDuckdb);
      const [indexes] = await connection.query<RowDataPacket[]>(`show index from \`${schema}\`.daily`);
      assert.deepEqual(
        indexes.map(({ Column_name: column }) => column),
        ['happened'],
      );
    }));

async function allRounds(project: SmallProject): Promise<void> {
  for (const [words, ok] of COMMANDS) {
    const told = await project.run(...words);
    assert.equal(told.code, ok ? 0 : 1, told.err);
  }
}
