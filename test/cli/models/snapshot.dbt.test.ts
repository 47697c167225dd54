import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { askBuild } from '../../transforms/project/oracle.ts';
import { filesOf } from '../../transforms/project/shop.ts';
import { folder } from '../command-line.ts';
import { type ReadTable, readDbt, readFileTables, without } from './shop.ts';
import { SmallProject } from './small-project.ts';

/** Rows of four rounds: `id, part, state, moment`. */
const ROUNDS = [
  ["1, 1, 'new', '2024-01-01 08:00:00'", "1, 2, 'new', '2024-01-01 08:00:00'", "2, 1, null, '2024-01-01 08:00:00'"],
  ["1, 1, 'paid', '2024-01-02 09:30:00'", "2, 1, 'new', '2024-01-01 08:00:00'", "3, 1, 'new', '2024-01-02 10:00:00'"],
  ["1, 1, 'paid', '2024-01-02 09:30:00'", "2, 1, 'new', '2024-01-03 08:00:00'", "3, 1, 'new', '2024-01-02 10:00:00'"],
  ["1, 1, 'sent', '2024-01-04 09:30:00'", "1, 2, 'back', '2024-01-04 09:00:00'", "2, 1, null, '2024-01-04 08:00:00'"],
];

const rows = (round: number) =>
  ROUNDS[round]!.map((row) => {
    const [id, part, state, moment] = row.split(', ');
    return `select ${id} as id, ${part} as part, cast(${state} as varchar) as state, cast(${moment} as timestamp) as moment${round > 1 ? ", 'x' as later" : ''}`;
  }).join(' union all ');
const SOURCE = `{% if var('round') == 0 %}${rows(0)}{% elif var('round') == 1 %}${rows(1)}{% elif var('round') == 2 %}${rows(2)}{% else %}${rows(3)}{% endif %}`;

const CONFIGS: Readonly<Record<string, string>> = {
  list_time: "unique_key=['id', 'part'], strategy='timestamp', updated_at='moment'",
  text_time: `unique_key="id || '-' || part", strategy='timestamp', updated_at='moment', invalidate_hard_deletes=true`,
  ended_far: "unique_key=['id', 'part'], strategy='check', check_cols='all', hard_deletes='invalidate', dbt_valid_to_current=\"cast('9999-12-31' as timestamp)\", snapshot_meta_column_names={'dbt_valid_to': 'until', 'dbt_scd_id': 'scd'}",
  recorded: "unique_key=['id', 'part'], strategy='check', check_cols=['state'], updated_at='moment', hard_deletes='new_record'",
}; // biome-ignore format: a table

const FILES = {
  'models/source_rows.sql': `{{ config(materialized='view') }} ${SOURCE}`,
  ...Object.fromEntries(
    Object.entries(CONFIGS).map(([name, config]) => [
      `snapshots/${name}.sql`,
      `{% snapshot ${name} %}{{ config(${config}) }} select * from {{ ref('source_rows') }} -- of now\n{% endsnapshot %}`,
    ]),
  ),
};

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

/** With moments of now by their order, as they are others in each run; ids hold them. */
function byOrder(tables: Record<string, ReadTable>): Record<string, ReadTable> {
  const ids = { 'main.list_time': ['dbt_scd_id'], 'main.text_time': ['dbt_scd_id'], 'main.ended_far': ['scd'], 'main.recorded': ['dbt_scd_id'] }; // biome-ignore format: a table
  return Object.fromEntries(
    Object.entries(without(tables, ids)).map(([name, { columns, rows: all }]) => {
      const now = [...new Set(all.flat().filter((value) => value !== null && /^20(?!24)\d\d-/.test(value)))].sort();
      const told = all.map((row) => row.map((value) => (now.includes(value) ? `t${now.indexOf(value)}` : value)));
      return [name, { columns, rows: told.map((row) => JSON.stringify(row)).sort().map((row) => JSON.parse(row)) }]; // biome-ignore format: one line
    }),
  );
}
