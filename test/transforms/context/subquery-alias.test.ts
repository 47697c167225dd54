import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withOwnAliases } from '../../../transforms/context/subquery-alias.ts';

const ROWS = '(select * from "a"."t" where at >= \'2026\')';
const OWN = `${ROWS} _dbt_et_filter_subq_t`;

test('the name that the code has for a filtered relation takes the place of its own', () => {
  for (const behind of [' e', ' as e', '\n  AS "e"', ' `e`', ' e join x', ' wherever', ' _x'])
    assert.equal(withOwnAliases(`from ${OWN}${behind}`), `from ${ROWS}${behind}`);
  for (const behind of [
    '',
    ' where x',
    '\nLEFT join y',
    ', other',
    ')',
    ' order by 1',
    '\n-- remark',
    ' on a = b',
    ' union all select',
  ])
    assert.equal(withOwnAliases(`from ${OWN}${behind}`), `from ${OWN}${behind}`);
  assert.equal(withOwnAliases(`from ${OWN}, ${OWN} b`), `from ${OWN}, ${ROWS} b`);
});
