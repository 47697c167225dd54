import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { query } from '../../connectors/sql/query.ts';
import { makeCertificates } from '../services/certificates.ts';
import type { Certificates } from '../services/recipe.ts';
import { type Server, startServer } from '../services/server.ts';
import { never, testPool } from './pool-fixture.ts';
import { TcpProxy } from './tcp-proxy.ts';

describe('TLS with a server whose certificate is for localhost and 127.0.0.1', { timeout: 120_000 }, () => {
  let folder: string;
  let certificates: Certificates;
  let server: Server;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-tls-'));
    certificates = await makeCertificates(folder);
    server = await startServer('mariadb', { tls: certificates });
  });
  after(async () => {
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  const cipher = async (url: string, ca?: string) => {
    await using made = testPool('mariadb', {
      url,
      tls: 'verify',
      wake_seconds: 5,
      ...(ca === undefined ? {} : { ca }),
    });
    await using lease = await made.pool.lease('read', never);
    return String((await query(lease.session, "SHOW STATUS LIKE 'Ssl_version'"))[0]?.[1]);
  };

  it('is verified by name and by address', async () => {
    assert.match(await cipher(`mysql://root@127.0.0.1:${server.port}`, certificates.ca), /^TLSv1\.[23]$/);
    assert.match(await cipher(`mysql://root@localhost:${server.port}`, certificates.ca), /^TLSv1\.[23]$/);
  });

  it('is refused under another address, or without its authority', async () => {
    await using proxy = new TcpProxy(server.url);
    const elsewhere = await proxy.listen('127.0.0.2');
    await assert.rejects(cipher(elsewhere, certificates.ca), { code: 'connect.tls', message: /127\.0\.0\.2/ });
    await assert.rejects(cipher(`mysql://root@localhost:${server.port}`), { code: 'connect.tls' });
  });
});
