import type { Duplex } from 'node:stream';
import { createConnection } from 'mysql2';

/**
 * `node raw-read.ts URL QUERY`: the ceiling of reading. The driver connects, then the socket is taken from it: rows are only counted by their
 * packet headers, no byte of a value is looked at. Prints `{ rows, bytes, seconds }`.
 */
async function main([url, query]: string[]): Promise<void> {
  const connection = createConnection({ uri: url!, charset: 'utf8mb4', flags: ['-CLIENT_QUERY_ATTRIBUTES'] });
  await new Promise<void>((resolve, reject) => {
    connection.once('connect', () => resolve());
    connection.once('error', reject);
  });
  const socket = (connection as unknown as { stream: Duplex }).stream;
  socket.removeAllListeners('data');
  const started = performance.now();
  const read = countRows(socket);
  socket.write(queryPacket(query!));
  const counted = await read;
  process.stdout.write(JSON.stringify({ ...counted, seconds: (performance.now() - started) / 1000 }));
  socket.destroy();
}

function queryPacket(query: string): Buffer {
  const body = Buffer.from(`\x03${query}`);
  const header = Buffer.alloc(4);
  header.writeUIntLE(body.length, 0, 3);
  return Buffer.concat([header, body]);
}

/** Packets of a result: header, columns, EOF, rows, EOF. Counts those between the two EOFs; bytes are of all. */
function countRows(socket: Duplex): Promise<{ rows: number; bytes: number }> {
  let ends = 0;
  let rows = 0;
  let bytes = 0;
  let rest: Buffer = Buffer.alloc(0);
  let skip = 0;
  const { promise, resolve, reject } = Promise.withResolvers<{ rows: number; bytes: number }>();
  const packet = (first: number, length: number) => {
    if (first === 0xff) return reject(new Error('the server answered with an error'));
    if (first === 0xfe && length < 9) ends += 1;
    else if (ends === 1) rows += 1;
    if (ends === 2) resolve({ rows, bytes });
  };
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (skip >= chunk.length) {
      skip -= chunk.length;
      return;
    }
    const whole = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = skip;
    while (at + 5 <= whole.length) {
      const length = whole[at]! | (whole[at + 1]! << 8) | (whole[at + 2]! << 16);
      packet(whole[at + 4]!, length);
      at += 4 + length;
    }
    skip = Math.max(0, at - whole.length);
    rest = skip > 0 ? Buffer.alloc(0) : whole.subarray(at);
  });
  socket.on('error', reject);
  return promise;
}

await main(process.argv.slice(2));
