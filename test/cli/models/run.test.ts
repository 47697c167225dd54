import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../command-line.ts';
import { readFileTables } from './shop.ts';
import { SmallProject } from './small-project.ts';

test('a model that fails holds up what is made from it; retry runs these alone once it is mended', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    'models/first.sql': 'select 1 as id',
    'models/broken.sql': "select nothing_of_this from {{ ref('first') }}",
    'models/below.sql': "{{ config(materialized='table') }} select * from {{ ref('broken') }}",
    'models/beside.sql': "{{ config(materialized='table') }} select * from {{ ref('first') }}",
  });
  const failed = await project.run('run');
  assert.equal(failed.code, 1);
  assert.deepEqual(project.statuses(), { first: 'success', broken: 'error', below: 'skipped', beside: 'success' });
  for (const part of [
    'ERROR  view         main.broken',
    'skip   table        main.below',
    'model.small.broken',
    'target/compiled/small/models/broken.sql',
    '1 error, 1 skipped',
  ])
    assert.ok(failed.err.includes(part), `${part} in\n${failed.err}`);
  assert.equal(failed.out, '');
  assert.equal(
    readFileSync(join(own.path, 'target/compiled/small/models/broken.sql'), 'utf8'),
    'select nothing_of_this from "small"."main"."first"',
  );

  const manifest = JSON.parse(readFileSync(join(own.path, 'target/manifest.json'), 'utf8'));
  assert.equal(manifest.nodes['model.small.below'].compiled, undefined);
  assert.equal(manifest.nodes['model.small.beside'].compiled_code.trim(), 'select * from "small"."main"."first"');

  project.write({ 'models/broken.sql': "select id from {{ ref('first') }}" });
  const mended = await project.run('retry');
  assert.equal(mended.code, 0, mended.err);
  assert.deepEqual(project.statuses(), { broken: 'success', below: 'success' });
  const again = await project.run('retry');
  assert.equal(again.code, 0);
  assert.match(again.err, /nothing to do/);
});

test('with --json every node has a begin and a result, and one event ends the output', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    'models/a.sql': 'select 1 as id',
    'models/b.sql': "{{ config(materialized='table') }} select * from {{ ref('a') }} {{ log('built', info=true) }}",
  });
  const { code, events, finished } = await project.events('run', '--threads', '1');
  assert.equal(code, 0);
  const told = events.map((event) =>
    event.event === 'node' || event.event === 'result' ? `${event.event} ${event.node.name}` : event.event,
  );
  assert.deepEqual(
    told.filter((word) => word !== 'message'),
    ['started', 'node a', 'result a', 'node b', 'result b', 'finished'],
  );
  assert.ok(events.some((event) => event.event === 'message' && event.message === 'built'));
  assert.deepEqual(finished.counts, { success: 2 });
  const result = events.find((event) => event.event === 'result' && event.node.name === 'b');
  assert.ok(result?.event === 'result');
  assert.equal(result.rows, 1);
  assert.equal(result.node.relation, 'main.b');
  assert.equal((await project.run('run', '--log-format', 'json')).out.trimEnd().split('\n').length, events.length);
});

test('where nothing could run the exit code is 2, and with --json the one event says why', async () => {
  using own = folder();
  const project = new SmallProject(own.path, { 'models/a.sql': 'select 1 as id' });
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['project.missing', ['--project-dir', 'nowhere']],
    ['project.profile', ['--target', 'prod']],
    ['select.invalid', ['--select', 'tags:x']],
    ['select.invalid', ['--selector', 'nightly']],
    ['project.invalid', ['--vars', '[1]']],
  ];
  for (const [expected, words] of cases) {
    const { code, events, finished } = await project.events('run', ...words);
    assert.equal(code, 2, words.join(' '));
    assert.equal(events.length, 1);
    assert.equal(finished.error?.code, expected);
  }
  const told = await project.run('run', '--target', 'prod');
  assert.equal(told.code, 2);
  assert.match(told.err, /error project\.profile/);
  assert.equal(existsSync(join(own.path, 'target/run_results.json')), false);
});

test('a selection that nothing answers to runs nothing, says so, and is no failure', async () => {
  using own = folder();
  const project = new SmallProject(own.path, { 'models/a.sql': 'select 1 as id' });
  const told = await project.run('run', '--select', 'b');
  assert.equal(told.code, 0);
  assert.match(told.err, /nothing is selected by "b"/);
});

