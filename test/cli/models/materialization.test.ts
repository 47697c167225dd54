import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folder } from '../command-line.ts';
import { SmallProject } from './small-project.ts';

const makes = (name: string, adapter: string, what: string) =>
  `{% materialization ${name}, ${adapter} %}{% call statement('main') %}insert into told values ('${what}'){% endcall %}{% do adapter.commit() %}{{ return({'relations': []}) }}{% endmaterialization %}`;

const pack = (name: string, macros: string) => ({
  [`packs/${name}/dbt_project.yml`]: `name: ${name}\nversion: "1.0"\nconfig-version: 2\n`,
  [`packs/${name}/macros/made.sql`]: macros,
});

const FILES = {
  'packages.yml': 'packages: [{local: packs/one}, {local: packs/two}]\n',
  ...pack('one', makes('doubled', 'default', 'one') + makes('view', 'default', 'view of one')),
  ...pack('two', makes('doubled', 'default', 'two')),
};

const PROJECT =
  'name: small\nversion: "1.0"\nprofile: small\non-run-start: create or replace table told (what varchar)\n';

test('of two packages with one materialization neither is taken, but the one that the project returns', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    ...FILES,
    'dbt_project.yml': PROJECT,
    'models/a.sql': "{{ config(materialized='doubled') }} select 1 as id",
  });
  const { code, events } = await project.events('run');
  assert.equal(code, 1);
  const result = events.find((event) => event.event === 'result');
  assert.equal(result?.error?.code, 'model.duplicate');
  assert.match(result.error.message, /one and two/);

  project.write({
    'macros/own.sql':
      '{% materialization doubled, default %}{{ return(two.materialization_doubled_default()) }}{% endmaterialization %}',
  });
  const mended = await project.run('run');
  assert.equal(mended.code, 0, mended.err);
  assert.equal((await told(project)).trim(), 'two');
});

test("a package's own view is taken where the project's flags let packages override", async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    ...FILES,
    'dbt_project.yml': PROJECT,
    'models/a.sql': 'select 1 as id',
  });
  assert.equal((await project.run('run')).code, 0);
  assert.equal((await told(project)).trim(), '');
  const flag = 'require_explicit_package_overrides_for_builtin_materializations';
  project.write({ 'dbt_project.yml': `${PROJECT}flags: {${flag}: false}\n` });
  assert.equal((await project.run('run')).code, 0);
  assert.equal((await told(project)).trim(), 'view of one');
});

test('what millrace would leave out of a macro is refused: microbatches, and a header around its own table', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    'macros/own.sql': `{% macro get_incremental_microbatch_sql(arg_dict) %}select 1{% endmacro %}
      {% materialization wrapped, default %}{{ return(dbt.materialization_table_default()) }}{% endmaterialization %}`,
    'models/batches.sql':
      "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at', batch_size='day', begin='2026-01-01') }} select 1 as id, timestamp '2026-01-01' as at",
    'models/headed.sql': "{{ config(materialized='wrapped', sql_header='set threads = 1;') }} select 1 as id",
  });
  const { events } = await project.events('run');
  const codes = events.flatMap((event) => (event.event === 'result' ? [event.error?.code] : []));
  assert.deepEqual(codes, ['model.unsupported', 'model.unsupported']);
});

test('a header is refused by each of our own materializations, and what hangs on the model is not built', async () => {
  using own = folder();
  const kinds = ['view', 'table', 'incremental'];
  const headed = kinds.map((kind) => [
    `models/headed_${kind}.sql`,
    `{{ config(materialized='${kind}', sql_header='set threads = 1;') }} select 1 as id`,
  ]);
  const project = new SmallProject(own.path, {
    ...Object.fromEntries(headed),
    'models/child.sql': "select id from {{ ref('headed_table') }}",
    'models/plain.sql': 'select 1 as id',
  });
  const { events, code } = await project.events('run');
  const results = events.flatMap((event) =>
    event.event === 'result' ? [[event.node.name, event.status, event.error?.code]] : [],
  );
  assert.notEqual(code, 0);
  assert.deepEqual(results.sort(), [
    ['child', 'skipped', undefined],
    ...kinds.sort().map((kind) => [`headed_${kind}`, 'error', 'model.unsupported']),
    ['plain', 'success', undefined],
  ]);
});

async function told(project: SmallProject): Promise<string> {
  const { out, err, code } = await project.run('show', '--inline', 'select what from told', '--output', 'json');
  assert.equal(code, 0, err);
  return [...out.matchAll(/"what":\s*"([^"]*)"/g)].map(([, what]) => what).join();
}
