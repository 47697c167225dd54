import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StreamSchema } from '../../connectors/contract/index.ts';
import { inPool, run, servers } from './pool-fixture.ts';
import { openWriter, rowsOf, select } from './writer-fixture.ts';

const dated: StreamSchema = {
  stream: { namespace: 'shop', name: 'orders' },
  columns: [
    { name: 'id', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false },
    { name: 'd', type: { kind: 'date' }, nullable: true },
  ],
  key: ['id'],
};

for (const server of servers) {
  describe(`dates that no calendar has on ${server}`, { timeout: 60_000 }, () => {
    it('arrive as they are among a thousand others, also where LOAD DATA would change them', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t (id INT PRIMARY KEY, d DATE)`);
        const { writer, rejects } = await openWriter(pool, db);
        const odd = new Map([
          [7, '2024-02-31'],
          [500, '2024-00-00'],
          [999, '0000-00-00'],
        ]);
        const rows = Array.from({ length: 1000 }, (_, id) => [String(id), odd.get(id) ?? '2024-02-28']);
        await writer.write(rowsOf(rows, dated));
        await writer.commit('p', true);
        await writer.close();
        assert.deepEqual(rejects, []);
        assert.deepEqual(
          await select(pool, `SELECT id, CAST(d AS CHAR) FROM ${db}.t WHERE id IN (7, 500, 999) ORDER BY id`),
          [
            ['7', '2024-02-31'],
            ['500', '2024-00-00'],
            ['999', '0000-00-00'],
          ],
        );
        assert.deepEqual(await select(pool, `SELECT COUNT(*) FROM ${db}.t WHERE d = '2024-02-28'`), [['997']]);
      }));
  });
}
