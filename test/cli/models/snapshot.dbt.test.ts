import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { askBuild } from '../../transforms/project/oracle.ts';
import { filesOf } from '../../transforms/project/shop.ts';
import { folder } from '../command-line.ts';
import { readDbt, readFileTables } from './shop.ts';
import { SmallProject } from './small-project.ts';
import { byOrder, CONFIGS, FILES, ROUNDS } from './snapshot-project.ts';

test('snapshots keep the history that dbt keeps, round for round', async () => {
  using own = folder();
  const project = new SmallProject(own.path, FILES);
  const commands = ROUNDS.map((_, round) => ['build', '--vars', `{round: ${round}}`]);
  const theirs = await askBuild({ files: filesOf(own.path), commands, database: 'small.duckdb' });
  assert.deepEqual(
    theirs.exits,
    ROUNDS.map(() => true),
  );
  for (const words of commands) {
    const told = await project.run(...words);
    assert.equal(told.code, 0, told.err);
  }
  const ours = await readFileTables(join(own.path, 'small.duckdb'));
  assert.deepEqual(ours['main.list_time'], readDbt(theirs)['main.list_time'], 'also its ids');
  assert.deepEqual(byOrder(ours), byOrder(readDbt(theirs)));
});

test('`snapshot` runs snapshots alone, their hooks too, and a config that has no meaning is an error with its file', async () => {
  using own = folder();
  const project = new SmallProject(own.path, FILES);
  assert.equal((await project.run('run', '--vars', '{round: 0}')).code, 0);
  const hook = 'post_hook="update {{ this }} set state = \'hooked\' where id = 2"';
  const snapshot = (config: string) => ({
    'snapshots/list_time.sql': `{% snapshot list_time %}{{ config(${config}) }} select * from {{ ref('source_rows') }}{% endsnapshot %}`,
  });
  project.write(snapshot(`${CONFIGS.list_time}, ${hook}`));
  const told = await project.run('snapshot', '--select', 'list_time', '--vars', '{round: 0}');
  assert.equal(told.code, 0, told.err);
  assert.deepEqual(project.statuses(), { list_time: 'success' });
  const { rows: kept } = (await readFileTables(join(own.path, 'small.duckdb')))['main.list_time']!;
  assert.deepEqual(
    kept.map(([, , state]) => state),
    ['new', 'new', 'hooked'],
  );
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["strategy='timestamp', updated_at='moment'", /unique_key/],
    ["unique_key='id', strategy='timestamp'", /updated_at/],
    ["unique_key='id', strategy='check'", /check_cols/],
    ["unique_key='id', strategy='own'", /strategy own/],
    ["unique_key='id', strategy='check', check_cols='all', hard_deletes='ignore', invalidate_hard_deletes=true", /hard_deletes/],
    ["unique_key='id', strategy='check', check_cols='all', hard_deletes='now'", /hard_deletes/],
  ]; // biome-ignore format: a table
  for (const [config, message] of wrong) {
    project.write(snapshot(config));
    const refused = await project.run('snapshot', '--select', 'list_time', '--vars', '{round: 0}');
    assert.equal(refused.code, 1, config);
    assert.match(refused.err, message);
    assert.match(refused.err, /snapshots\/list_time\.sql/);
  }
  assert.match(readFileSync(join(own.path, 'target/run_results.json'), 'utf8'), /model\.invalid|hard_deletes/);
});
