import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sharedUrl } from '../../services/shared.ts';
import { inPlace, type Place, targets } from '../../transforms/adapter/target.ts';
import { folder } from '../command-line.ts';
import { writeProfile } from './shop.ts';
import { SmallProject } from './small-project.ts';

const files = {
  'dbt_project.yml': 'name: small\nversion: "1.0"\nprofile: corner_shop\n',
  'seeds/countries.csv': 'code,people\nCH,9000000\nFR,68000000\nLI,\n',
  'models/inner.sql':
    "{{ config(materialized='ephemeral') }}select code, people from {{ ref('countries') }} where people is not null",
  'models/outer.sql':
    "select code, people || '!' as loud, cast(people as decimal(30,2)) as exact, 9007199254740993 as large, cast('2026-01-31 12:00:00' as timestamp) as at, cast(null as decimal(3)) as none from {{ ref('inner') }} order by code desc",
};

async function inProject(type: (typeof targets)[number], work: (project: SmallProject, place: Place) => Promise<void>) {
  await inPlace(type, async (place) => {
    using own = folder();
    const project = new SmallProject(own.path, files);
    const file = 'type: duckdb, path: small.duckdb, schema: main, threads: 2';
    if (type === 'duckdb')
      project.write({ 'profiles.yml': `corner_shop: {target: server, outputs: {server: {${file}}}}\n` });
    else writeProfile(own.path, type, sharedUrl(type), place.schema);
    assert.equal((await project.run('seed')).code, 0);
    await work(project, place);
  });
}

for (const type of targets) {
  test(`show on ${type}: rows of a model and of a seed, exact, in their order, and nothing is built`, () =>
    inProject(type, async (project, { rows, schema }) => {
      const { out, err, code } = await project.run('show', '--select', '+outer', '--limit', '1', '--output', 'json');
      assert.equal(code, 0, err);
      assert.match(out, /"node": "outer"/);
      assert.match(out, /"exact": 68000000\.00,/, 'all digits');
      assert.match(out, /"large": 9007199254740993,/, 'all digits');
      const [row, ...others] = (JSON.parse(out) as { show: Record<string, unknown>[] }).show;
      assert.deepEqual([row!.code, row!.loud, row!.none, others], ['FR', '68000000!', null, []]);
      assert.match(String(row!.at), /^2026-01-31T12:00:00/);
      if (type !== 'duckdb')
        assert.deepEqual(
          await rows(
            `select table_name from information_schema.tables where table_schema = '${schema}' and table_name = 'outer'`,
          ),
          [],
        );

      const seed = await project.run('show', '--select', 'countries', '--limit', '-1');
      assert.equal(seed.code, 0, seed.err);
      assert.equal(seed.out, 'code    people\nCH     9000000\nFR    68000000\nLI        NULL\n');
      const inner = await project.run('show', '--select', 'inner', '--json');
      assert.equal(JSON.parse(inner.out).result[0].rows.length, 2);
    }));

  test(`a query of the command line on ${type}: shown and compiled with its template`, () =>
    inProject(type, async (project) => {
      const query =
        "select count(*) as n, '{{ target.name }}' || '{{ this }}' as place from {{ ref('inner') }} limit 9";
      const { out, err, code } = await project.run('show', '--inline', query, '--output', 'json');
      assert.equal(code, 0, err);
      assert.deepEqual(JSON.parse(out), { show: [{ n: 2, place: 'serverNone' }] });
      const compiled = await project.run('compile', '--inline', query);
      assert.match(compiled.out, /^with __dbt__cte__inner as \([\s\S]*from __dbt__cte__inner limit 9\n$/);
      assert.equal(existsSync(join(project.folder, 'target/compiled')), false);
      const manifest = JSON.parse(readFileSync(join(project.folder, 'target/manifest.json'), 'utf8'));
      assert.equal(manifest.nodes['sql_operation.small.inline_query'], undefined);

      const missing = await project.run('show', '--inline', "select * from {{ ref('nowhere') }}");
      assert.equal(missing.code, 1);
      assert.match(missing.err, /model\.reference[\s\S]*inline_query:1/);
      const wrong = await project.run('show', '--inline', 'select colour from {{ ref("countries") }}');
      assert.equal(wrong.code, 1);
      assert.match(wrong.err, /colour/);
      assert.equal((await project.run('show')).code, 2);
    }));
}
