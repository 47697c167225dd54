import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../command-line.ts';
import { SmallProject } from './small-project.ts';

const files = {
  'profiles.yml': `small:
  target: dev
  outputs:
    dev: {type: duckdb, path: small.duckdb, schema: dev, threads: 2}
    prod: {type: duckdb, path: small.duckdb, schema: prod, threads: 2}
`,
  'seeds/s.csv': 'id\n1\n2\n',
  'models/a.sql': "select id, '{{ target.name }}' as made_in from {{ ref('s') }}",
  'models/e.sql': "{{ config(materialized='ephemeral') }}select * from {{ ref('a') }}",
  'models/b.sql': "select id, made_in from {{ ref('e') }}",
  'models/c.sql': "select made_in, count(*) as n from {{ ref('b') }} group by made_in",
  'models/all.yml': 'models: [{name: b, columns: [{name: id, data_tests: [unique]}]}]\n',
};

/** A project whose `prod` is built, with its artifacts in `kept`. */
async function built(path: string): Promise<SmallProject> {
  const project = new SmallProject(path, files);
  const { code, err } = await project.run('build', '--target', 'prod');
  assert.equal(code, 0, err);
  cpSync(join(path, 'target'), join(path, 'kept'), { recursive: true });
  return project;
}

async function shown(project: SmallProject, model: string): Promise<unknown> {
  const { out, err } = await project.run(
    'show',
    '--inline',
    `select * from dev.${model} order by 1`,
    '--output',
    'json',
  );
  return err.includes('error') ? err : (JSON.parse(out) as { show: unknown }).show;
}

test('references lead to what is not there by the state, and to what is there by themselves', async () => {
  using own = folder();
  const project = await built(own.path);
  const plain = await project.run('run', '--select', 'c');
  assert.equal(plain.code, 1, 'nothing is deferred unasked');
  const deferred = await project.run('run', '--select', 'c', '--defer', '--state', 'kept');
  assert.equal(deferred.code, 0, deferred.err);
  assert.deepEqual(await shown(project, 'c'), [{ made_in: 'prod', n: 2 }]);

  const both = await project.run('run', '--select', 'a', 'b', 'c', '--defer', '--state', 'kept');
  assert.equal(both.code, 0, both.err);
  assert.deepEqual(await shown(project, 'c'), [{ made_in: 'dev', n: 2 }], 'what is built here is used here');
  const favoured = await project.run('run', '--select', 'c', '--defer', '--favor-state', '--state', 'kept');
  assert.equal(favoured.code, 0, favoured.err);
  assert.deepEqual(await shown(project, 'c'), [{ made_in: 'prod', n: 2 }]);

  const tested = await project.run('test', '--select', 'b', '--defer', '--state', 'kept');
  assert.equal(tested.code, 0, tested.err);
});

test('compile, show and retry defer too, by variables as well', async () => {
  using own = folder();
  const project = await built(own.path);
  const compiled = await project.run('compile', '--select', 'b', '--defer', '--state', 'kept');
  assert.match(compiled.out, /from "small"\."prod"\."a"/);
  assert.match(readFileSync(join(own.path, 'kept/compiled/small/models/b.sql'), 'utf8'), /"prod"/);
  const show = await project.run('show', '--select', 'c', '--defer', '--state', 'kept', '--output', 'json');
  assert.deepEqual(JSON.parse(show.out), { node: 'c', show: [{ made_in: 'prod', n: 2 }] });

  project.write({ 'models/c.sql': `${files['models/c.sql']} having colour > 1` });
  const failed = await project.run('run', '--select', 'c', '--defer', '--state', 'kept');
  assert.equal(failed.code, 1);
  project.write({ 'models/c.sql': files['models/c.sql'] });
  const again = await project.run('retry');
  assert.equal(again.code, 0, again.err);
  assert.deepEqual(await shown(project, 'c'), [{ made_in: 'prod', n: 2 }]);

  project.env = { DBT_DEFER: 'true', DBT_STATE: 'kept' };
  const byVariables = await project.run('compile', '--select', 'b');
  assert.match(byVariables.out, /"prod"\."a"/);
  const not = await project.run('compile', '--select', 'b', '--no-defer');
  assert.match(not.out, /"dev"\."a"/);
});

test('results and sources of a state choose what runs', async () => {
  using own = folder();
  const project = await built(own.path);
  project.write({ 'models/c.sql': 'select colour from nowhere' });
  await project.run('build', '--target', 'prod');
  cpSync(join(own.path, 'target'), join(own.path, 'failed'), { recursive: true });
  const listed = await project.run(
    'ls',
    '--select',
    'result:error',
    'result:pass',
    '--state',
    'failed',
    '--output',
    'name',
  );
  assert.deepEqual(listed.out.trim().split('\n'), ['c', 'unique_b_id']);
});

test('what a state does not have is said', async () => {
  using own = folder();
  const project = new SmallProject(own.path, files);
  const without = await project.run('run', '--defer');
  assert.equal(without.code, 2);
  assert.match(without.err, /select\.invalid[\s\S]*--state/);
  const empty = await project.run('run', '--defer', '--state', 'nowhere');
  assert.equal(empty.code, 2);
  assert.match(empty.err, /project\.artifact[\s\S]*nowhere\/manifest\.json/);
});
