import assert from 'node:assert/strict';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SqlPool } from '../../connectors/sql/pool.ts';
import { execute } from '../../connectors/sql/query.ts';
import { streamRows } from '../../connectors/sql/rows.ts';
import { inPool, never, run, type ServerName, servers, testPool } from './pool-fixture.ts';

/** Number, bytes and hash of the rows of a query. */
async function digest(pool: SqlPool, sql: string, publicApi: boolean) {
  await using lease = await pool.lease('read', never);
  const hash = createHash('sha256');
  let bytes = 0;
  const rows = await streamRows(
    lease.session,
    sql,
    (buffer, start, end) => {
      bytes += end - start;
      hash.update(buffer.subarray(start, end));
      return undefined;
    },
    { signal: never, publicApi },
  );
  return { rows, bytes, hash: hash.digest('hex') };
}

/** Lengths around those where the length prefix grows. */
const edges = [0, 1, 250, 251, 252, 65_535, 65_536, 70_000];

async function fill(pool: SqlPool, table: string, rows: number): Promise<void> {
  await run(pool, `CREATE TABLE ${table} (id INT PRIMARY KEY, a LONGBLOB NULL, b LONGTEXT NULL, n BIGINT)`);
  for (let id = 0; id < rows; id++) {
    const length = edges[id] ?? randomInt(400);
    const blob = id % 7 === 6 ? 'NULL' : `x'${randomBytes(length).toString('hex')}'`;
    const text = id % 5 === 4 ? 'NULL' : `'${randomBytes(randomInt(40)).toString('hex')}'`;
    await run(pool, `INSERT INTO ${table} VALUES (${id}, ${blob}, ${text}, ${randomInt(1e9)})`);
  }
}

/** A row of more than one 16 MiB packet; MariaDB's `max_allowed_packet` bounds a value to less. */
function largeRow(server: ServerName): string {
  const [value, times] = server === 'mariadb' ? [12, 2] : [20, 2];
  const columns = Array.from({ length: times }, (_, at) => `REPEAT('${at}', ${value} * 1048576)`);
  return `SELECT ${columns.join(', ')}, NULL, 'end'`;
}

for (const server of servers) {
  describe(`rows of ${server}`, () => {
    it('are the same bytes through the row hook and the public interface', () =>
      inPool(server, async (pool, database) => {
        await fill(pool, `${database}.t`, 120);
        const sql = `SELECT * FROM ${database}.t ORDER BY id`;
        const raw = await digest(pool, sql, false);
        assert.equal(raw.rows, 120);
        assert.deepEqual(await digest(pool, sql, true), raw);
        const none = `SELECT * FROM ${database}.t WHERE id < 0`;
        assert.equal((await digest(pool, none, false)).rows, 0);
        assert.equal((await digest(pool, none, true)).rows, 0);
      }));

    it('may be larger than a packet', async () => {
      await using made = testPool(server);
      const raw = await digest(made.pool, largeRow(server), false);
      assert.ok(raw.bytes > 2 * 12 * 1024 * 1024, `${raw.bytes}`);
      assert.deepEqual(await digest(made.pool, largeRow(server), true), raw);
    });

    for (const publicApi of [false, true]) {
      const way = publicApi ? 'public interface' : 'row hook';

      it(`hold the server off while the sink waits (${way})`, () =>
        inPool(server, async (pool, database) => {
          const table = `${database}.t`;
          await run(pool, `CREATE TABLE ${table} (id INT PRIMARY KEY, a LONGBLOB)`);
          for (let id = 0; id < 64; id++) await run(pool, `INSERT INTO ${table} VALUES (${id}, REPEAT('a', 1048576))`);
          await using lease = await pool.lease('read', never);
          const { promise, resolve } = Promise.withResolvers<void>();
          let seen = 0;
          const streaming = streamRows(
            lease.session,
            `SELECT * FROM ${table}`,
            () => {
              seen++;
              return seen < 3 ? undefined : promise;
            },
            { signal: never, publicApi },
          );
          await sleep(500);
          assert.ok(seen < 8, `${seen} rows came while the sink waited`);
          resolve();
          assert.equal(await streaming, 64);
          assert.equal(seen, 64);
        }));

      it(`cut short are an error (${way})`, async () => {
        await using made = testPool(server, { side: 'source' });
        const { pool } = made;
        await using lease = await pool.lease('read', never);
        const { promise, resolve } = Promise.withResolvers<void>();
        let seen = 0;
        const streaming = streamRows(
          lease.session,
          "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT a.i, b.i, REPEAT('x', 1000) FROM n a JOIN n b",
          () => {
            seen++;
            return seen === 1 ? promise : undefined;
          },
          { signal: never, publicApi },
        );
        const settled = assert.rejects(streaming, (error: { code: string; origin: string }) =>
          ['connect.lost', 'database.busy'].includes(error.code),
        );
        while (seen === 0) await sleep(10);
        {
          await using killer = await pool.lease('write', never);
          await execute(killer.session, `KILL ${lease.session.id}`);
        }
        resolve();
        await settled;
        assert.ok(seen < 810_000, 'the kill came after the end');
      });

      it(`end with what the sink throws or the signal says (${way})`, async () => {
        await using made = testPool(server);
        const { pool } = made;
        const sql = 'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT * FROM n';
        const thrown = new Error('stop');
        const rowsThrough = async (sink: () => undefined, signal: AbortSignal) => {
          await using lease = await pool.lease('read', never);
          return await streamRows(lease.session, sql, sink, { signal, publicApi });
        };
        const throwing = () => {
          throw thrown;
        };
        await assert.rejects(rowsThrough(throwing, never), thrown);
        const abort = new AbortController();
        const aborting = () => abort.abort(thrown) as undefined;
        await assert.rejects(rowsThrough(aborting, abort.signal), thrown);
        await assert.rejects(
          rowsThrough(() => undefined, AbortSignal.abort(thrown)),
          thrown,
        );
        assert.equal(await rowsThrough(() => undefined, never), 900);
      });

      it(`report the server's own error (${way})`, async () => {
        await using made = testPool(server, { side: 'source' });
        await using lease = await made.pool.lease('read', never);
        const streaming = streamRows(lease.session, 'SELECT * FROM mysql.nothing', () => undefined, {
          signal: never,
          publicApi,
        });
        await assert.rejects(streaming, { code: 'database.missing', origin: 'environment' });
        assert.equal(lease.session.lost, false);
      });
    }
  });
}
