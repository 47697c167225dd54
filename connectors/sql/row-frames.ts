import type { Socket } from 'node:net';
import type { Session } from './session.ts';
import { type Intake, takeBytes } from './wire-socket.ts';

/** Bytes of a packet's header: three of the length, one of the sequence. */
const HEADER = 4;
/** A packet of this length goes on in the next. */
const FULL_PACKET = 0xffffff;
const ERROR_MARK = 0xff;
const END_MARK = 0xfe;
/** An end is shorter than any row whose first value has a length of eight bytes, which begins with the same mark. */
const END_BYTES = 9;
/** A larger buffer for rows in parts is not kept. */
const KEPT_BYTES = 1024 * 1024;

/** The part of mysql2's packet parser that is used: its state is one of its own methods. */
interface Parser {
  execute: unknown;
  buffer: Buffer[];
  bufferLength: number;
  length: number;
  readonly largePacketParts: readonly Buffer[];
}

interface Driver {
  readonly stream: Socket;
  readonly packetParser: Parser;
  sequenceId: number;
}

/** Takes a row in a packet of its own: `buffer[start .. end)`, valid during the call only. */
type OnPacket = (buffer: Buffer, start: number, end: number) => void;

/**
 * Takes packets of rows out of the stream before mysql2 parses it, for that costs as much as all that is done with the rows afterwards. Everything
 * else (rows in several packets, the end, errors) goes to mysql2 as it came, and its count of packets is kept in step.
 */
export class RowFrames {
  readonly #driver: Driver;
  readonly #onPacket: OnPacket;
  #intake: Intake | undefined;
  #begun = false;
  /** The packet that has come in part. */
  #rest = Buffer.allocUnsafe(0);
  #restLength = 0;

  constructor({ wire }: Session, onPacket: OnPacket) {
    this.#driver = wire as unknown as Driver;
    this.#onPacket = onPacket;
  }

  /** Whether mysql2 looks inside as this expects. */
  static work({ wire }: Session): boolean {
    const { stream, packetParser, sequenceId } = wire as unknown as Partial<Driver>;
    return (
      typeof stream?.on === 'function' &&
      typeof sequenceId === 'number' &&
      stateOf(packetParser as Parser) !== undefined
    );
  }

  /** Takes what comes from now on. To be called while mysql2 is among the rows. */
  take(): void {
    if (this.#intake !== undefined) return;
    this.#begun = false;
    this.#restLength = 0;
    this.#intake = takeBytes(this.#driver.stream, (bytes) => this.#receive(bytes));
  }

  release(): void {
    this.#intake?.release();
    this.#intake = undefined;
  }

  #receive(bytes: Buffer): void {
    if (!this.#begun) {
      const rest = takeRest(this.#driver.packetParser);
      if (rest === undefined) {
        this.#intake?.handOn(bytes);
        return;
      }
      this.#begun = true;
      this.#keep(rest, 0, rest.length);
    }
    this.#frames(bytes, this.#restLength === 0 ? 0 : this.#complete(bytes));
  }

  /** Takes the packets of a piece from `at` on; what is left of it is kept. */
  #frames(bytes: Buffer, from: number): void {
    const { length } = bytes;
    let at = from;
    while (length - at >= HEADER) {
      const end = at + HEADER + bytes.readUIntLE(at, 3);
      if (end > length) break;
      if (!this.#row(bytes, at, end)) {
        this.#handBack(bytes.subarray(at));
        return;
      }
      at = end;
    }
    if (at < length) this.#keep(bytes, at, length);
  }

  /** Completes the packet that had come in part. Gives where the next one begins, or the end where it is not whole yet or was not a row. */
  #complete(bytes: Buffer): number {
    let at = this.#more(bytes, 0, HEADER);
    if (this.#restLength < HEADER) return at;
    const end = HEADER + this.#rest.readUIntLE(0, 3);
    at = this.#more(bytes, at, end);
    if (this.#restLength < end) return at;
    this.#restLength = 0;
    if (this.#row(this.#rest, 0, end)) {
      if (this.#rest.length > KEPT_BYTES) this.#rest = Buffer.allocUnsafe(0);
      return at;
    }
    this.#handBack(Buffer.concat([this.#rest.subarray(0, end), bytes.subarray(at)]));
    return bytes.length;
  }

  /** Adds to the packet until it has `size` bytes or there are no more. */
  #more(bytes: Buffer, from: number, size: number): number {
    const to = Math.min(bytes.length, from + Math.max(0, size - this.#restLength));
    this.#keep(bytes, from, to, size);
    return to;
  }

  #keep(bytes: Buffer, from: number, to: number, size = 0): void {
    const need = Math.max(this.#restLength + to - from, size);
    if (need > this.#rest.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(need, 4096));
      this.#rest.copy(larger, 0, 0, this.#restLength);
      this.#rest = larger;
    }
    bytes.copy(this.#rest, this.#restLength, from, to);
    this.#restLength += to - from;
  }

  /** False for a packet that is not a whole row: that is mysql2's. */
  #row(bytes: Buffer, start: number, end: number): boolean {
    const size = end - start - HEADER;
    const mark = bytes[start + HEADER]!;
    if (size === FULL_PACKET || size === 0 || mark === ERROR_MARK || (mark === END_MARK && size < END_BYTES))
      return false;
    const driver = this.#driver;
    if (bytes[start + 3] !== driver.sequenceId) return false;
    driver.sequenceId = (driver.sequenceId + 1) & 255;
    this.#onPacket(bytes, start + HEADER, end);
    return true;
  }

  #handBack(bytes: Buffer): void {
    const intake = this.#intake;
    this.release();
    intake?.handOn(bytes);
  }
}

type State = 'start' | 'payload' | 'header2' | 'header3';

const states: readonly (readonly [State, string])[] = [
  ['start', 'executeStart'],
  ['payload', 'executePayload'],
  ['header2', 'executeHeader2'],
  ['header3', 'executeHeader3'],
];

/** What the parser waits for: undefined where it is not the one that is known. */
function stateOf(parser: Parser | undefined): State | undefined {
  if (!Array.isArray(parser?.buffer) || !Array.isArray(parser.largePacketParts)) return undefined;
  if (typeof parser.bufferLength !== 'number' || typeof parser.length !== 'number') return undefined;
  const prototype = Object.getPrototypeOf(parser) as Record<string, unknown>;
  if (states.some(([, name]) => typeof prototype[name] !== 'function')) return undefined;
  return states.find(([, name]) => prototype[name] === parser.execute)?.[0];
}

/** Takes from the parser the beginning of a packet whose rest is still to come; undefined while it is in a row of several packets. */
function takeRest(parser: Parser): Buffer | undefined {
  const state = stateOf(parser);
  if (state === undefined || parser.largePacketParts.length > 0) return undefined;
  if (state === 'start') return Buffer.allocUnsafe(0);
  const { length } = parser;
  if (state === 'payload' && length === FULL_PACKET) return undefined;
  const known = Buffer.of(length & 255, (length >> 8) & 255, length >> 16);
  const rest =
    state === 'payload' ? Buffer.concat([known, ...parser.buffer]) : known.subarray(0, state === 'header2' ? 1 : 2);
  parser.buffer = [];
  parser.bufferLength = 0;
  parser.execute = (Object.getPrototypeOf(parser) as { executeStart: unknown }).executeStart;
  return rest;
}
