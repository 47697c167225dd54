import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute, query } from '../../connectors/sql/query.ts';
import { inPool, never, run, servers, testPool } from './pool-fixture.ts';

for (const server of servers) {
  describe(`sessions on ${server}`, () => {
    it('have the settings that keep values exact', async () => {
      await using made = testPool(server);
      for (const role of ['read', 'write'] as const) {
        await using lease = await made.pool.lease(role, never);
        const [row] = await query(
          lease.session,
          'SELECT @@sql_mode, @@time_zone, @@character_set_client, @@character_set_results, @@collation_connection, ' +
            '@@foreign_key_checks, @@autocommit, @@sql_select_limit, @@net_read_timeout',
        );
        const [mode, ...rest] = row!;
        const modes = ['ALLOW_INVALID_DATES', 'NO_AUTO_VALUE_ON_ZERO', 'STRICT_ALL_TABLES'];
        assert.deepEqual(String(mode).split(',').sort(), modes);
        assert.deepEqual(rest.slice(0, 4), ['+00:00', 'utf8mb4', 'utf8mb4', 'utf8mb4_bin']);
        if (role === 'write') assert.equal(rest[4], '0');
        assert.deepEqual(rest.slice(5), ['1', '18446744073709551615', '1200']);
      }
    });

    it('count matched rows of an UPDATE', () =>
      inPool(server, async (pool, database) => {
        await run(pool, `CREATE TABLE ${database}.t (a INT)`, `INSERT INTO ${database}.t VALUES (1)`);
        await using lease = await pool.lease('write', never);
        assert.equal((await execute(lease.session, `UPDATE ${database}.t SET a = 1`)).affected, 1);
        assert.equal((await execute(lease.session, `UPDATE ${database}.t SET a = 1 WHERE a = 2`)).affected, 0);
      }));

    it('give text, bytes and NULL', async () => {
      await using made = testPool(server);
      await using lease = await made.pool.lease('read', never);
      const [row] = await query(
        lease.session,
        "SELECT 'ä?', NULL, x'00ff', 18446744073709551615, CAST('[1]' AS JSON)".replace(
          "CAST('[1]' AS JSON)",
          server === 'mariadb' ? "'[1]'" : "CAST('[1]' AS JSON)",
        ),
      );
      assert.deepEqual(row, ['ä?', null, Buffer.from([0, 255]), '18446744073709551615', '[1]']);
    });

    it('are opened when asked for, kept while in use, and closed when idle or old', async () => {
      await using made = testPool(server, { idle_seconds: 0.3, lifetime_seconds: 1 });
      const { pool } = made;
      assert.equal(pool.open, 0);
      const first = await pool.lease('write', never);
      await first[Symbol.asyncDispose]();
      const again = await pool.lease('write', never);
      assert.equal(again.session.id, first.session.id);
      await sleep(1100);
      await again[Symbol.asyncDispose]();
      const renewed = await pool.lease('write', never);
      assert.notEqual(renewed.session.id, first.session.id);
      await renewed[Symbol.asyncDispose]();
      assert.equal(pool.open, 1);
      const awake = pool.awakeSeconds;
      await sleep(600);
      assert.equal(pool.open, 0);
      const asleep = pool.awakeSeconds;
      assert.ok(asleep > awake && asleep < awake + 0.55, `${awake} to ${asleep}`);
      await sleep(100);
      assert.equal(pool.awakeSeconds, asleep);
    });

    it('are never more than allowed, and handed on in turn', async () => {
      await using made = testPool(server, { max_connections: 2 });
      const { pool } = made;
      let most = 0;
      const use = async (role: 'read' | 'write') => {
        await using lease = await pool.lease(role, never);
        most = Math.max(most, pool.open);
        await query(lease.session, 'SELECT SLEEP(0.01)');
      };
      await Promise.all(Array.from({ length: 12 }, (_, at) => use(at % 3 === 0 ? 'read' : 'write')));
      assert.equal(most, 2);
      const held = [await pool.lease('read', never), await pool.lease('read', never)];
      await assert.rejects(pool.lease('read', AbortSignal.timeout(50)), { name: 'TimeoutError' });
      for (const lease of held) await lease[Symbol.asyncDispose]();
    });

    it('handed back inside a transaction are closed, and what was open is rolled back', () =>
      inPool(server, async (pool, database) => {
        await run(pool, `CREATE TABLE ${database}.t (a INT)`);
        const first = await pool.lease('write', never);
        await execute(first.session, 'START TRANSACTION');
        await execute(first.session, `INSERT INTO ${database}.t VALUES (1)`);
        await first[Symbol.asyncDispose]();
        await using second = await pool.lease('write', never);
        assert.notEqual(second.session.id, first.session.id);
        await execute(second.session, 'START TRANSACTION');
        await execute(second.session, 'COMMIT');
        await second[Symbol.asyncDispose]();
        await using third = await pool.lease('write', never);
        assert.equal(third.session.id, second.session.id);
        assert.deepEqual(await query(third.session, `SELECT * FROM ${database}.t`), []);
      }));

    it('have the same settings, the first and the later ones', async () => {
      await using made = testPool(server);
      for (const role of ['read', 'write'] as const) {
        const settings = async () => {
          await using one = await made.pool.lease(role, never);
          await using two = await made.pool.lease(role, never);
          return await Promise.all([one, two].map(({ session }) => query(session, 'SHOW SESSION VARIABLES')));
        };
        const [first, later] = await settings();
        // Of the moment, not of the session's settings.
        const moving =
          /^(timestamp|pseudo_thread_id|rand_seed|gtid|last_|tidb_last|tidb_current|proxy|insert_id|identity|statement_id)/;
        const still = (rows: typeof first) => rows!.filter(([name]) => !moving.test(String(name)));
        assert.ok(still(first).length > 100);
        assert.deepEqual(still(later), still(first));
        const isolation = still(first).find(([name]) => /^(transaction|tx)_isolation$/.test(String(name)));
        if (role === 'read') assert.equal(isolation?.[1], 'REPEATABLE-READ');
      }
    });

    it('that were killed are not used again', async () => {
      await using made = testPool(server);
      const { pool } = made;
      const victim = await pool.lease('read', never);
      {
        await using killer = await pool.lease('write', never);
        await execute(killer.session, `KILL ${victim.session.id}`);
      }
      await assert.rejects(query(victim.session, 'SELECT 1'), { code: 'connect.lost', retry: 'reconnect' });
      await victim[Symbol.asyncDispose]();
      await using next = await pool.lease('read', never);
      assert.notEqual(next.session.id, victim.session.id);
      assert.deepEqual(await query(next.session, 'SELECT 1'), [['1']]);
    });
  });
}
