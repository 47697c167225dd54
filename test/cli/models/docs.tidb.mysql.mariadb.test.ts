import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sharedUrl } from '../../services/shared.ts';
import { inPlace, servers } from '../../transforms/adapter/target.ts';
import { folder } from '../command-line.ts';
import { writeProfile } from './shop.ts';
import { SmallProject } from './small-project.ts';

const files = (schema: string) => ({
  'dbt_project.yml':
    'name: small\nversion: "1.0"\nprofile: corner_shop\nmodels: {+persist_docs: {relation: true, columns: true}}\n',
  'models/paid.sql':
    "{{ config(materialized='table') }}select id, amount * 2 as twice, at from {{ source('till', 'bills') }}",
  'models/seen.sql':
    "{{ config(materialized='view') }}select id / 3 as part, 'ü' as letter from {{ source('till', 'bills') }}",
  'models/gone.sql': "{{ config(materialized='view') }}select * from {{ source('till', 'short') }}",
  'models/inner.sql': "{{ config(materialized='ephemeral') }}select 1 as id",
  'models/all.yml': `
sources: [{name: till, schema: ${schema}, tables: [{name: bills}, {name: short}, {name: never}]}]
models: [{name: paid, description: what was paid, columns: [{name: twice, description: "doubled, it's exact"}]}]
`,
});

for (const type of servers)
  test(`the catalog of ${type}: types as the values have them, comments, numbers of rows`, () =>
    inPlace(type, async ({ schema, run, name, session }) => {
      await run(
        `create table ${schema}.bills (id int primary key, amount decimal(10,2) unsigned comment 'with tax', at datetime(6))`,
        `insert into ${schema}.bills values (1, 10, null), (2, 0.5, '2026-01-31 12:00:00.5')`,
        `create table ${schema}.short (id int)`,
        `analyze table ${schema}.bills`,
      );
      using own = folder();
      const project = new SmallProject(own.path, files(schema));
      writeProfile(own.path, type, sharedUrl(type), schema);
      const built = await project.run('run');
      assert.equal(built.code, 0, built.err);
      await run(`drop table ${schema}.short`);
      const { code, err } = await project.run('docs', 'generate');
      const { nodes, sources, errors } = JSON.parse(readFileSync(join(own.path, 'target/catalog.json'), 'utf8'));
      const typesOf = ({ columns }: { columns: Record<string, { type: string }> }) =>
        Object.fromEntries(
          Object.values(columns).map(({ type: text, ...column }) => [
            (column as { name?: string }).name,
            text.replace(/\(11\)|\(255\)/, ''),
          ]),
        );

      assert.deepEqual(Object.keys(sources), ['source.small.till.bills']);
      const bills = sources['source.small.till.bills'];
      assert.deepEqual(typesOf(bills), { id: 'int', amount: 'decimal(10,2) unsigned', at: 'datetime(6)' });
      assert.equal(bills.columns.amount.comment, 'with tax');
      // TiDB keeps what its catalogue says of rows for some seconds, so that a table that was just made may have none.
      if (type === 'tidb') assert.equal(typeof bills.stats.num_rows.value, 'number');
      else assert.equal(bills.stats.num_rows.value, 2);
      assert.equal(bills.metadata.schema, schema);

      const { paid, seen } = Object.fromEntries(
        Object.entries<{
          metadata: { type: string; comment: string | null };
          columns: Record<string, { type: string; comment: string | null }>;
        }>(nodes).map(([id, node]) => [id.split('.').at(-1)!, node]),
      );
      assert.equal(paid!.metadata.comment, 'what was paid');
      assert.equal(paid!.columns.twice!.comment, "doubled, it's exact");
      assert.deepEqual([paid!.metadata.type, seen!.metadata.type], ['BASE TABLE', 'VIEW']);
      const [part] = await session.columns(name('seen'));
      assert.equal(typesOf(seen!).part, part!.dataType);
      // A view that has lost its table: TiDB says so when it is asked for its columns, the others list what they can.
      assert.equal(nodes['model.small.inner'], undefined);
      if (type === 'tidb') {
        assert.equal(code, 1);
        assert.match(errors.join(), /gone/);
        assert.match(err, /gone/);
      } else assert.equal(code, 0, err);
    }));
