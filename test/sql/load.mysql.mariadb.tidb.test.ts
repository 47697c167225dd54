import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadData } from '../../connectors/sql/load.ts';
import { execute, query } from '../../connectors/sql/query.ts';
import { inPool, never, run, servers } from './pool-fixture.ts';

const statement = (table: string, replace = '') =>
  `LOAD DATA LOCAL INFILE 'millrace-rows' ${replace} INTO TABLE ${table}`;

async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

for (const server of servers) {
  describe(`LOAD DATA on ${server}`, () => {
    it('counts what was loaded, replaced, skipped and warned of', () =>
      inPool(server, async (pool, database) => {
        const table = `${database}.t`;
        await run(pool, `CREATE TABLE ${table} (id INT PRIMARY KEY, v VARCHAR(3))`);
        await using lease = await pool.lease('write', never);
        const { session } = lease;
        assert.deepEqual(await loadData(session, statement(table), pieces('1\ta\n', '', '2\tb', 'c\n')), {
          records: 2,
          deleted: 0,
          skipped: 0,
          warnings: 0,
        });
        const again = await loadData(session, statement(table), pieces('2\tx\n3\ty\n'));
        assert.deepEqual([again.records, again.skipped], [2, 1]);
        assert.ok(again.warnings > 0);
        const replaced = await loadData(session, statement(table, 'REPLACE'), pieces('2\tx\n2\tz\n'));
        assert.deepEqual([replaced.records, replaced.skipped, replaced.warnings], [2, 0, 0]);
        const cut = await loadData(session, statement(table), pieces('4\tlong\n'));
        assert.ok(cut.warnings > 0);
        const rows = await query(session, `SELECT id, v FROM ${table} WHERE id < 4 ORDER BY id`);
        assert.deepEqual(rows, [
          ['1', 'a'],
          ['2', 'z'],
          ['3', 'y'],
        ]);
      }));

    it('takes 40 MiB in pieces of any size and holds them back', () =>
      inPool(server, async (pool, database) => {
        const table = `${database}.t`;
        await run(pool, `CREATE TABLE ${table} (id INT PRIMARY KEY, v LONGTEXT)`);
        await using lease = await pool.lease('write', never);
        const value = Buffer.alloc(2 * 1024 * 1024, 'v');
        const rows = async function* () {
          for (let id = 0; id < 20; id++) yield Buffer.concat([Buffer.from(`${id}\t`), value, Buffer.from('\n')]);
        };
        const result = await loadData(lease.session, statement(table), rows());
        assert.deepEqual([result.records, result.warnings], [20, 0]);
        const [row] = await query(lease.session, `SELECT COUNT(*), MIN(LENGTH(v)), MAX(LENGTH(v)) FROM ${table}`);
        assert.deepEqual(row, ['20', '2097152', '2097152']);
      }));

    it('throws what its rows throw, and the transaction can be rolled back', () =>
      inPool(server, async (pool, database) => {
        const table = `${database}.t`;
        await run(pool, `CREATE TABLE ${table} (id INT PRIMARY KEY)`);
        await using lease = await pool.lease('write', never);
        const failure = new Error('source failed');
        const rows = async function* () {
          yield Buffer.from('1\n');
          throw failure;
        };
        await execute(lease.session, 'START TRANSACTION');
        await assert.rejects(loadData(lease.session, statement(table), rows()), failure);
        await lease[Symbol.asyncDispose]();
        await using next = await pool.lease('read', never);
        assert.deepEqual(await query(next.session, `SELECT * FROM ${table}`), []);
      }));

    it('reports the server’s error and leaves no listeners behind', () =>
      inPool(server, async (pool, database) => {
        const table = `${database}.t`;
        await run(pool, `CREATE TABLE ${table} (id INT PRIMARY KEY)`);
        await using lease = await pool.lease('write', never);
        const { session } = lease;
        const stream = (session.wire as unknown as { stream: NodeJS.EventEmitter }).stream;
        const before = stream.listenerCount('drain');
        for (let i = 0; i < 20; i++) {
          await assert.rejects(loadData(session, `${statement(table)} (nothing)`, pieces('1\n')), {
            code: 'database.missing',
          });
        }
        assert.equal(stream.listenerCount('drain'), before);
        assert.equal(session.lost, false);
        assert.equal((await loadData(session, statement(table), pieces('1\n'))).records, 1);
      }));

    it('that waits for locked rows is whole, or is to be tried again', () =>
      inPool(server, async (pool, database) => {
        const table = `${database}.t`;
        await run(pool, `CREATE TABLE ${table} (id INT PRIMARY KEY)`);
        await using holder = await pool.lease('write', never);
        await execute(holder.session, 'START TRANSACTION');
        await execute(holder.session, `INSERT INTO ${table} VALUES (2)`);
        const load = async () => {
          await using lease = await pool.lease('write', never);
          await execute(lease.session, 'START TRANSACTION');
          const { records } = await loadData(lease.session, statement(table), pieces('1\n2\n3\n'));
          await execute(lease.session, 'COMMIT');
          return records;
        };
        const waiting = load().catch((error: { code: string }) => error.code);
        await sleep(300);
        await execute(holder.session, 'ROLLBACK');
        // TiDB runs the statement again, and would have its file once more.
        const [first, again] = [await waiting, await load().catch((error: { code: string }) => error.code)];
        if (first !== 3) assert.deepEqual([server, first, again], ['tidb', 'database.conflict', 3]);
        await using lease = await pool.lease('read', never);
        assert.deepEqual(await query(lease.session, `SELECT COUNT(*) FROM ${table}`), [['3']]);
      }));

    it('that is killed is an error and ends the chunks', () =>
      inPool(server, async (pool, database) => {
        const table = `${database}.t`;
        await run(pool, `CREATE TABLE ${table} (id INT PRIMARY KEY)`);
        await using lease = await pool.lease('write', never);
        let ended = false;
        // TiDB takes the rest of the file before it says that it was killed: the file has an end.
        const rows = async function* () {
          try {
            for (let id = 0; id < 300; id++) {
              yield Buffer.from(`${id}\n`);
              await sleep(5);
            }
          } finally {
            ended = true;
          }
        };
        const loading = loadData(lease.session, statement(table), rows());
        const settled = assert.rejects(loading, (error: { code: string }) =>
          ['connect.lost', 'database.busy'].includes(error.code),
        );
        await sleep(200);
        await run(pool, `KILL ${lease.session.id}`);
        await settled;
        const after = await query(lease.session, 'SELECT 1').catch((error: { code: string }) => error.code);
        assert.equal(after, 'connect.lost');
        for (let tries = 0; !ended && tries < 100; tries++) await sleep(10);
        assert.equal(ended, true);
      }));
  });
}
