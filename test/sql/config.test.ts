import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { z } from 'zod';
import { MillraceError } from '../../connectors/contract/index.ts';
import { sqlFields, sqlFromUrl } from '../../connectors/sql/config.ts';
import { sqlError } from '../../connectors/sql/error.ts';
import { quoteName, quoteTable, quoteText } from '../../connectors/sql/quote.ts';
import { readSecret } from '../../connectors/sql/secret.ts';
import { isLoopback, tlsOptions } from '../../connectors/sql/tls.ts';

const schema = z.strictObject({ type: z.literal('tidb'), ...sqlFields({ port: 4000, lifetime: 300 }) });
const fromUrl = (text: string) => sqlFromUrl(new URL(text), 'tidb', schema);

function thrown(run: () => unknown): MillraceError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof MillraceError);
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a connection URL', () => {
  it('gives every field, decoded', () => {
    const config = fromUrl(
      'tidb://pre%2Efix.user:p%40ss%3A@db.example:4001/sh%20op?tls=verify&ca=/ca.pem&wake_seconds=5',
    );
    assert.deepEqual(config, {
      type: 'tidb',
      host: 'db.example',
      port: 4001,
      user: 'pre.fix.user',
      password: 'p@ss:',
      database: 'sh op',
      tls: 'verify',
      ca: '/ca.pem',
      wake_seconds: 5,
      idle_seconds: 30,
      lifetime_seconds: 300,
      max_connections: 16,
    });
  });

  it('may leave out all but the scheme and host', () => {
    assert.equal(fromUrl('tidb://[::1]').host, '::1');
    assert.equal(fromUrl('tidb://localhost').port, 4000);
  });

  it('never shows its password when it is wrong', () => {
    for (const text of [
      'tidb://root:hunter2@db/x?nonsense=1',
      'tidb://root:hunter2@db/x?tls=maybe',
      'tidb://root:hunter2%zz@db/x',
      'tidb://root@db/x?password=hunter2&max_connections=0',
    ]) {
      const error = thrown(() => fromUrl(text));
      assert.equal(error.code, 'config.invalid');
      assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes('hunter2'), inspect(error));
    }
  });
});

