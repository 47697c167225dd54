import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { dispatchPrefixes, MacroLibrary } from '../../../transforms/context/macro-library.ts';
import type { MacroNode } from '../../../transforms/project/manifest.ts';
import { modelSession } from '../dialect/servers.ts';
import { renderOn } from './macro-scope.ts';

for (const server of ['tidb', 'mysql', 'mariadb'] as const) {
  describe(`macros of dbt_utils on ${server}`, () => {
    test('deduplicate keeps one row of each part, with its NULLs', async () => {
      const source = `with t as (select 1 as id, null as x, 5 as n union all select 1, 'a', 6 union all select 2, null, null)
        select * from ({{ mysql__deduplicate(t, 'id', 'n desc') }}) as d order by id`;
      await using session = await modelSession(server);
      const sql = await renderOn({ server, relations: { t: ['id', 'x', 'n'] } }, source);
      assert.deepEqual(await session.rows(sql), [
        ['number:1', 'text:a', 'number:6'],
        ['number:2', null, null],
      ]);
    });

    test('deduplicate of a name whose columns are not known is refused', () =>
      assert.rejects(renderOn({ server }, "{{ mysql__deduplicate('cte', 'id', 'n') }}"), /row_number/));

    test('tables are found by patterns', async () => {
      await using session = await modelSession(server);
      const database = `mr_${randomBytes(6).toString('hex')}`;
      await session.rows(`create database ${database}`);
      try {
        for (const table of ['Orders_1', 'orders_2', 'orders_old', 'other']) {
          await session.rows(`create table ${database}.${table} (id int)`);
        }
        await session.rows(`create view ${database}.orders_v as select 1 as id`);
        const call = `mysql__get_tables_by_pattern_sql('${database.toUpperCase()}', 'orders%', '%old')`;
        const sql = await renderOn({ server }, `select table_name, table_type from ({{ ${call} }}) as t order by 1`);
        assert.deepEqual(await session.rows(sql), [
          ['text:Orders_1', 'text:table'],
          ['text:orders_2', 'text:table'],
          ['text:orders_v', 'text:view'],
        ]);
      } finally {
        await session.rows(`drop database ${database}`);
      }
    });
  });
}

test('dispatch finds them before what a package has for every database, and behind what it has for this one', () => {
  const macro = (owner: string, name: string) =>
    ({ package_name: owner, name, unique_id: `macro.${owner}.${name}` }) as MacroNode;
  const all = [
    macro('dbt', 'mysql__deduplicate'),
    macro('dbt', 'mysql__own'),
    macro('dbt_utils', 'default__deduplicate'),
    macro('dbt_utils', 'mysql__own'),
    macro('dbt', 'default__plain'),
    macro('dbt_utils', 'default__plain'),
  ];
  const found = (name: string, type: string, more: MacroNode[] = []) =>
    new MacroLibrary([...all, ...more], {
      root: 'shop',
      prefixes: dispatchPrefixes(type),
      dispatch: new Map(),
    }).dispatched(name, 'dbt_utils', 'shop')?.unique_id;
  assert.equal(found('deduplicate', 'tidb'), 'macro.dbt.mysql__deduplicate');
  assert.equal(found('deduplicate', 'duckdb'), 'macro.dbt_utils.default__deduplicate');
  assert.equal(found('own', 'mariadb'), 'macro.dbt_utils.mysql__own');
  assert.equal(found('plain', 'tidb'), 'macro.dbt_utils.default__plain');
  const ours = macro('shop', 'default__deduplicate');
  assert.equal(found('deduplicate', 'tidb', [ours]), 'macro.shop.default__deduplicate');
});
