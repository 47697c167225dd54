import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../command-line.ts';
import { SmallProject } from './small-project.ts';

const FILES = {
  'macros/twice.sql': '{% macro twice(what) %}{{ what }} + {{ what }}{% endmacro %}',
  'models/a.sql': "{{ config(meta={'share': 1.5}) }}select {{ twice('1') }} as id",
  'models/b.sql': "select id from {{ ref('a') }}",
  'models/all.yml':
    'models:\n  - name: a\n    columns: [{name: id, data_tests: [unique, not_null]}]\nexposures: [{name: e, type: ml, owner: {name: o}, depends_on: ["ref(\'b\')"]}]\n',
  'seeds/s.csv': 'id\n1\n',
};

/** An artifact without what every run has of its own. */
function artifact(path: string): unknown {
  const { metadata: _metadata, ...content } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  return JSON.parse(JSON.stringify(content, (key, value) => (key === 'created_at' ? undefined : value)));
}

test('manifest.json of a warm parse or compile is that of a cold one, whatever has changed or was damaged', async () => {
  using own = folder();
  const project = new SmallProject(own.path, FILES);
  const both = async (verb: 'parse' | 'compile', what: string) => {
    const told = await project.run(verb);
    assert.equal(told.code, 0, told.err);
    project.env = { DBT_PARTIAL_PARSE: 'false' };
    assert.equal((await project.run(verb, '--target-path', 'cold')).code, 0);
    project.env = {};
    const [warm, cold] = ['target', 'cold'].map((name) =>
      JSON.stringify(artifact(join(own.path, name, 'manifest.json'))).replaceAll(`"${name}/compiled`, '"x/compiled'),
    );
    assert.equal(warm, cold, what);
  };
  await both('parse', 'at first');
  await both('parse', 'unchanged');
  await both('compile', 'compiled');
  project.write({ 'models/b.sql': "select id + 1 as id from {{ ref('a') }}" });
  await both('parse', 'one changed');
  await both('compile', 'one changed, compiled');
  project.write({ 'models/b.sql': FILES['models/b.sql'] });
  await both('parse', 'changed back');
  writeFileSync(join(own.path, 'target/partial_parse_manifest.millrace'), 'damaged');
  project.write({ 'models/a.sql': FILES['models/a.sql'].replace("'1'", "'2'") });
  await both('parse', 'damaged');
  project.write({ 'models/a.sql': FILES['models/a.sql'] });
  await both('parse', 'what was changed while it was damaged');
  project.write({ 'models/b.sql': 'select 1 as id' });
  await both('compile', 'another graph');
});
