import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withPair } from '../pairs/matrix.ts';
import { eventsOf, rowsOf, type TestPair } from '../pipeline.ts';

const cdc = { read: 'cdc' } as const;

async function assertEqual({ source, target }: TestPair, ...tables: string[]): Promise<void> {
  for (const table of tables) assert.deepEqual(await rowsOf(target, table), await rowsOf(source, table), table);
}

describe('changes of TiDB, found by comparing', { concurrency: 2 }, () => {
  it('inserts, updates and deletes of an interval come net; a run without changes fetches nothing', () =>
    withPair('tidb', 'mysql', async (pair) => {
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)');
      const first = await pair.sync(cdc);
      assert.equal(first.finished.counts.read, 3);
      await assertEqual(pair, 't');
      await pair.source.run('INSERT INTO t VALUES (4, 4)', 'UPDATE t SET v = 9 WHERE id = 1', 'DELETE FROM t WHERE id = 2', 'UPDATE t SET v = 4 WHERE id = 3', 'UPDATE t SET v = 3 WHERE id = 3');
      const second = await pair.sync(cdc);
      console.log(eventsOf(second, 'notice'));
      assert.equal(second.finished.counts.read, 3);
      await assertEqual(pair, 't');
      const third = await pair.sync(cdc);
      console.log(eventsOf(third, 'notice'), eventsOf(third,'committed'));
      assert.equal(third.finished.counts.read, 0);
    }));
});
