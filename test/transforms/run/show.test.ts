import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitedQuery } from '../../../transforms/run/show.ts';

test('a limit goes behind a query, and around one that is bounded itself', () => {
  const around = (sql: string) => `select * from (\n${sql}\n) millrace_shown\nlimit 5`;
  for (const sql of [
    'select 1',
    "select 'limit 1' as a -- limit 2",
    'select "limit" from t',
    'with a as (select 1 limit 1) select * from a',
    'select (select x from t limit 1) as x from t order by x',
  ])
    assert.equal(limitedQuery(`${sql};\n`, 5), `${sql}\nlimit 5`);
  for (const sql of [
    'select 1 limit 3',
    'select 1 offset 1',
    'select 1 fetch first row only',
    'select 1 LIMIT 3 -- end',
  ])
    assert.equal(limitedQuery(sql, 5), around(sql));
  assert.equal(limitedQuery('select 1 limit 3', undefined), 'select 1 limit 3');
  assert.equal(limitedQuery("select 'open", 5), "select 'open\nlimit 5");
});
