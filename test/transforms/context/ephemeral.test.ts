import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cteName, withCtes } from '../../../transforms/context/ephemeral.ts';
import { fc } from '../../random.ts';

test('names of CTEs are what MySQL takes, and differ where names of models differ', () => {
  assert.equal(cteName('orders'), '__dbt__cte__orders');
  const long = 'x'.repeat(60);
  assert.notEqual(cteName(`${long}a`), cteName(`${long}b`));
  fc.assert(fc.property(fc.stringMatching(/^[a-z_0-9]{1,120}$/), (name) => cteName(name).length <= 64));
});

const cte = [{ id: 'a', sql: ' a as (\nselect 1\n)' }];

test("CTEs stand before the query's own, wherever its with is", () => {
  assert.equal(withCtes('select 1', []), 'select 1');
  assert.equal(withCtes('\n select 1', cte), '\n with a as (\nselect 1\n) select 1');
  assert.equal(
    withCtes('-- with\nWith b as (x) select 1', cte),
    '-- with\nWith  a as (\nselect 1\n), b as (x) select 1',
  );
  assert.equal(
    withCtes('/* c */ with -- d\nrecursive b as (x)', cte),
    '/* c */ with -- d\nrecursive  a as (\nselect 1\n), b as (x)',
  );
  assert.equal(withCtes('withdraw', cte), 'with a as (\nselect 1\n) withdraw');
});

test('a query keeps all of its text, in its order', () => {
  const parts = fc.array(
    fc.constantFrom('with ', 'recursive ', '-- x\n', '/* y */', ' ', '\n', 'b as (select 1) ', 'select * from b'),
  );
  fc.assert(
    fc.property(parts, (texts) => {
      const sql = texts.join('');
      const made = withCtes(sql, cte);
      assert.ok(made.includes(cte[0]!.sql));
      assert.equal(
        made.replace(`with${cte[0]!.sql} `, '') === sql || made.replace(`${cte[0]!.sql}, `, '') === sql,
        true,
      );
    }),
  );
});
