import assert from 'node:assert/strict';
import { it } from 'node:test';
import { beforeCopy } from '../mysql/before-copy.ts';
import { rowsOf } from '../pipeline.ts';
import { openHop } from './hop.ts';

/** More rows than a load takes at once, so that what is changed on both sides of them arrives in loads of its own. */
const MANY =
  'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) SELECT 1000 + i, 1000 + i, 0 FROM n';

it('invariant 6: a row of a copy in a topic gives way to one that had its unique value before, and comes again', async () => {
  await using hop = await openHop('mysql', 'tidb');
  const { source, target } = hop;
  await source.run(
    'CREATE TABLE t (id INT PRIMARY KEY, u INT NOT NULL, v INT, UNIQUE (u))',
    'INSERT INTO t VALUES (1, 5, 0), (2, 6, 0), (3, 7, 0)',
    'SET SESSION cte_max_recursion_depth = 100000',
    `INSERT INTO t ${MANY}`,
  );
  const changes = async () => {
    await source.run('UPDATE t SET u = 99 WHERE id = 1', 'UPDATE t SET v = 1 WHERE id > 1000');
    await source.run(
      'UPDATE t SET u = 5 WHERE id = 1',
      'INSERT INTO t VALUES (9, 99, 0)',
      'DELETE FROM t WHERE id = 2',
    );
    await source.run('UPDATE t SET v = 2 WHERE id > 1000', 'INSERT INTO t VALUES (10, 6, 0)');
  };
  const written = await hop.write({ read: 'cdc' }, { sides: { source: (one) => beforeCopy(one, changes) } });
  assert.equal(written.finished.status, 'ok', JSON.stringify(written.finished.error));
  const read = await hop.read('t');
  assert.equal(read.finished.status, 'ok', JSON.stringify(read.finished.error));
  assert.deepEqual(await rowsOf(target, hop.topic('t')), await rowsOf(source, 't'));
});