test('hooks run once each and in their order, and those of the end see the results', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    'dbt_project.yml': [
      'name: small', 'version: "1.0"', 'profile: small',
      'on-run-start:', '  - create or replace table steps (step integer, what varchar)', "  - \"insert into steps select count(*), 'start' from steps\"",
      "on-run-end: \"{% for res in results %}insert into steps select count(*), 'end {{ res.node.name }} {{ res.status }}' from steps{% endfor %}\"",
    ].join('\n'),
    'models/a.sql': "{{ config(materialized='table', pre_hook=[\"insert into steps select count(*), 'inside' from steps\", {'sql': \"insert into steps select count(*), 'before {{ this.identifier }}' from steps\", 'transaction': false}], post_hook=\"insert into steps select count(*), 'after' from steps\") }} select 1 as id",
  }); // biome-ignore format: a project
  const told = await project.run('run');
  assert.equal(told.code, 0, told.err);
  const { rows } = (await readFileTables(join(own.path, 'small.duckdb')))['main.steps']!;
  assert.deepEqual(rows, [['0', 'start'], ['1', 'before a'], ['2', 'inside'], ['3', 'after'], ['4', 'end a success']]); // biome-ignore format: a list

  project.write({ 'dbt_project.yml': 'name: small\nprofile: small\non-run-end: select nothing_of_this\n' });
  const broken = await project.run('run');
  assert.equal(broken.code, 1);
  assert.equal(project.statuses()['small-on-run-end-0'], 'error');
});

test('an incremental model takes new rows, and everything under --full-refresh', async () => {
  using own = folder();
  const model = (rows: string) =>
    `{{ config(materialized='incremental', unique_key='id') }} select * from (values ${rows}) as t(id, name) {% if is_incremental() %} where id > 1 {% endif %}`;
  const project = new SmallProject(own.path, { 'models/a.sql': model("(1, 'one'), (2, 'two')") });
  const rows = async () => (await readFileTables(join(own.path, 'small.duckdb')))['main.a']!.rows;
  assert.equal((await project.run('run')).code, 0);
  project.write({ 'models/a.sql': model("(1, 'changed'), (2, 'newer'), (3, 'three')") });
  assert.equal((await project.run('run')).code, 0);
  assert.deepEqual(await rows(), [['1', 'one'], ['2', 'newer'], ['3', 'three']]); // biome-ignore format: a list
  assert.equal((await project.run('run', '--full-refresh')).code, 0);
  assert.deepEqual(await rows(), [['1', 'changed'], ['2', 'newer'], ['3', 'three']]); // biome-ignore format: a list
});

test('run-operation runs a macro with its arguments, prints what it prints, and fails by what it raises', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    'macros/ops.sql': "{% macro ask(n) %}{% do print(run_query('select ' ~ n ~ ' + 1').columns[0].values()[0]) %}{% endmacro %}{% macro stop() %}{{ exceptions.raise_compiler_error('no further') }}{% endmacro %}",
  }); // biome-ignore format: a project
  const told = await project.run('run-operation', 'ask', '--args', '{n: 41}');
  assert.equal(told.code, 0, told.err);
  assert.equal(told.out, '42\n');
  const stopped = await project.run('run-operation', 'stop');
  assert.equal(stopped.code, 1);
  assert.match(stopped.err, /no further/);
});

test('what the database does not take is told of where it was written, once, and with a way to mend it', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    'models/asks.sql': "{% if execute %}{% do run_query('select x from (select 1 as y) t') %}{% endif %}select 1 as id",
    'models/names.sql': 'select id from nowhere',
    'models/writes.sql': 'selct 1',
  });
  const { events } = await project.events('run');
  const results = events.flatMap((event) => (event.event === 'result' ? [event] : []));
  const errors = Object.fromEntries(results.map(({ node, error }) => [node.name, error!]));
  for (const [name, code, at, fix] of [
    ['asks', 'database.missing', 'models/asks.sql:1', /`ref`/],
    ['names', 'database.missing', 'target/compiled/small/models/names.sql', /`ref`/],
    ['writes', 'database.refused', 'target/compiled/small/models/writes.sql', /Correct the SQL/],
  ] as const) {
    const { cause, ...error } = errors[name]!;
    assert.deepEqual([error.code, error.at, error.origin, cause], [code, at, 'model', undefined], name);
    assert.match(error.fix!, fix);
  }
  const compiled = await project.run('compile');
  assert.match(compiled.err, /side {3}model\n {2}at {5}models\/asks.sql:1/);
});
