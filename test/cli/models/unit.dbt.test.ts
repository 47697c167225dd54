import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askBuild } from '../../transforms/project/oracle.ts';
import { filesOf } from '../../transforms/project/shop.ts';
import { folder } from '../command-line.ts';
import { SmallProject } from './small-project.ts';
import { FILES, UNITS, unitFile } from './unit-project.ts';

test('unit tests come to what they come to in dbt', async () => {
  using own = folder();
  const project = new SmallProject(own.path, { ...FILES, ...unitFile() });
  const commands = [['seed'], ['run'], ['test']];
  const theirs = await askBuild({ files: filesOf(own.path), commands, database: 'small.duckdb' });
  assert.deepEqual(theirs.exits, [true, true, false]);
  const results = theirs.results.at(-1)!.results as unknown as {
    unique_id: string;
    status: string;
    failures: number;
  }[];
  for (const words of commands.slice(0, 2)) assert.equal((await project.run(...words)).code, 0);
  assert.equal((await project.run('test')).code, 1);
  const shown = (list: typeof results) =>
    Object.fromEntries(list.map(({ unique_id, status, failures }) => [unique_id, `${status} ${failures}`]));
  assert.deepEqual(shown(project.results()), shown(results));
  const expected = Object.entries(UNITS).map(([name, { model = 'orders', status }]) => [`${model}.${name}`, status]);
  assert.deepEqual(project.statuses(), Object.fromEntries(expected));
});
