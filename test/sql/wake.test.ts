import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../../connectors/contract/index.ts';
import { loadData } from '../../connectors/sql/load.ts';
import { SqlPool } from '../../connectors/sql/pool.ts';
import { query } from '../../connectors/sql/query.ts';
import { errorPacket, fakeServer, greeting, okPacket, packet } from './fake-server.ts';
import { configOf, never } from './pool-fixture.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function poolAt(url: string, wake_seconds?: number) {
  const events: RunEvent[] = [];
  const pool = new SqlPool(configOf(url, wake_seconds === undefined ? {} : { wake_seconds }), {
    side: 'source',
    emit: (event) => events.push(event),
  });
  return { pool, events };
}

/** Takes everybody in, then answers every statement with `answer`. */
const welcoming = (answer: (statement: string, sequence: number) => Buffer) => (socket: import('node:net').Socket) => {
  let authenticated = false;
  socket.write(greeting());
  socket.on('data', (data) => {
    if (authenticated) socket.write(answer(data.subarray(5).toString(), data[3]! + 1));
    else socket.write(okPacket(2));
    authenticated = true;
  });
};

const notices = (events: readonly RunEvent[]) => events.filter((event) => event.event === 'notice');

describe('a sleeping cluster', () => {
  it('that refuses connections for 3 s is waited for, and said once', async () => {
    const port = await freePort();
    const { pool, events } = poolAt(`mysql://root@127.0.0.1:${port}`, 20);
    const leasing = pool.lease('read', never);
    await sleep(3000);
    await using _server = await fakeServer(
      welcoming((_sql, sequence) => okPacket(sequence)),
      port,
    );
    await using _lease = await leasing;
    assert.equal(notices(events).length, 1);
    assert.match(JSON.stringify(events), /connect\.waking.*ECONNREFUSED/);
    await pool[Symbol.asyncDispose]();
  });

  it('that answers 9449 instead of a handshake is waited for', async () => {
    const serve = welcoming((_sql, sequence) => okPacket(sequence));
    await using server = await fakeServer((socket, connection) => {
      if (connection >= 2) return serve(socket);
      socket.end(errorPacket(0, 9449, 'CynosDB serverless instance is resuming, please try connecting again'));
    });
    const { pool, events } = poolAt(server.url, 20);
    await using _lease = await pool.lease('read', never);
    assert.equal(notices(events).length, 1);
    await pool[Symbol.asyncDispose]();
  });

  it('that cuts handshakes is waited for', async () => {
    const serve = welcoming((_sql, sequence) => okPacket(sequence));
    await using server = await fakeServer((socket, connection) => (connection < 1 ? socket.destroy() : serve(socket)));
    const { pool } = poolAt(server.url, 20);
    await using _lease = await pool.lease('read', never);
    await pool[Symbol.asyncDispose]();
  });

  it('that does not wake within the budget is an error that says how long it was tried', async () => {
    const { pool } = poolAt(`mysql://root@127.0.0.1:${await freePort()}`, 1.5);
    const start = performance.now();
    await assert.rejects(pool.lease('read', never), {
      code: 'connect.unreachable',
      origin: 'environment',
      retry: 'never',
      message: /no connection to 127\.0\.0\.1:\d+ within \d\.\d s: connect ECONNREFUSED/,
    });
    assert.ok(performance.now() - start < 10_000);
    assert.equal(pool.open, 0);
  });

  it('that never answers is given up after the budget, or at the signal', async () => {
    await using server = await fakeServer(() => undefined);
    await assert.rejects(poolAt(server.url, 1).pool.lease('read', never), { code: 'connect.unreachable' });
    const { pool } = poolAt(`mysql://root@127.0.0.1:${await freePort()}`, 30);
    await assert.rejects(pool.lease('read', AbortSignal.timeout(300)), /abort/i);
    assert.equal(pool.open, 0);
  });
});

