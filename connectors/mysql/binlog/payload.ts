import { createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import { millraceError } from '../../contract/index.ts';
import { BytesReader } from './bytes-reader.ts';
import type { LogEvent } from './event.ts';
import type { Packet } from './wire.ts';

type Payload = Extract<LogEvent, { kind: 'payload' }>;

const FIELD = { end: 0, size: 1, compression: 2, uncompressed: 3 };
const ZSTD = 0;
const HEADER = 19;
/** Up to here a transaction is inflated at once; larger ones piece by piece, so that memory stays bounded (invariant 7). */
const AT_ONCE = 4 * 1024 * 1024;

/** TRANSACTION_PAYLOAD_EVENT of MySQL, the body: fields of number, length and value; then the events. */
export function payloadOf(buffer: Buffer, start: number, end: number): Payload {
  const from = new BytesReader(buffer, start);
  let [compression, size] = [ZSTD, 0];
  for (;;) {
    const field = from.packed();
    if (field === FIELD.end) break;
    const next = from.packed() + from.at;
    if (field === FIELD.compression) compression = from.packed();
    if (field === FIELD.uncompressed) size = from.packed();
    from.at = next;
  }
  return { kind: 'payload', bytes: buffer.subarray(from.at, end), compressed: compression === ZSTD, size };
}

/** The events of a payload, each whole. They have no checksums. */
export async function* payloadEvents({ bytes, compressed, size }: Payload): AsyncGenerator<readonly Packet[]> {
  if (compressed && size > AT_ONCE) {
    yield* inflated(bytes);
    return;
  }
  const { packets, rest } = cut(compressed ? zstdDecompressSync(bytes, { maxOutputLength: AT_ONCE }) : bytes);
  if (rest.length > 0) throw incomplete();
  yield packets;
}

async function* inflated(bytes: Buffer): AsyncGenerator<readonly Packet[]> {
  const stream = createZstdDecompress();
  stream.end(bytes);
  let parts: Buffer[] = [];
  let held = 0;
  let wanted = HEADER;
  for await (const part of stream as AsyncIterable<Buffer>) {
    parts.push(part);
    held += part.length;
    if (held < wanted) continue;
    const all = parts.length === 1 ? part : Buffer.concat(parts);
    const { packets, rest } = cut(all);
    if (packets.length > 0) yield packets;
    wanted = rest.length < HEADER ? HEADER : rest.readUInt32LE(9);
    parts = rest.length === 0 ? [] : [Buffer.from(rest)];
    held = rest.length;
  }
  if (held > 0) throw incomplete();
}

function incomplete(): Error {
  return millraceError('cdc.undecodable', 'a compressed transaction of the log is cut');
}

/** The whole events at the beginning of some bytes, and what is left. */
function cut(bytes: Buffer): { readonly packets: Packet[]; readonly rest: Buffer } {
  const packets: Packet[] = [];
  let at = 0;
  while (bytes.length - at >= HEADER) {
    const end = at + bytes.readUInt32LE(at + 9);
    if (end > bytes.length) break;
    packets.push({ buffer: bytes, start: at, end });
    at = end;
  }
  return { packets, rest: bytes.subarray(at) };
}
