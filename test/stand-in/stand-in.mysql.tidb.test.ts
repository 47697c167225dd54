import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import type { Certificates } from '../services/recipe.ts';
import { type Cloud, type TestCloud, testCertificates, testCloud } from './fixture.ts';
import type { Manners } from './manners.ts';

/** What a plain client of the driver meets, so that tests of millrace can trust the stand-in. */
for (const kind of ['mysql', 'tidb'] satisfies Cloud[]) {
  describe(`the stand-in before ${kind}`, () => {
    let certificates: Certificates & Disposable;
    before(async () => {
      certificates = await testCertificates();
    });
    after(() => certificates[Symbol.dispose]());

    const through = async (manners: Manners, test: (cloud: TestCloud) => Promise<void>) => {
      await using cloud = await testCloud(kind, certificates, manners);
      await test(cloud);
    };
    const open = async (cloud: TestCloud, changes: { tls?: boolean; user?: string } = {}): Promise<Connection> => {
      const { hostname, port, username, password, pathname } = new URL(cloud.url());
      const connection = await createConnection({
        host: hostname,
        port: Number(port),
        user: changes.user ?? decodeURIComponent(username),
        password: decodeURIComponent(password),
        database: pathname.slice(1),
        ...(changes.tls === false ? {} : { ssl: { ca: readFileSync(certificates.ca) } }),
      });
      connection.on('error', () => undefined);
      return connection;
    };
    const lost = /closed|ECONNRESET|EPIPE|lost/i;

    it('passes queries and loads through unchanged', () =>
      through({}, async (cloud) => {
        const connection = await open(cloud);
        const wide = 'x'.repeat(3_000_000);
        const [rows] = await connection.query(`SELECT '${wide}' AS a, 1 AS b`);
        assert.deepEqual(rows, [{ a: wide, b: 1 }]);
        assert.equal(cloud.standIn.open, 1);
        await connection.end();
        await cloud.standIn.untilNoneOpen();
      }));

    it('lets nobody in without TLS or without the prefix of the user name', () =>
      through({}, async (cloud) => {
        await assert.rejects(open(cloud, { tls: false }), { errno: 1105, message: /insecure transport/ });
        await assert.rejects(open(cloud, { user: 'root' }), { errno: 1045 });
        await cloud.standIn.untilNoneOpen();
      }));

    it('lets nobody in when the quota is used up', () =>
      through({ exhausted: true }, (cloud) => assert.rejects(open(cloud), { errno: 1105, message: /usage quota/ })));

    it('wakes by the first connection: 9449, then refused, then awake, and asleep again when left alone', () =>
      through({ wake: 600, sleepAfter: 300 }, async (cloud) => {
        const { standIn } = cloud;
        assert.equal(standIn.condition, 'asleep');
        await assert.rejects(open(cloud), { errno: 9449 });
        assert.equal(standIn.condition, 'waking');
        await sleep(400);
        await assert.rejects(open(cloud), { code: 'ECONNREFUSED' });
        await sleep(400);
        assert.equal(standIn.condition, 'awake');
        const connection = await open(cloud);
        await sleep(500);
        assert.equal(standIn.condition, 'awake');
        await connection.end();
        await sleep(500);
        assert.equal(standIn.condition, 'asleep');
        assert.equal(standIn.wakes, 1);
      }));

    it('cuts what idles, what is old, and transactions that are old', async () => {
      for (const manners of [{ idle: 200 }, { age: 200 }, { transactionAge: 200 }]) {
        await through(manners, async (cloud) => {
          const connection = await open(cloud);
          await connection.query('BEGIN');
          await sleep(400);
          await assert.rejects(connection.query('SELECT 1'), lost, JSON.stringify(manners));
          connection.destroy();
        });
      }
    });

    it('leaves alone what moves or has ended its transaction', async () => {
      for (const manners of [{ idle: 400 }, { transactionAge: 400 }]) {
        await through(manners, async (cloud) => {
          const connection = await open(cloud);
          for (let i = 0; i < 6; i++) {
            for (const sql of ['BEGIN', 'SELECT 1', 'COMMIT']) await connection.query(sql);
            await sleep(100);
          }
          await connection.end();
        });
      }
    });

    it('refuses the statement that makes a transaction too large, until it is rolled back', () =>
      through({ transactionBytes: 100_000 }, async (cloud) => {
        const connection = await open(cloud);
        await connection.query('CREATE TABLE t (a MEDIUMTEXT)');
        const insert = (bytes: number) => connection.query(`INSERT INTO t VALUES ('${'x'.repeat(bytes)}')`);
        await insert(200_000);
        await connection.query('BEGIN');
        await insert(60_000);
        await connection.query('SAVEPOINT s');
        await assert.rejects(insert(60_000), { errno: 8004, message: /too large, size: 120\d\d\d/ });
        await connection.query('ROLLBACK TO SAVEPOINT s');
        await insert(30_000);
        await assert.rejects(insert(30_000), { errno: 8004 });
        await connection.query('ROLLBACK');
        await connection.query('BEGIN');
        await insert(60_000);
        await connection.query('COMMIT');
        const [rows] = await connection.query('SELECT COUNT(*) AS n FROM t');
        assert.deepEqual(rows, [{ n: 2 }]);
        await connection.end();
      }));
  });
}
