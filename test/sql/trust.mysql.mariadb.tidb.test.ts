import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { MillraceError } from '../../connectors/contract/index.ts';
import { execute, query } from '../../connectors/sql/query.ts';
import { inPool, never, run, servers, testPool } from './pool-fixture.ts';

const password = `pa'ss\\${randomBytes(9).toString('hex')}`;
const marker = password.slice(-12);

/** The error and everything that hangs on it, hidden or not, as text. */
function everything(error: unknown): string {
  const own = inspect(error, {
    depth: 20,
    showHidden: true,
    getters: true,
    maxStringLength: null,
    maxArrayLength: null,
  });
  const cause = error instanceof Error && error.cause !== undefined ? everything(error.cause) : '';
  return `${own}\n${JSON.stringify(error)}\n${error instanceof MillraceError ? JSON.stringify(error.envelope()) : ''}\n${cause}`;
}

for (const server of servers) {
  describe(`secrets on ${server}`, { timeout: 60_000 }, () => {
    it('a password is in no error', () =>
      inPool(server, async (pool, db) => {
        const user = `u_${randomBytes(4).toString('hex')}`;
        await run(pool, `CREATE USER ${user}@'%' IDENTIFIED BY '${password.replace("'", "''").replace('\\', '\\\\')}'`);
        try {
          process.env.MILLRACE_TEST_PASSWORD = password;
          const good = { user, password: { env: 'MILLRACE_TEST_PASSWORD' } };
          await using wrong = testPool(server, { ...good, password: `${password}x` });
          const denied = await wrong.pool.lease('read', never).catch((error: unknown) => error);
          assert.ok(denied instanceof MillraceError && denied.code === 'connect.denied', everything(denied));
          await using right = testPool(server, good);
          await using lease = await right.pool.lease('read', never);
          const errors: unknown[] = [denied];
          for (const sql of [
            'SELECT',
            `SELECT * FROM ${db}.t`,
            `CREATE TABLE ${db}.t (a INT)`,
            'SELECT * FROM mysql.user',
          ]) {
            errors.push(await query(lease.session, sql).catch((error: unknown) => error));
          }
          await run(pool, `KILL ${lease.session.id}`);
          errors.push(await query(lease.session, 'SELECT 1').catch((error: unknown) => error));
          assert.equal(errors.length, 6);
          for (const error of errors) {
            assert.ok(error instanceof MillraceError);
            assert.ok(!everything(error).includes(marker), everything(error));
          }
        } finally {
          await run(pool, `DROP USER ${user}@'%'`);
        }
      }));

    it('rows are in no error of a statement', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t (a INT PRIMARY KEY, b VARCHAR(3))`);
        await using lease = await pool.lease('write', never);
        const error = await execute(lease.session, `INSERT INTO ${db}.t VALUES (1, 'private row')`).catch(
          (thrown: unknown) => thrown,
        );
        assert.ok(error instanceof MillraceError && error.code === 'row.refused');
        assert.ok(!everything(error).includes('private row'), everything(error));
      }));
  });
}

describe('TLS on tidb, whose certificate nobody vouches for', () => {
  it('is refused when verified, and used when told so', async () => {
    await using verified = testPool('tidb', { tls: 'verify', wake_seconds: 5 });
    await assert.rejects(verified.pool.lease('read', never), { code: 'connect.tls', retry: 'never' });
    await using unverified = testPool('tidb', { tls: 'skip-verify' });
    await using lease = await unverified.pool.lease('read', never);
    const [row] = await query(lease.session, "SHOW STATUS LIKE 'Ssl_version'");
    assert.match(String(row?.[1]), /^TLSv1\.[23]$/);
  });
});
