import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { askBuild } from '../../transforms/project/oracle.ts';
import { filesOf } from '../../transforms/project/shop.ts';
import { folder } from '../command-line.ts';
import { COMMANDS, counted, FILES } from './batch-project.ts';
import { readDbt, readFileTables } from './shop.ts';
import { SmallProject } from './small-project.ts';

test('a microbatch model holds what it holds in dbt, with the same results of batches', async () => {
  using own = folder();
  const project = new SmallProject(own.path, FILES);
  const commands = COMMANDS.map(([words]) => words);
  const theirs = await askBuild({ files: filesOf(own.path), commands, database: 'small.duckdb' });
  assert.deepEqual(
    theirs.exits,
    COMMANDS.map(([, ok]) => ok),
  );
  for (const [index, [words, ok]] of COMMANDS.entries()) {
    const told = await project.run(...words);
    assert.equal(told.code, ok ? 0 : 1, told.err);
    const results = theirs.results[index]!.results as unknown as ReturnType<typeof project.results>;
    assert.deepEqual(batches(project.results()), batches(results));
  }
  assert.deepEqual(counted(await readFileTables(join(own.path, 'small.duckdb'))), counted(readDbt(theirs)));
});

function batches(results: ReturnType<SmallProject['results']>): object {
  return Object.fromEntries(
    results.map(({ unique_id, status, batch_results }) => [unique_id, { status, batch_results }]),
  );
}
