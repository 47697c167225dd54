import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StreamSchema } from '../../connectors/contract/index.ts';
import { execute } from '../../connectors/sql/query.ts';
import { inPool, never, run } from './pool-fixture.ts';
import { openWriter, rowsOf, select } from './writer-fixture.ts';

const schema: StreamSchema = {
  stream: { namespace: 'shop', name: 'orders' },
  columns: [
    { name: 'id', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false },
    { name: 'v', type: { kind: 'text', bytes: 4_294_967_295, charset: 'utf8mb4' }, nullable: true },
  ],
  key: ['id'],
};
const MIB = 1024 * 1024;

describe('sizes that TiDB does not take', { timeout: 120_000 }, () => {
  for (const localInfile of [true, false]) {
    it(`a row above the entry limit is rejected, not tried for ever (${localInfile ? 'LOAD DATA' : 'INSERT'})`, () =>
      inPool('tidb', async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t (id INT PRIMARY KEY, v LONGTEXT)`);
        const { writer, rejects } = await openWriter(pool, db, { info: { localInfile } });
        const rows = [
          ['1', 'a'],
          ['2', 'b'.repeat(7 * MIB)],
          ['3', 'c'.repeat(MIB)],
        ];
        await writer.write(rowsOf(rows, schema));
        await writer.commit('p', false);
        await writer.close();
        assert.deepEqual(
          rejects.map(({ code, row }) => [code, JSON.parse(row).id]),
          [['row.too-large', '2']],
        );
        assert.deepEqual(await select(pool, `SELECT id, LENGTH(v) FROM ${db}.t ORDER BY id`), [
          ['1', '1'],
          ['3', `${MIB}`],
        ]);
        const [kept] = await select(
          pool,
          `SELECT LENGTH(row_json) < 1100000, row_json LIKE '%characters]' FROM ${db}._millrace_rejects`,
        );
        assert.deepEqual(kept, ['1', '1']);
      }));
  }

  it('a transaction above the memory limit asks for a smaller one, which passes', () =>
    inPool('tidb', async (pool, db) => {
      await run(pool, `CREATE TABLE ${db}.t (id INT PRIMARY KEY, v LONGTEXT)`);
      const limit = async (bytes: string) => {
        await using lease = await pool.lease('write', never);
        await execute(lease.session, `SET tidb_mem_quota_query = ${bytes}`);
      };
      const batch = (from: number) =>
        rowsOf(
          Array.from({ length: 40 }, (_, at) => [String(from + at), 'v'.repeat(MIB / 2)]),
          schema,
        );
      const first = await openWriter(pool, db);
      await limit(`${24 * MIB}`);
      await assert.rejects(
        async () => {
          await first.writer.write(batch(0));
          await first.writer.write(batch(40));
          await first.writer.commit('p', false);
        },
        { code: 'load.too-large', retry: 'shrink', origin: 'destination' },
      );
      await first.writer.abort();
      assert.deepEqual(first.rejects, []);
      assert.deepEqual(await select(pool, `SELECT COUNT(*) FROM ${db}.t`), [['0']]);
      const second = await openWriter(pool, db);
      await second.writer.write(batch(0));
      await second.writer.commit('p', false);
      await second.writer.close();
      assert.deepEqual(await select(pool, `SELECT COUNT(*) FROM ${db}.t`), [['40']]);
    }));
});
