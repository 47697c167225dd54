import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { askArtifact, askBuild } from '../../transforms/project/oracle.ts';
import { filesOf } from '../../transforms/project/shop.ts';
import { folder } from '../command-line.ts';
import { SmallProject } from './small-project.ts';

const files = {
  'dbt_project.yml':
    "name: small\nversion: '1.0'\nprofile: small\non-run-start: create or replace table main.seen as select 1 as id\nseeds: {small: {rows: {+column_types: {came: timestamp, day: date}}}}\n",
  'seeds/rows.csv': 'id,came,day\n1,2024-01-01 12:00:00.25,2024-01-01\n2,2999-01-01 00:00:00,2999-01-01\n3,,\n',
  'models/sources.yml': `
sources:
  - name: s
    schema: main
    loaded_at_field: came
    freshness: {warn_after: {count: 12, period: hour}, error_after: {count: 2, period: day}}
    tables:
      - {name: future, identifier: rows}
      - {name: old, identifier: rows, freshness: {filter: id < 2}}
      - {name: warned, identifier: rows, config: {freshness: {filter: "id = 1", error_after: null}}}
      - {name: nothing, identifier: rows, freshness: {filter: id > 100}}
      - {name: nulls, identifier: rows, freshness: {filter: id = 3, error_after: {count: 1, period: minute}}}
      - {name: by_day, identifier: rows, loaded_at_field: day}
      - {name: cast_day, identifier: rows, loaded_at_field: "cast(day as timestamp)", freshness: {filter: id = 1}}
      - {name: asked, identifier: rows, config: {loaded_at_query: "select min(came) from {{ this }} where came < current_timestamp"}}
      - {name: not_there}
      - {name: unasked, identifier: rows, freshness: null}
  - name: q
    schema: main
    loaded_at_query: select max(came) from {{ this }}
    tables:
      - {name: without, identifier: rows}
      - {name: with, identifier: rows, freshness: {warn_after: {count: 1, period: day}}}
      - {name: own, identifier: rows, loaded_at_field: came, freshness: {warn_after: {count: 1, period: day}, filter: id = 1}}
`,
  'models/m.sql': "select * from {{ source('s', 'old') }}",
};

test('sources are as fresh as dbt finds them, and sources.json is read by dbt-core and dbt-artifacts-parser', async () => {
  using own = folder();
  const project = new SmallProject(own.path, files);
  const theirs = await askBuild({
    files: filesOf(own.path),
    commands: [['seed'], ['source', 'freshness']],
    database: 'small.duckdb',
    artifacts: ['sources', 'manifest'],
  });
  assert.deepEqual(theirs.exits, [true, false]);
  assert.equal((await project.run('seed')).code, 0);
  const { events, code, finished } = await project.events('source', 'freshness');
  assert.deepEqual(
    [code, finished.status, finished.counts],
    [1, 'failed', { pass: 2, warn: 2, error: 5, 'runtime error': 2, success: 1 }],
  );
  assert.ok(
    events.some((event) => event.event === 'hook'),
    'hooks run, as with dbt',
  );

  const content = JSON.parse(readFileSync(join(own.path, 'target/sources.json'), 'utf8'));
  assert.deepEqual(await askArtifact('sources', content), { core: null, parser: null });
  assert.deepEqual(comparable(content), comparable(theirs.artifacts.sources));
  const manifest = JSON.parse(readFileSync(join(own.path, 'target/manifest.json'), 'utf8'));
  for (const [id, source] of Object.entries<Record<string, unknown>>(theirs.artifacts.manifest!.sources as never))
    for (const key of ['loaded_at_field', 'loaded_at_query'])
      assert.equal(manifest.sources[id][key], source[key], `${key} of ${id}`);

  const fine = await project.run('source', 'freshness', '--select', 'source:s.future', '-o', 'fresh.json');
  assert.equal(fine.code, 0, fine.err);
  assert.equal(JSON.parse(readFileSync(join(own.path, 'fresh.json'), 'utf8')).results.length, 1);
  const below = await project.run('ls', '--select', 'source:s.old+', '--resource-type', 'model');
  assert.equal(below.out.trim(), 'small.m');
});

/** dbt leaves out of its file what it could not ask. */
function comparable(content: unknown): unknown {
  const { results } = content as {
    results: {
      unique_id: string;
      status: string;
      max_loaded_at: string;
      criteria: Record<'warn_after' | 'error_after', { count: number | null } | null>;
      adapter_response: { _message: string };
    }[];
  };
  const unset = (threshold: { count: number | null } | null) => (threshold?.count == null ? null : threshold);
  return results
    .filter(({ status }) => status !== 'runtime error')
    .map(({ unique_id, status, max_loaded_at, criteria }) => ({
      unique_id,
      status,
      at: new Date(max_loaded_at).getTime(),
      criteria: { ...criteria, warn_after: unset(criteria.warn_after), error_after: unset(criteria.error_after) },
    }))
    .sort((one, other) => (one.unique_id < other.unique_id ? -1 : 1));
}

test('what freshness says and cannot mean is an error, with exit code 2', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    'models/s.yml':
      'sources: [{name: s, loaded_at_field: came, tables: [{name: t, freshness: {warn_after: {count: 1, period: week}}}]}]',
  });
  const { code, err } = await project.run('source', 'freshness');
  assert.equal(code, 2);
  assert.match(err, /model\.invalid[\s\S]*warn_after.*s\.t[\s\S]*models\/s\.yml/);
});
