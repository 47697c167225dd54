import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { askBuild } from '../../transforms/project/oracle.ts';
import { filesOf } from '../../transforms/project/shop.ts';
import { folder } from '../command-line.ts';
import { FILES, WRONG } from './macro-project.ts';
import { readDbt, readFileTables } from './shop.ts';
import { SmallProject } from './small-project.ts';

const rounds = [0, 1].map((round) => ['build', '--vars', `{round: ${round}}`]);

test('materializations of a project leave what they leave in dbt, with the same results', async () => {
  using own = folder();
  const project = new SmallProject(own.path, FILES);
  const theirs = await askBuild({
    files: filesOf(own.path),
    before: [['deps']],
    commands: rounds,
    database: 'small.duckdb',
  });
  assert.deepEqual(theirs.exits, [true, true], JSON.stringify(theirs.results));
  for (const [index, words] of rounds.entries()) {
    const told = await project.run(...words);
    assert.equal(told.code, 0, told.err);
    const results = theirs.results[index]!.results as unknown as ReturnType<typeof project.results>;
    assert.deepEqual(statuses(project.results()), statuses(results), told.err);
  }
  assert.deepEqual(await readFileTables(join(own.path, 'small.duckdb')), readDbt(theirs));
});

test('what a materialization does not do is told, and what it began is rolled back', async () => {
  using own = folder();
  const project = new SmallProject(own.path, { ...FILES, ...WRONG });
  const theirs = await askBuild({
    files: filesOf(own.path),
    before: [['deps']],
    commands: [rounds[0]!],
    database: 'small.duckdb',
  });
  const { code, events } = await project.events(...rounds[0]!);
  assert.equal(code, 1);
  assert.equal(theirs.exits[0], false);
  const results = theirs.results[0]!.results as unknown as ReturnType<typeof project.results>;
  assert.deepEqual(statuses(project.results()), statuses(results));
  assert.deepEqual(await readFileTables(join(own.path, 'small.duckdb')), readDbt(theirs));
  const told = events.flatMap((event) =>
    event.event === 'result' && event.error !== undefined ? [[event.node.name, event.error.code] as const] : [],
  );
  const codes = Object.fromEntries(told);
  assert.equal(codes.without_relations, 'model.materialization');
  assert.equal(codes.without_main, 'model.materialization');
  assert.equal(codes.in_python, 'model.materialization');
  assert.equal(codes.of_numbers, 'model.materialization');
  assert.equal(codes.never_heard_of, 'model.unsupported');
  const warned = events.some((event) => event.event === 'message' && event.message.includes('left_open: what its'));
  assert.ok(warned, 'what was left open is told');
});

function statuses(results: ReturnType<SmallProject['results']>): object {
  return Object.fromEntries(results.map(({ unique_id, status, failures }) => [unique_id, [status, failures]]));
}
