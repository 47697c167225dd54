import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

/** A packet of the MySQL protocol. */
export function packet(sequence: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header[3] = sequence;
  return Buffer.concat([header, payload]);
}

/** An error packet, as a server sends it instead of a handshake or an answer. */
export function errorPacket(sequence: number, number: number, message: string): Buffer {
  const head = Buffer.alloc(3);
  head[0] = 0xff;
  head.writeUInt16LE(number, 1);
  return packet(sequence, Buffer.concat([head, Buffer.from(`#08S01${message}`)]));
}

export const okPacket = (sequence: number) => packet(sequence, Buffer.from([0, 0, 0, 2, 0, 0, 0]));

/** A handshake for any user: protocol 10, 4.1 authentication, no TLS. */
export function greeting(): Buffer {
  const capabilities = 0x0200 | 0x8000 | 0x0001 | 0x0008 | 0x0080 | 0x2000 | 0x80000;
  const low = Buffer.alloc(2);
  low.writeUInt16LE(capabilities & 0xffff);
  const high = Buffer.alloc(2);
  high.writeUInt16LE(capabilities >>> 16);
  const salt = Buffer.alloc(8, 0x41);
  const parts = [
    Buffer.from([10]),
    Buffer.from('8.0.0-fake\0'),
    Buffer.from([1, 0, 0, 0]),
    salt,
    Buffer.from([0]),
    low,
    Buffer.from([45, 2, 0]),
    high,
    Buffer.from([21]),
    Buffer.alloc(10),
    Buffer.concat([salt, Buffer.alloc(4, 0x42), Buffer.from([0])]),
    Buffer.from('mysql_native_password\0'),
  ];
  return packet(0, Buffer.concat(parts));
}

export interface FakeServer extends AsyncDisposable {
  readonly url: string;
}

/** Listens on 127.0.0.1 and leaves each connection to `serve`. */
export async function fakeServer(serve: (socket: Socket, connection: number) => void, port = 0): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket, connections++);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `mysql://root@127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