describe('a password by reference', () => {
  it('comes from the environment, a file or a command', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-secret-'));
    try {
      await writeFile(join(folder, 'p'), 'from file\n');
      process.env.MILLRACE_TEST_SECRET = 'from env';
      assert.equal(await readSecret('as text', 'x'), 'as text');
      assert.equal(await readSecret({ env: 'MILLRACE_TEST_SECRET' }, 'x'), 'from env');
      assert.equal(await readSecret({ file: join(folder, 'p') }, 'x'), 'from file');
      assert.equal(await readSecret({ command: `echo 'from  command'` }, 'x'), 'from  command');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('that cannot be had is an error without what was said', async () => {
    for (const secret of [
      { env: 'MILLRACE_NOT_SET' },
      { file: '/nowhere/p' },
      { command: 'echo hunter2 >&2; echo hunter2; exit 3' },
    ]) {
      await assert.rejects(readSecret(secret, 'db:4000'), (error: MillraceError) => {
        assert.equal(error.code, 'config.secret');
        assert.equal(error.at, 'db:4000');
        const { message, cause, stack } = error;
        assert.ok(!inspect({ message, cause, stack }, { depth: 9 }).includes('hunter2 '));
        assert.ok(!inspect(cause, { depth: 9 }).includes('hunter2'));
        return true;
      });
    }
  });
});

describe('TLS', () => {
  it('is verified unless the host is this machine', async () => {
    assert.equal(await tlsOptions(fromUrl('tidb://127.0.0.1')), undefined);
    assert.deepEqual(await tlsOptions(fromUrl('tidb://db.example')), {
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      verifyIdentity: true,
    });
    assert.equal((await tlsOptions(fromUrl('tidb://db.example?tls=skip-verify')))?.rejectUnauthorized, false);
    assert.equal(await tlsOptions(fromUrl('tidb://db.example?tls=off')), undefined);
    await assert.rejects(tlsOptions(fromUrl('tidb://db.example?ca=/nowhere.pem')), { code: 'config.invalid' });
  });

  it('knows this machine by its addresses', () => {
    assert.deepEqual(['localhost', '127.0.0.1', '127.9.9.9', '::1'].map(isLoopback), [true, true, true, true]);
    assert.deepEqual(['127.0.0.1.example.com', '10.0.0.1', 'localhost.example'].map(isLoopback), [false, false, false]);
  });
});

describe('quoting', () => {
  it('doubles what would end a name or text', () => {
    assert.equal(quoteName('a`b'), '`a``b`');
    assert.equal(quoteTable({ namespace: 'd.b', name: 't`' }), '`d.b`.`t```');
    assert.equal(quoteTable({ namespace: '', name: 't' }), '`t`');
    assert.equal(quoteText("it's"), "'it''s'");
    assert.equal(quoteText('a\\b'), "_utf8mb4 x'615c62'");
    assert.equal(quoteText('\n'), "_utf8mb4 x'0a'");
  });
});

describe('a server error', () => {
  const of = (errno: number, message = 'said') =>
    sqlError(Object.assign(new Error(message), { errno, sql: 'INSERT secret row' }), 'source', 'db:1');

  it('is classified by its number', () => {
    const table: [number, string, string, string?][] = [
      [1213, 'database.conflict', 'backoff'],
      [8028, 'database.conflict', 'backoff'],
      [1105, 'database.conflict', 'backoff', 'Information schema is out of date'],
      [1105, 'database.conflict', 'backoff', 'pessimistic lock retry limit reached'],
      [1105, 'database.busy', 'backoff', 'context deadline exceeded'],
      [8229, 'database.conflict', 'backoff', 'TTL manager has timed out'],
      [1105, 'connect.quota', 'never', 'Due to the usage quota being exhausted, access is restricted'],
      [1105, 'load.too-large', 'shrink', 'Transaction is too large, size: 104857601'],
      [1105, 'connect.tls', 'never', 'Connections using insecure transport are prohibited.'],
      [1105, 'database.refused', 'never', 'something else'],
      [9003, 'database.busy', 'backoff'],
      [9449, 'connect.unreachable', 'wake'],
      [1040, 'connect.busy', 'backoff'],
      [1053, 'connect.lost', 'reconnect'],
      [1290, 'database.read-only', 'reconnect'],
      [8004, 'load.too-large', 'shrink'],
      [1197, 'load.too-large', 'shrink'],
      [8025, 'load.too-large', 'shrink'],
      [8055, 'source.history-lost', 'never'],
      [1236, 'source.history-lost', 'never'],
      [1045, 'connect.denied', 'never'],
      [3159, 'connect.tls', 'never'],
      [1142, 'database.denied', 'never'],
      [1146, 'database.missing', 'never'],
      [1062, 'row.duplicate', 'never'],
      [1406, 'row.refused', 'never'],
      [1064, 'database.refused', 'never'],
    ];
    for (const [errno, code, retry, message] of table) {
      const error = of(errno, message);
      assert.deepEqual([error.code, error.retry], [code, retry], `${errno}`);
    }
  });

  it('names the side, the place and the number, and keeps the cause without its statement', () => {
    const error = of(1406, "Data too long for column 'a'");
    assert.deepEqual([error.origin, error.at], ['source', 'db:1']);
    assert.equal(error.message, "Data too long for column 'a' (1406)");
    assert.ok(error.cause instanceof Error && !inspect(error).includes('secret row'));
  });

  it('of the network is known by its name', () => {
    const named = (code: string) =>
      sqlError(Object.assign(new Error('x'), { code, errno: -111 }), 'destination', 'db:1');
    assert.equal(named('ECONNREFUSED').retry, 'wake');
    assert.equal(named('ENOTFOUND').retry, 'never');
    assert.deepEqual([named('ECONNRESET').code, named('ECONNRESET').origin], ['connect.lost', 'environment']);
    assert.equal(named('EWHATEVER').code, 'internal.unexpected');
    assert.equal(sqlError(error, 'source', 'x'), error);
  });
});

const error = sqlError(Object.assign(new Error('x'), { errno: 1 }), 'source', 'x');
