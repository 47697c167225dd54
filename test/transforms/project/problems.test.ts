import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { MillraceError } from '../../../connectors/contract/index.ts';
import type { LoadedProject } from '../../../transforms/project/load.ts';
import type { LoadOptions } from '../../../transforms/project/load-context.ts';
import { load } from './shop.ts';

const roots: string[] = [];
after(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

const PROJECT = { 'dbt_project.yml': 'name: small\nversion: 1.0\nprofile: small\n' };

function loadFiles(files: Readonly<Record<string, string>>, options: Partial<LoadOptions> = {}): LoadedProject {
  const root = mkdtempSync(join(tmpdir(), 'millrace-project-'));
  roots.push(root);
  for (const [path, text] of Object.entries({ ...PROJECT, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return load(root, options);
}

/** The problems of a project as `code place: message`. */
function problemsOf(files: Readonly<Record<string, string>>): string[] {
  const { errors, notes } = loadFiles(files).problems;
  return [...errors, ...notes].map(({ code, at, message }) => `${code} ${at}: ${message}`);
}

function stops(files: Readonly<Record<string, string>>): string {
  try {
    loadFiles(files);
  } catch (error) {
    assert.ok(error instanceof MillraceError, String(error));
    return `${error.code} ${error.at}: ${error.message}`;
  }
  return assert.fail('the project was loaded');
}

test('every problem of a project is told, with its place', () => {
  const found = problemsOf({
    'dbt_project.yml': 'name: small\nprofile: small\nsource-paths: [models]\nmodells: {}\nconfig-version: 1\n',
    'models/a.sql': "select * from {{ ref('nowhere') }}",
    'models/b.sql': "select * from {{ source('till', 'gone') }}",
    'models/sub/a.sql': 'select 1',
    'models/c.sql': "select * from {{ ref('off') }}",
    'models/off.sql': '{{ config(enabled=false) }} select 1',
    'models/models.yml': [
      'models:',
      '  - name: b',
      '    columns:',
      '      - name: id',
      '        data_tests:',
      '          - unique:',
      '            where: 1',
      '          - 12',
      '      - description: nameless',
      '  - name: unknown',
      '  - description: no name',
      'modles: []',
    ].join('\n'),
    'macros/m.sql': '{% macro one() %}{% endmacro %}\n{% macro one() %}{% endmacro %}',
  });
  assert.deepEqual(found.sort(), [
    "model.duplicate macros/m.sql:2:1: the macro one is there twice: in macros/m.sql too",
    'model.duplicate models/sub/a.sql: model a is there twice: as models/a.sql too',
    'model.invalid models/models.yml:6:13: a test is one name with its arguments below it',
    'model.invalid models/models.yml:8:13: a test is a name or a map, not int',
    "model.reference models/a.sql: a depends on ref('nowhere'), which is not in the project",
    "model.reference models/b.sql: b depends on source('till', 'gone'), which is not in the project",
    "model.reference models/c.sql: c depends on ref('off'), which is disabled",
    'model.reference models/models.yml:10:5: `models` describes unknown, which is not in the project',
    'project.invalid dbt_project.yml:3:1: `source-paths` is called `model-paths`',
    'project.invalid dbt_project.yml:4:1: `modells` is not a key of dbt_project.yml',
    'project.invalid dbt_project.yml:5:1: `config-version` can only be 2',
    'project.invalid models/models.yml:11:5: an entry of `models` has no `name`',
    'project.invalid models/models.yml:12:1: `modles` is not a list that is read',
    'project.invalid models/models.yml:9:9: a column has no `name`',
  ].sort()); // biome-ignore format: a table
});

test('a project that cannot be read at all stops, with the place', () => {
  assert.match(stops({ 'dbt_project.yml': 'name: {{ x }}\n' }), /^project\.yaml dbt_project\.yml:1:\d+: /);
  assert.match(
    stops({ 'dbt_project.yml': "name: small\nrequire-dbt-version: '>=9.0.0'\n" }),
    /^project\.version dbt_project\.yml:2:1: small needs dbt >=9/,
  );
  assert.throws(
    () => load('/nowhere'),
    (error) => error instanceof MillraceError && error.code === 'project.missing',
  );
});

test('a circle of models is named', () => {
  const files = { 'models/a.sql': "select * from {{ ref('b') }}", 'models/b.sql': "select * from {{ ref('a') }}" };
  assert.match(
    problemsOf(files).join('\n'),
    /^model\.cycle .*: these depend on each other in a circle: (?:a -> b -> a|b -> a -> b)$/,
  );
});

test('a private model is for its group alone, and two nodes are not one table', () => {
  const found = problemsOf({
    'models/a.sql': "{{ config(access='private', group='g') }} select 1",
    'models/b.sql': "select * from {{ ref('a') }}",
    'models/c.sql': "{{ config(alias='B') }} select 1",
    'models/g.yml': 'groups:\n  - name: g\n    owner: {name: someone}\n',
  });
  assert.deepEqual(found, [
    'model.reference models/b.sql: b depends on a, which is private to the group g',
    'model.duplicate models/c.sql: b and c would both be shop.B',
  ]);
});

test('vars come from the command line, the project, and the package, in that order', () => {
  const files = {
    'dbt_project.yml': 'name: small\nprofile: small\nvars: {one: 1, small: {two: 2}}\n',
    'models/m.sql': 'select 1',
    'models/m.yml':
      'models:\n  - name: m\n    config:\n      meta: {one: "{{ var(\'one\') }}", two: "{{ var(\'two\') }}", three: "{{ var(\'three\', 3) }}"}\n',
  };
  const metaOf = ({ manifest }: LoadedProject) => Object.fromEntries(manifest.nodes.get('model.small.m')!.meta);
  assert.deepEqual(metaOf(loadFiles(files)), { one: 1, two: 2, three: 3 });
  assert.deepEqual(metaOf(loadFiles(files, { vars: new Map([['two', 'cli']]) })), { one: 1, two: 'cli', three: 3 });
});

test('a package that is not installed, and a text that is not there, are told of', () => {
  const found = problemsOf({
    'packages.yml': 'packages:\n  - package: someone/something\n    version: 1.0.0\n  - local: nowhere\n',
    'models/m.sql': 'select 1',
    'models/m.yml': 'models:\n  - name: m\n    description: \'{{ doc("lost") }}\'\n',
  });
  assert.deepEqual(found, [
    'project.package packages.yml:2:5: the package someone/something is not installed',
    'project.package packages.yml:4:5: there is no project in nowhere',
    'model.reference models/m.yml:2:5: there is no block of text "lost"',
  ]);
});
