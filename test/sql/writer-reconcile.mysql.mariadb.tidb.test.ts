import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Batch } from '../../connectors/contract/index.ts';
import { inPool, run, servers } from './pool-fixture.ts';
import { openWriter, rowsOf, select } from './writer-fixture.ts';

/** A batch that loses its last row after it was handed over. */
function losingRows(batch: Batch): Batch {
  const { bytes, ends } = batch.rows;
  let looks = 0;
  const rows = {
    bytes,
    get ends() {
      return looks++ === 0 ? ends : ends.subarray(0, ends.length - 1);
    },
  };
  return { ...batch, rows };
}

for (const server of servers) {
  describe(`invariant 4 on ${server}`, { timeout: 60_000 }, () => {
    it('a row that is not accounted for stops the transaction before it is committed', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t (id INT PRIMARY KEY, u INT, v VARCHAR(8))`);
        const { writer, state } = await openWriter(pool, db);
        const batch = rowsOf([
          ['1', '1', 'a'],
          ['2', '2', 'b'],
          ['3', '3', 'c'],
        ]);
        await writer.write(losingRows(batch));
        await assert.rejects(writer.commit('p', false), { code: 'reconcile.mismatch' });
        await writer.abort();
        assert.deepEqual(await select(pool, `SELECT COUNT(*) FROM ${db}.t`), [['0']]);
        await using lease = await pool.lease('read', new AbortController().signal);
        assert.equal((await state.positions(lease.session)).lanes.size, 0);
      }));
  });
}
