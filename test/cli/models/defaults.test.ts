import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../command-line.ts';
import { SmallProject } from './small-project.ts';

const HEAD = 'name: small\nversion: "1.0"\nprofile: small\n';
const flags = (text: string) => ({ 'dbt_project.yml': `${HEAD}flags: {${text}}\n` });

const MODELS = {
  'models/a.sql': 'select 1 as id',
  'models/b.sql': "select id from {{ ref('a') }}",
  'models/all.yml':
    'models:\n  - name: a\n    columns: [{name: id, data_tests: [{not_null: {config: {severity: warn, where: "1 = 1"}}}, {accepted_values: {arguments: {values: [2]}, config: {severity: warn}}}]}]\n',
};

test('flags of the project and variables stand for options, the command line before both', async () => {
  using own = folder();
  const project = new SmallProject(own.path, { ...MODELS, ...flags('warn_error: true') });
  await project.run('run');
  const code = async () => (await project.run('test')).code;
  assert.equal(await code(), 1);
  project.env = { DBT_WARN_ERROR: 'no' };
  assert.equal(await code(), 0);
  project.write(flags(''));
  assert.equal(await code(), 0);
  project.env = { DBT_WARN_ERROR: '1' };
  assert.equal(await code(), 1);
  const args = () => JSON.parse(readFileSync(join(own.path, 'target/run_results.json'), 'utf8')).args;
  assert.equal(args().warn_error, true);
  assert.equal(args().full_refresh, false);
  project.env = { DBT_FULL_REFRESH: 'true', DBT_FAIL_FAST: 'on' };
  await project.run('run');
  assert.deepEqual([args().full_refresh, args().fail_fast], [true, true]);
});

test('what was parsed is kept, where nothing forbids it', async () => {
  using own = folder();
  const project = new SmallProject(own.path, { ...MODELS, 'models/c.sql': '{% if true %}select 1 as id{% endif %}' });
  const kept = () => existsSync(join(own.path, 'target/partial_parse.millrace'));
  project.env = { DBT_PARTIAL_PARSE: 'false' };
  await project.run('parse');
  project.env = {};
  project.write(flags('partial_parse: false'));
  await project.run('parse');
  assert.equal(kept(), false);
  project.write(flags(''));
  await project.run('parse');
  assert.equal(kept(), true);
  assert.equal((await project.run('run')).code, 0);
});

test('indirect selection has its default in the project', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    ...MODELS,
    'tests/both.sql': "select 1 from {{ ref('a') }} join {{ ref('b') }} using (id) where false",
  });
  const listed = async (...words: readonly string[]) => {
    const { out } = await project.run('ls', '--select', 'a', '--resource-type', 'test', ...words);
    return out.includes('both');
  };
  assert.equal(await listed(), true);
  project.write(flags('indirect_selection: cautious'));
  assert.equal(await listed(), false);
  assert.equal(await listed('--indirect-selection', 'eager'), true);
  project.env = { DBT_INDIRECT_SELECTION: 'eager' };
  assert.equal(await listed(), true);
  project.env = { DBT_INDIRECT_SELECTION: 'bold' };
  assert.equal((await project.run('ls')).code, 2);
});

test('nodes are skipped after a statement of on-run-start that failed where the project says so', async () => {
  using own = folder();
  const project = new SmallProject(own.path, { 'models/a.sql': 'select 1 as id' });
  const statuses = async (text: string) => {
    project.write({ 'dbt_project.yml': `${HEAD}on-run-start: ["select nothing"]\n${text}` });
    assert.equal((await project.run('run')).code, 1);
    return project.statuses().a;
  };
  assert.equal(await statuses(''), 'success');
  assert.equal(await statuses('flags: {skip_nodes_if_on_run_start_fails: true}\n'), 'skipped');
});

test('what is not served is named, once, and what makes no difference is not', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    ...MODELS,
    ...flags('write_json: false, partial_parse: false, send_anonymous_usage_stats: false, new_thing: 7'),
    'models/a.sql': "{{ config(grants={'select': ['reporter']}) }}select 1 as id",
  });
  project.env = { DBT_QUIET: 'true', DBT_OWN: 'x' };
  const { events } = await project.events('run');
  const warned = events.flatMap((event) =>
    event.event === 'message' && event.level === 'warn' ? [event.message] : [],
  );
  assert.deepEqual(warned, [
    '`write_json: False` of `flags` is not served',
    '`new_thing: 7` of `flags` is not served',
    'DBT_QUIET is not served',
    'DuckDB has no users: `grants` are passed over (a)',
  ]);
  const listed = await project.run('ls');
  assert.match(listed.err, /`new_thing: 7` of `flags` is not served/);
});

test('a flag or variable of another kind is an error', async () => {
  using own = folder();
  const project = new SmallProject(own.path, { ...MODELS, ...flags('fail_fast: perhaps') });
  assert.match((await project.run('run')).err, /`fail_fast` of `flags` is perhaps/);
  project.write(flags(''));
  project.env = { DBT_FAIL_FAST: 'perhaps' };
  assert.match((await project.run('run')).err, /DBT_FAIL_FAST is neither true nor false/);
});
