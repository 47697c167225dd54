import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** A TCP port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no TCP port could be had');
  return address.port;
}

/** The first bytes that a server sends by itself after connect; undefined where it sends none in time. */
export function greeting(port: number, timeoutMs = 1_000): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: timeoutMs });
    const end = (bytes?: Buffer) => {
      socket.destroy();
      resolve(bytes);
    };
    socket.once('data', end);
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => end());
  });
}

/** Whether a MySQL-protocol server greets: packet header of 4 bytes, then protocol version 10 (255 is an error). */
export async function greetsAsMysql(port: number): Promise<boolean> {
  const packet = await greeting(port);
  return packet?.[4] === 10;
}
