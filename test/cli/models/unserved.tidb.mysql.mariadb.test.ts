import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedUrl } from '../../services/shared.ts';
import { inPlace, servers } from '../../transforms/adapter/target.ts';
import { folder } from '../command-line.ts';
import { writeProfile } from './shop.ts';
import { SmallProject } from './small-project.ts';

for (const type of servers)
  test(`what ${type} cannot keep is said once, and the comments of tables are kept`, () =>
    inPlace(type, async ({ schema, session }) => {
      using own = folder();
      const model = (as: string) => `{{ config(materialized='${as}') }}select 1 as id`;
      const names = ['v1', 'v2', 'v3', 'v4'];
      const project = new SmallProject(own.path, {
        'dbt_project.yml':
          'name: small\nversion: "1.0"\nprofile: corner_shop\nquery-comment: {comment: shop, job-label: true}\nmodels: {+persist_docs: {relation: true, columns: true}}\n',
        ...Object.fromEntries(names.map((name) => [`models/${name}.sql`, model('view')])),
        'models/t.sql': model('table'),
        'macros/snapshots.sql': '{% macro default__snapshot_get_time() %}now(){% endmacro %}',
        'snapshots/s.yml':
          "snapshots: [{name: s, relation: ref('t'), config: {strategy: check, unique_key: id, check_cols: all}}]",
        'models/silent.sql': model('view'),
        'models/all.yml': `models:\n${[...names, 't'].map((name) => `  - {name: ${name}, description: what ${name} is}\n`).join('')}`,
      });
      writeProfile(own.path, type, sharedUrl(type), schema);
      const { events, finished } = await project.events('build');
      assert.equal(finished.status, 'ok');
      assert.deepEqual(
        events.flatMap((event) => (event.event === 'message' && event.level === 'warn' ? [event.message] : [])),
        [
          `views of ${type} hold no comments: \`persist_docs\` is passed over (v1, v2, v3 and 1 more)`,
          'snapshots do not use the macro `default__snapshot_get_time`: it is passed over (macros/snapshots.sql)',
          '`job-label` of `query-comment` is of BigQuery alone: it is passed over',
        ],
      );
      const facts = await session.facts({ database: null, schema });
      assert.equal(facts.find(({ relation }) => relation.identifier === 't')?.comment, 'what t is');
    }));
