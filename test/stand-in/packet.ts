import type { Duplex } from 'node:stream';

/** A packet of the MySQL protocol: 3 bytes of length, a sequence number, the payload. */
export interface Packet {
  readonly sequence: number;
  readonly payload: Buffer;
  /** Header and payload, as they came. */
  readonly bytes: Buffer;
}

const HEADER = 4;

/** The packet at the beginning of the bytes, where all of it is there. */
export function firstPacket(bytes: Buffer): Packet | undefined {
  if (bytes.length < HEADER) return undefined;
  const end = HEADER + bytes.readUIntLE(0, 3);
  if (bytes.length < end) return undefined;
  return { sequence: bytes[3]!, payload: bytes.subarray(HEADER, end), bytes: bytes.subarray(0, end) };
}

/** Takes one packet off a stream that nobody else reads; what came behind it goes back. Undefined: the stream ended. */
export async function readPacket(stream: Duplex): Promise<Packet | undefined> {
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const chunk = stream.read() as Buffer | null;
    if (chunk !== null) bytes = Buffer.concat([bytes, chunk]);
    const packet = firstPacket(bytes);
    if (packet !== undefined) {
      if (bytes.length > packet.bytes.length) stream.unshift(bytes.subarray(packet.bytes.length));
      return packet;
    }
    if (chunk === null && !(await readable(stream))) return undefined;
  }
}

function readable(stream: Duplex): Promise<boolean> {
  if (stream.destroyed || stream.readableEnded) return Promise.resolve(false);
  return new Promise((resolve) => {
    const settle = (there: boolean) => {
      stream.off('readable', yes).off('end', no).off('close', no);
      resolve(there);
    };
    const yes = () => settle(true);
    const no = () => settle(false);
    stream.once('readable', yes).once('end', no).once('close', no);
  });
}

/** An error packet; `sequence` is the number after the packet that it answers. */
export function errorPacket(sequence: number, number: number, message: string): Buffer {
  const text = Buffer.from(`#08S01${message}`);
  const bytes = Buffer.alloc(HEADER + 3);
  bytes.writeUIntLE(3 + text.length, 0, 3);
  bytes[3] = sequence & 0xff;
  bytes[4] = 0xff;
  bytes.writeUInt16LE(number, 5);
  return Buffer.concat([bytes, text]);
}

/** What is known of a packet when its beginning has come. */
export interface PacketHead {
  readonly sequence: number;
  /** The payload up to `HEAD_BYTES`. */
  readonly head: Buffer;
}

/** Enough of a payload to know what kind of statement it is. */
const HEAD_BYTES = 128;

/** Follows the packets of a byte stream without keeping them. */
export class PacketTracker {
  readonly #onHead: (packet: PacketHead) => void;
  readonly #onBytes: (count: number) => void;
  #pending: Buffer = Buffer.alloc(0);
  /** Bytes of the present packet that are still to come behind its head. */
  #rest = 0;

  constructor(onHead: (packet: PacketHead) => void, onBytes: (count: number) => void) {
    this.#onHead = onHead;
    this.#onBytes = onBytes;
  }

  push(chunk: Buffer): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = Buffer.alloc(0);
    for (;;) {
      const passed = Math.min(this.#rest, bytes.length);
      this.#rest -= passed;
      if (passed > 0) this.#onBytes(passed);
      bytes = bytes.subarray(passed);
      const length = bytes.length < HEADER ? 0 : bytes.readUIntLE(0, 3);
      const head = Math.min(length, HEAD_BYTES);
      if (bytes.length < HEADER + head) {
        this.#pending = bytes;
        return;
      }
      this.#onHead({ sequence: bytes[3]!, head: bytes.subarray(HEADER, HEADER + head) });
      this.#onBytes(head);
      this.#rest = length - head;
      bytes = bytes.subarray(HEADER + head);
    }
  }
}
