import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sharedUrl } from '../services/shared.ts';
import { inPool, run, servers, testPool } from './pool-fixture.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { openWriter, rowsOf, schema, select } from './writer-fixture.ts';

const row = (id: number, v = `v${id}`) => [String(id), String(id), v];
const table = '(id INT PRIMARY KEY, u INT, v VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)';

for (const server of servers) {
  describe(`the writer's fence on ${server}`, { timeout: 120_000 }, () => {
    it('is fenced by a second opener: its commit fails and leaves nothing', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t ${table}`);
        const first = await openWriter(pool, db);
        await first.writer.write(rowsOf([row(1)]));
        const second = await openWriter(pool, db);
        await second.writer.write(rowsOf([row(2)]));
        await assert.rejects(first.writer.commit('first', false), (error: { code: string }) =>
          ['lane.fenced', 'connect.lost'].includes(error.code),
        );
        await first.writer.abort();
        await second.writer.commit('second', false);
        await second.writer.close();
        assert.deepEqual(await select(pool, `SELECT id FROM ${db}.t`), [['2']]);
      }));

    it('that is frozen with its row locks does not hold up the next opener', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t ${table}`, `CREATE TABLE ${db}.other ${table}`);
        await using frozen = testPool(server);
        const first = await openWriter(frozen.pool, db, { write: 'upsert' });
        await first.writer.write(rowsOf([row(1)]));
        // Another stream sends the first group to the server, where it locks the row.
        await first.writer.write(rowsOf([row(1)], { ...schema, stream: { namespace: 'shop', name: 'other' } }));
        const start = performance.now();
        const second = await openWriter(pool, db, { write: 'upsert' });
        await second.writer.write(rowsOf([row(1, 'second')]));
        await second.writer.commit('second', false);
        await second.writer.close();
        // TiDB lets go of the locks by itself, after the idle time of a transaction.
        assert.ok(performance.now() - start < (server === 'tidb' ? 60_000 : 5000));
        await assert.rejects(first.writer.commit('first', false), { code: 'connect.lost' });
        await first.writer.abort();
        assert.deepEqual(await select(pool, `SELECT v FROM ${db}.t`), [['second']]);
      }));

    it('between two commits is fenced by its epoch alone', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t ${table}`);
        const first = await openWriter(pool, db);
        await first.writer.write(rowsOf([row(1)]));
        await first.writer.commit('first', false);
        const second = await openWriter(pool, db);
        await second.writer.write(rowsOf([row(2)]));
        const late = async () => {
          await first.writer.write(rowsOf([row(3)]));
          await first.writer.commit('late', false);
        };
        await assert.rejects(late(), { code: 'lane.fenced', retry: 'never' });
        await first.writer.abort();
        await second.writer.commit('second', false);
        await second.writer.close();
        assert.deepEqual(await select(pool, `SELECT id FROM ${db}.t ORDER BY id`), [['1'], ['2']]);
      }));

    for (const onlyAdds of [true, false]) {
      it(`inside a transaction is fenced by its epoch alone, ${onlyAdds ? 'adding' : 'changing'}`, () =>
        inPool(server, async (pool, db) => {
          await run(pool, `CREATE TABLE ${db}.t ${table}`);
          const { writer } = await openWriter(pool, db, { onlyAdds });
          await writer.write(rowsOf([row(1)]));
          // What an opener does that may not kill the holder's connection.
          await run(pool, `UPDATE ${db}._millrace_state SET epoch = epoch + 1`);
          await assert.rejects(writer.commit('late', false), { code: 'lane.fenced' });
          await writer.abort();
          assert.deepEqual(await select(pool, `SELECT id FROM ${db}.t`), []);
          assert.deepEqual(await select(pool, `SELECT position FROM ${db}._millrace_state`), [[null]]);
        }));
    }

    for (const how of ['cut-before', 'cut-after'] as const) {
      it(`finds out what became of a commit whose connection was ${how === 'cut-before' ? 'cut before it' : 'cut after it'}`, () =>
        inPool(server, async (direct, db) => {
          await using proxy = new TcpProxy(sharedUrl(server));
          await using through = testPool(server, { url: await proxy.listen() });
          await run(direct, `CREATE TABLE ${db}.t ${table}`);
          const { writer } = await openWriter(through.pool, db);
          await writer.write(rowsOf([row(1)]));
          proxy.arm('COMMIT', how);
          await assert.rejects(writer.commit('p', false), { code: 'connect.lost', retry: 'reconnect' });
          await writer.abort();
          const again = await openWriter(through.pool, db);
          await again.writer.close();
          const [lane] = await select(direct, `SELECT position FROM ${db}._millrace_state`);
          const [rows] = await select(direct, `SELECT COUNT(*) FROM ${db}.t`);
          const committed = how === 'cut-after';
          assert.deepEqual(
            [lane![0] === null ? null : String(lane![0]), rows![0]],
            committed ? ['p', '1'] : [null, '0'],
          );
        }));
    }
  });
}