describe('nobody', () => {
  it('behind a port of this machine is not waited for, unless somebody was there before', async () => {
    const port = await freePort();
    const { pool } = poolAt(`mysql://root@127.0.0.1:${port}`);
    const start = performance.now();
    await assert.rejects(pool.lease('read', never), {
      code: 'connect.unreachable',
      retry: 'never',
      message: /^no connection to 127\.0\.0\.1:\d+: connect ECONNREFUSED/,
    });
    assert.ok(performance.now() - start < 10_000);
    const serve = welcoming((_sql, sequence) => okPacket(sequence));
    {
      await using _server = await fakeServer(serve, port);
      await using _lease = await pool.lease('read', never);
    }
    const leasing = pool.lease('read', never);
    await sleep(700);
    await using _server = await fakeServer(serve, port);
    await using _lease = await leasing;
    await pool[Symbol.asyncDispose]();
  });

  it('behind a name that does not resolve is not waited for', async () => {
    const { pool } = poolAt('mysql://root@no-such-host.invalid:3306?tls=off');
    await assert.rejects(pool.lease('read', never), { code: 'connect.unreachable', retry: 'never' });
  });
});

describe('a port of another protocol', () => {
  for (const tls of ['off', 'skip-verify']) {
    it(`that speaks first is known for what it is, tls=${tls}`, async () => {
      await using server = await fakeServer((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
      await assert.rejects(poolAt(`${server.url}?tls=${tls}`, 20).pool.lease('read', never), {
        code: 'connect.protocol',
        retry: 'never',
        message: /"SSH-2\.0-OpenSSH_9\.2/,
      });
    });
  }

  it('that waits for the other side, as HTTP and TLS do, is said to be silent', async () => {
    await using server = await fakeServer(() => undefined);
    const { pool, events } = poolAt(server.url, 6);
    await assert.rejects(pool.lease('read', never), {
      code: 'connect.unreachable',
      message: /takes connections and says nothing: it sleeps, or it does not speak MySQL's protocol/,
    });
    assert.match(JSON.stringify(notices(events)), /connect\.waking.*it has not answered yet/);
  });
});

describe('a server', () => {
  it('that refuses the password is not asked again', async () => {
    let connections = 0;
    await using server = await fakeServer((socket) => {
      connections++;
      socket.end(errorPacket(0, 1045, "Access denied for user 'root'"));
    });
    await assert.rejects(poolAt(server.url, 20).pool.lease('read', never), { code: 'connect.denied', retry: 'never' });
    assert.equal(connections, 1);
  });

  it('over its quota is not waited for', async () => {
    const text = "Due to the usage quota being exhausted, access to the cluster 'x' has been restricted";
    await using server = await fakeServer((socket) => socket.end(errorPacket(0, 1105, text)));
    await assert.rejects(poolAt(server.url, 20).pool.lease('read', never), { code: 'connect.quota', retry: 'never' });
  });

  it('without TLS is refused where TLS was asked for', async () => {
    await using server = await fakeServer((socket) => socket.write(greeting()));
    await assert.rejects(poolAt(`${server.url}?tls=verify`, 20).pool.lease('read', never), { code: 'connect.tls' });
  });

  it('that answers a query by asking for a file gets nothing', async () => {
    const received: Buffer[] = [];
    await using server = await fakeServer((socket) => {
      socket.on('data', (data) => received.push(data));
      welcoming((sql, sequence) =>
        sql.includes('SELECT') ? packet(1, Buffer.from('\xfb/etc/passwd', 'latin1')) : okPacket(sequence),
      )(socket);
    });
    const { pool } = poolAt(server.url, 5);
    await using lease = await pool.lease('read', never);
    await assert.rejects(query(lease.session, 'SELECT 1'), { code: 'connect.file-asked' });
    assert.equal(lease.session.lost, true);
    assert.ok(!Buffer.concat(received).includes('root:'));
    await pool[Symbol.asyncDispose]();
  });

  it('that asks for another file than was offered gets nothing', async () => {
    const received: Buffer[] = [];
    await using server = await fakeServer((socket) => {
      socket.on('data', (data) => received.push(data));
      welcoming((sql, sequence) =>
        sql.includes('LOAD') ? packet(1, Buffer.from('\xfb/etc/passwd', 'latin1')) : okPacket(sequence),
      )(socket);
    });
    const { pool } = poolAt(server.url, 5);
    await using lease = await pool.lease('read', never);
    const rows = (async function* () {
      yield Buffer.from('these rows are secret');
    })();
    const loading = loadData(lease.session, "LOAD DATA LOCAL INFILE 'millrace-rows' INTO TABLE t", rows);
    await assert.rejects(loading, { code: 'connect.file-asked' });
    const sent = Buffer.concat(received);
    assert.ok(!sent.includes('root:') && !sent.includes('these rows'));
    await pool[Symbol.asyncDispose]();
  });
});
