import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../command-line.ts';
import { type RunResult, SmallProject } from './small-project.ts';
import { FILES, namesOf, unitFile } from './unit-project.ts';

const MODELS = {
  'models/first.sql': "{{ config(materialized='ephemeral') }} select cast(1 as bigint) as id, 'a' as name",
  'models/second.sql':
    "{{ config(materialized='table') }} select id * 2 as twice, name from {{ ref('first') }} where id > {{ var('least', 0) }}",
  'models/third.sql': "{{ config(materialized='table') }} select * from {{ ref('second') }}",
};

const unit = (expected: string, more = '') =>
  `unit_tests:\n  - name: doubles\n    model: second\n    given: [{input: ref('first'), rows: [{id: 3, name: x}, {id: 1}]}]\n    expect: {rows: ${expected}}\n${more}`;

test('a build runs the unit tests of a model before it, and one that fails holds it up with what is made from it', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    ...MODELS,
    'models/unit.yml': unit('[{twice: 6, name: x}, {twice: 3}]'),
  });
  const failed = await project.run('build');
  assert.equal(failed.code, 1);
  assert.deepEqual(project.statuses(), { 'second.doubles': 'fail', second: 'skipped', third: 'skipped' });
  assert.match(failed.err, /FAIL {3}unit test {4}second::doubles/);
  const [{ message, failures }] = project.results() as [RunResult];
  assert.equal(failures, 1);
  assert.deepEqual(message?.split('\n').slice(2), ['@@,twice,name', '→ ,3→2  ,NULL', '  ,6    ,x']);
  project.write({ 'models/unit.yml': unit('[{twice: 6, name: x}, {twice: 2}]') });
  const mended = await project.run('retry');
  assert.equal(mended.code, 0, mended.err);
  assert.deepEqual(project.statuses(), { 'second.doubles': 'pass', second: 'success', third: 'success' });
  const compiled = readFileSync(join(own.path, 'target/compiled/small/models/unit.yml/doubles.sql'), 'utf8');
  assert.match(compiled, /with __dbt__cte__first as \(\nselect cast\('3' as BIGINT\)/i);
  const { unit_tests: units } = JSON.parse(readFileSync(join(own.path, 'target/manifest.json'), 'utf8'));
  assert.deepEqual(units['unit_test.small.second.doubles'].depends_on.nodes, ['model.small.second']);
});

test('unit tests are chosen by their kind and name, and by their model', async () => {
  using own = folder();
  const tests = 'models:\n  - {name: second, columns: [{name: twice, data_tests: [not_null]}]}\n';
  const project = new SmallProject(own.path, { ...MODELS, 'models/unit.yml': unit('[{twice: 6}, {twice: 2}]', tests) });
  assert.equal((await project.run('build')).code, 0);
  const chosen: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['--select', 'test_type:unit'], ['second.doubles']],
    [['--select', 'unit_test:doub*'], ['second.doubles']],
    [
      ['--select', 'second'],
      ['not_null_second_twice', 'second.doubles'],
    ],
    [['--exclude', 'test_type:unit'], ['not_null_second_twice']],
    [['--resource-type', 'unit_test'], ['second.doubles']],
    [['--select', 'third'], []],
  ];
  for (const [words, names] of chosen) {
    const told = await project.run('test', ...words);
    assert.equal(told.code, 0, told.err);
    const ran = /nothing to do/.test(told.err)
      ? []
      : Object.keys(project.statuses()).map((name) => name.replace(/\.[0-9a-f]{10}$/, ''));
    assert.deepEqual(ran.sort(), names, words.join(' '));
  }
});

test('vars of a unit test hold in it alone', async () => {
  using own = folder();
  const overrides = '    overrides: {vars: {least: 2}}\n';
  const project = new SmallProject(own.path, { ...MODELS, 'models/unit.yml': unit('[{twice: 6}]', overrides) });
  const { code, err } = await project.run('build');
  assert.equal(code, 0, err);
  assert.deepEqual(project.statuses(), { 'second.doubles': 'pass', second: 'success', third: 'success' });
});

test('what is wrong with a unit test is said with its file', async () => {
  using own = folder();
  const project = new SmallProject(own.path, { ...FILES, ...unitFile(namesOf('pass')) });
  assert.equal((await project.run('build')).code, 0);
  const one = (lines: string, model = 'passed') => ({
    'models/units.yml': `unit_tests:\n  - name: odd\n    model: ${model}\n${lines}`,
  });
  const given = (row: string) => one(`    given: [{input: ref('typed'), rows: [${row}]}]\n    expect: {rows: []}`);
  const ran: readonly (readonly [Record<string, string>, RegExp])[] = [
    [given('{big: 1.5}'), /a row has 1\.5 for big, which is bigint/],
    [given('{big: one}'), /a row has one for big/],
    [given('{other: 1}'), /ref\('typed'\) has no column other/],
    [one("    given: [{input: ref('typo'), rows: []}]\n    expect: {rows: []}"), /ref\('typo'\), which is not in the project/],
    [one("    overrides: {macros: {no_such: 1}}\n    given: []\n    expect: {rows: []}"), /overrides no_such, which there is not/],
    [one("    given: [{input: ref('typed'), rows: []}]\n    expect: {format: sql, rows: select 1 as big}"), /gives no column ratio/],
    [one("    given: [{input: ref('typed'), rows: []}]\n    expect: {format: sql, rows: select nothing}"), /nothing/],
  ]; // biome-ignore format: a table
  for (const [files, message] of ran) {
    project.write(files);
    const { code, err } = await project.run('test', '--select', 'test_type:unit');
    assert.equal(code, 1, err);
    assert.match(err, message);
    assert.match(err, /models\/units\.yml/);
  }
  const unread: readonly (readonly [Record<string, string>, RegExp])[] = [
    [one("    given: [{input: ref('typed'), rows: text}]\n    expect: {rows: []}"), /rows as a list of maps/],
    [one("    given: [{input: ref('typed'), format: csv, fixture: none_such}]\n    expect: {rows: []}"), /no none_such\.csv in tests\/fixtures/],
    [one("    given: [{input: ref('typed'), format: xml, rows: a}]\n    expect: {rows: []}"), /not xml/],
    [one("    given: [{input: ref('typed')}]\n    expect: {rows: []}"), /no seed, so it has `rows`/],
    [one('    given: []\n    expect: {rows: []}', 'totals'), /overrides it with true or false/],
    [one('    overrides: {macros: {is_incremental: true}}\n    given: []\n    expect: {rows: []}', 'totals'), /has an input `this`/],
  ]; // biome-ignore format: a table
  for (const [files, message] of unread) {
    project.write(files);
    const { code, err } = await project.run('test');
    assert.equal(code, 2, err);
    assert.match(err, message);
    assert.match(err, /models\/units\.yml/);
  }
});
