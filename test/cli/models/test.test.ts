import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../command-line.ts';
import { readFileTables } from './shop.ts';
import { SmallProject } from './small-project.ts';

const files = {
  'models/numbers.sql': "{{ config(materialized='table') }} select * from range(10) as t(n)",
  'models/below.sql': "{{ config(materialized='table') }} select max(n) as n from {{ ref('numbers') }}",
  'models/models.yml': [
    'models:',
    '  - name: numbers',
    '    columns:',
    '      - name: n',
    '        data_tests:',
    '          - accepted_values: {name: few, arguments: {values: [0, 1, 2], quote: false}, config: {severity: warn, limit: 3}}',
    '          - accepted_values: {name: threshold, arguments: {values: [0, 1, 2], quote: false}, config: {error_if: "> 100", warn_if: "> 5"}}',
    '          - accepted_values: {name: small_enough, arguments: {values: [9], quote: false}, config: {where: "n > 8"}}',
    '          - not_null',
  ].join('\n'),
  'tests/total.sql': "{{ config(fail_calc='sum(n)', store_failures=true) }} select n from {{ ref('numbers') }} where n > 7 -- the large ones",
}; // biome-ignore format: a project

test('tests pass, warn and fail by severity, thresholds, limit, where and fail_calc; failures are kept where asked for', async () => {
  using own = folder();
  const project = new SmallProject(own.path, files);
  assert.equal((await project.run('run')).code, 0);
  const { code, events, finished } = await project.events('test');
  assert.equal(code, 1);
  const results = events.flatMap((event) =>
    event.event === 'result' ? [[event.node.name, event.status, event.failures]] : [],
  );
  assert.deepEqual(results.sort(), [
    ['few', 'warn', 3],
    ['not_null_numbers_n', 'pass', 0],
    ['small_enough', 'pass', 0],
    ['threshold', 'warn', 7],
    ['total', 'fail', 17],
  ]);
  assert.deepEqual(finished.counts, { warn: 2, pass: 2, fail: 1 });
  const tables = await readFileTables(join(own.path, 'small.duckdb'));
  assert.deepEqual(tables['main_dbt_test__audit.total']?.rows, [['8'], ['9']]);
  assert.equal(tables['main_dbt_test__audit.few'], undefined);
});

test('--warn-error takes warnings for failures, and --store-failures keeps them all', async () => {
  using own = folder();
  const project = new SmallProject(own.path, files);
  assert.equal((await project.run('run')).code, 0);
  const told = await project.run('test', '--select', 'few', '--warn-error', '--store-failures');
  assert.equal(told.code, 1);
  assert.match(told.err, /Got 3 results, configured to fail if != 0/);
  const tables = await readFileTables(join(own.path, 'small.duckdb'));
  assert.equal(tables['main_dbt_test__audit.few']?.rows.length, 3);
  assert.equal((await project.run('test', '--select', 'few')).code, 0);
});

test('build holds up what is made from a model whose test fails, and leaves the rest alone', async () => {
  using own = folder();
  const project = new SmallProject(own.path, { ...files, 'models/apart.sql': 'select 1 as id' });
  const told = await project.run('build');
  assert.equal(told.code, 1);
  const { numbers, below, apart, total } = project.statuses();
  assert.deepEqual(
    { numbers, below, apart, total },
    { numbers: 'success', below: 'skipped', apart: 'success', total: 'fail' },
  );
  assert.match(told.err, /skip {3}table {8}main\.below +test\.small\.total did not succeed/);
});

test('under --fail-fast nothing begins after the first failure', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    'models/a_broken.sql': 'select nothing_of_this',
    'models/b.sql': 'select 1 as id',
    'models/c.sql': 'select 1 as id',
  });
  const told = await project.run('run', '--fail-fast', '--threads', '1');
  assert.equal(told.code, 1);
  assert.deepEqual(project.statuses(), { a_broken: 'error', b: 'skipped', c: 'skipped' });
});
