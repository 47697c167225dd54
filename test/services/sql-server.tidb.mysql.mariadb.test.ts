import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { makeCertificates } from './certificates.ts';
import { testFolder } from './folder.ts';
import { type Server, type ServerOptions, startServer } from './server.ts';
import { sharedUrl } from './shared.ts';

type SqlKind = 'tidb' | 'mysql' | 'mariadb';

/** How each one may be ended with its committed rows kept. */
const endings: Readonly<Record<SqlKind, NodeJS.Signals>> = { tidb: 'SIGTERM', mysql: 'SIGKILL', mariadb: 'SIGKILL' };

const sqlKinds = Object.keys(endings) as SqlKind[];

async function ownServer(context: TestContext, kind: SqlKind, options?: ServerOptions): Promise<Server> {
  const server = await startServer(kind, options);
  context.after(() => server.stop());
  return server;
}

async function withConnection<T>(url: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await createConnection(url);
  try {
    return await work(connection);
  } finally {
    connection.destroy();
  }
}

async function row(connection: Connection, sql: string): Promise<Record<string, unknown>> {
  const [rows] = await connection.query<RowDataPacket[]>(sql);
  return { ...(rows[0] ?? assert.fail(`no row from ${sql}`)) };
}

const TABLE = 'CREATE TABLE own.t (id INT PRIMARY KEY)';

async function fill(url: string, rows: number): Promise<void> {
  await withConnection(url, async (connection) => {
    await connection.query('CREATE DATABASE own');
    await connection.query(TABLE);
    const ids = Array.from({ length: rows }, (_, id) => [id]);
    await connection.query('INSERT INTO own.t VALUES ?', [ids]);
  });
}

for (const kind of sqlKinds) {
  test(`${kind}: ended and started again, it has the same port and rows and another process`, async (context) => {
    const server = await ownServer(context, kind);
    await fill(server.url, 20_000);
    const { pid } = server;
    server.kill(endings[kind]);
    await server.restart();
    assert.notEqual(server.pid, pid);
    const count = await withConnection(server.url, (c) => row(c, 'SELECT COUNT(*) AS n, MAX(id) AS last FROM own.t'));
    assert.deepEqual(count, { n: 20_000, last: 19_999 });
  });

  test(`${kind}: a stopped server is gone`, async (context) => {
    const server = await ownServer(context, kind);
    await server.stop();
    assert.equal(existsSync(`/proc/${server.pid}`), false);
    await assert.rejects(createConnection(server.url), { code: 'ECONNREFUSED' });
  });

  test(`${kind}: it shows the certificate it was given`, async (context) => {
    const tls = await makeCertificates(await testFolder(context));
    const server = await ownServer(context, kind, { tls });
    const ca = await readFile(tls.ca, 'utf8');
    const settings = { host: '127.0.0.1', port: server.port, user: 'root' };
    const trusted = await createConnection({ ...settings, ssl: { ca } });
    trusted.destroy();
    await assert.rejects(createConnection({ ...settings, ssl: {} }), /self-signed certificate|unable to verify/);
  });
}

test('tidb: killed, it is not started again', async (context) => {
  const server = await ownServer(context, 'tidb');
  server.kill('SIGKILL');
  await assert.rejects(server.restart(), /loses committed rows/);
});

test('flags win over the usual ones', async (context) => {
  const server = await ownServer(context, 'mysql', { flags: ['--binlog-row-metadata=MINIMAL'] });
  const { metadata } = await withConnection(server.url, (c) => row(c, 'SELECT @@binlog_row_metadata AS metadata'));
  assert.equal(metadata, 'MINIMAL');
});

test('a flag that a server refuses is an error with its own words', async () => {
  await assert.rejects(
    startServer('mysql', { flags: ['--no-such-flag'] }),
    /^Error: mysql: it ended with status 1\.[\s\S]*unknown option '--no-such-flag'/,
  );
});

test('two servers of MySQL are told apart by their UUIDs', async (context) => {
  const servers = await Promise.all([ownServer(context, 'mysql'), ownServer(context, 'mysql')]);
  const ids = await Promise.all(
    servers.map(({ url }) => withConnection(url, (c) => row(c, 'SELECT @@server_uuid AS id'))),
  );
  assert.notEqual(ids[0]?.id, ids[1]?.id);
});

test('the shared MySQL and MariaDB log whole rows and take local files', async () => {
  const settings = 'SELECT @@log_bin AS log, @@binlog_format AS format, @@local_infile AS local, @@server_id AS id';
  const mysql = await withConnection(sharedUrl('mysql'), (c) => row(c, settings));
  assert.deepEqual(mysql, { log: 1, format: 'ROW', local: 1, id: 1 });
  const mariadb = await withConnection(sharedUrl('mariadb'), (c) => row(c, settings));
  assert.deepEqual(mariadb, { log: 1, format: 'ROW', local: 1, id: 2 });
  const more = 'SELECT @@gtid_mode AS gtid, @@binlog_row_metadata AS metadata';
  const gtid = await withConnection(sharedUrl('mysql'), (c) => row(c, more));
  assert.deepEqual(gtid, { gtid: 'ON', metadata: 'FULL' });
});

test('the shared TiDB reads the past', async () => {
  await withConnection(sharedUrl('tidb'), async (connection) => {
    await connection.query('BEGIN');
    const { ts } = await row(connection, 'SELECT @@tidb_current_ts AS ts');
    await connection.query('ROLLBACK');
    await connection.query('SET tidb_snapshot = ?', [ts]);
    const { n } = await row(connection, 'SELECT COUNT(*) AS n FROM mysql.user');
    assert.ok(Number(n) > 0);
  });
});
