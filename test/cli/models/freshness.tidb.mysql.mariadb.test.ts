import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sharedUrl } from '../../services/shared.ts';
import { inPlace, servers } from '../../transforms/adapter/target.ts';
import { folder } from '../command-line.ts';
import { writeProfile } from './shop.ts';
import { SmallProject } from './small-project.ts';

for (const type of servers)
  test(`how fresh sources of ${type} are: TIMESTAMP, DATETIME, a query, an empty table`, () =>
    inPlace(type, async ({ schema, run }) => {
      await run(
        `create table ${schema}.t (id int primary key, came timestamp(3) null, written datetime(6))`,
        `insert into ${schema}.t values (1, utc_timestamp(3), '2024-01-31 12:00:00.5'), (2, null, null)`,
      );
      using own = folder();
      const project = new SmallProject(own.path, {
        'dbt_project.yml': 'name: small\nversion: "1.0"\nprofile: corner_shop\n',
        'models/s.yml': `
sources:
  - name: s
    schema: ${schema}
    freshness: {warn_after: {count: 6, period: hour}, error_after: {count: 1000, period: day}}
    tables:
      - {name: stamped, identifier: t, loaded_at_field: came}
      - {name: dated, identifier: t, loaded_at_field: '"written"', freshness: {error_after: null}}
      - {name: asked, identifier: t, loaded_at_query: "select max(written) from {{ this }} where id || '' = '1'"}
      - {name: nothing, identifier: t, loaded_at_field: came, freshness: {filter: id > 5}}
`,
      });
      writeProfile(own.path, type, sharedUrl(type), schema);
      const { code, err } = await project.run('source', 'freshness');
      assert.equal(code, 1, err);
      const { results } = JSON.parse(readFileSync(join(own.path, 'target/sources.json'), 'utf8')) as {
        results: { unique_id: string; status: string; max_loaded_at: string }[];
      };
      const found = Object.fromEntries(results.map((result) => [result.unique_id.split('.').at(-1)!, result]));
      assert.deepEqual(Object.fromEntries(Object.entries(found).map(([name, { status }]) => [name, status])), {
        stamped: 'pass',
        dated: 'warn',
        asked: 'error',
        nothing: 'error',
      });
      const times = [found.dated, found.asked, found.nothing].map((result) => Date.parse(result!.max_loaded_at));
      const written = Date.UTC(2024, 0, 31, 12, 0, 0, 500);
      assert.deepEqual(times, [written, written, Date.parse('0001-01-01T00:00:00Z')]);
    }));
