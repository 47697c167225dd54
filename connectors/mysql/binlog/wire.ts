import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2';
import { millraceError } from '../../contract/index.ts';

/** One event of a log as the server sent it: `buffer[start .. end)`, its checksum last where the log has them. */
export interface Packet {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

export interface WireOptions {
  readonly connection: ConnectionOptions;
  /** Statements before the log is asked for, and the command that asks: its first byte is the protocol's number for it. */
  readonly setup: readonly string[];
  readonly command: Buffer;
  /** Milliseconds without a packet after which the connection counts as dead: servers send heartbeats more often. */
  readonly silenceMs: number;
}

/** Bytes that may wait for the reader before the server is held off; what the socket had taken already still comes. */
const MOST_WAITING = 1024 * 1024;

/** The part of mysql2's packet that is read: its payload is `buffer[offset .. end)`. */
interface WirePacket {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
  asError(encoding: string): Error;
}

/** What is used of mysql2's connection beside its public interface: commands that take packets, and the socket. */
interface WireInside {
  readonly stream: Socket;
  readonly clientEncoding: string;
  addCommand(command: unknown): unknown;
  _resetSequenceId(): void;
  _bumpSequenceId(packets: number): void;
  write(bytes: Buffer): void;
}

/**
 * A connection that was told to send a log. Connecting, TLS and authentication are mysql2's; then a command of our own takes its packets as
 * they come, the narrowest place that gives them raw.
 */
export class LogWire implements AsyncDisposable {
  readonly #wire: Connection;
  readonly #silenceMs: number;
  #packets: Packet[] = [];
  #weight = 0;
  #held = false;
  #heardAt = performance.now();
  #end: { readonly reason?: unknown } | undefined;
  #wake: (() => void) | undefined;

  private constructor(wire: Connection, silenceMs: number) {
    this.#wire = wire;
    this.#silenceMs = silenceMs;
    wire.on('error', (reason: unknown) => this.#ended({ reason }));
    wire.on('end', () => this.#ended({ reason: lost() }));
    inside(wire).stream.once('close', () => this.#ended({ reason: lost() }));
  }

  /** Throws what mysql2 does, or the signal's reason. */
  static async open({ connection, setup, command, silenceMs }: WireOptions, signal: AbortSignal): Promise<LogWire> {
    signal.throwIfAborted();
    const wire = createConnection(connection);
    requireInside(wire);
    const log = new LogWire(wire, silenceMs);
    const abort = () => log.#ended({ reason: signal.reason });
    signal.addEventListener('abort', abort, { once: true });
    inside(wire).stream.once('close', () => signal.removeEventListener('abort', abort));
    try {
      for (const sql of setup) await log.#run(sql);
      inside(wire).addCommand(log.#dump(command));
      return log;
    } catch (thrown) {
      await log[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  /**
   * The packets that have come since the last call; waits where there are none, and gives none after `quietMs`. Undefined: the server says that
   * the log is at its end. Throws what ended the connection.
   */
  async take(quietMs: number): Promise<readonly Packet[] | undefined> {
    if (this.#packets.length === 0 && this.#end === undefined) await this.#something(quietMs);
    if (this.#packets.length > 0) return this.#taken();
    if (this.#end === undefined) return this.#quiet();
    if ('reason' in this.#end) throw this.#end.reason;
    return undefined;
  }

  /** The server learns of it by the closed socket. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended({ reason: lost() });
    this.#wire.destroy();
    inside(this.#wire).stream.destroy();
  }

  #run(sql: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const gone = () => reject(this.#end?.reason);
    this.#wake = gone;
    this.#wire.query(sql, (error: Error | null) => (error === null ? resolve() : reject(error)));
    return promise.finally(() => {
      this.#wake = undefined;
    });
  }

  #taken(): readonly Packet[] {
    const packets = this.#packets;
    this.#packets = [];
    this.#weight = 0;
    this.#heardAt = performance.now();
    if (this.#held && this.#end === undefined) inside(this.#wire).stream.resume();
    this.#held = false;
    return packets;
  }

  #quiet(): readonly Packet[] {
    if (performance.now() - this.#heardAt > this.#silenceMs) throw lost();
    return [];
  }

  #something(quietMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#wake = undefined;
        resolve();
      }, quietMs);
      this.#wake = () => {
        this.#wake = undefined;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #push(buffer: Buffer, start: number, end: number): void {
    this.#packets.push({ buffer, start, end });
    this.#weight += end - start;
    if (this.#weight >= MOST_WAITING && !this.#held) {
      this.#held = true;
      inside(this.#wire).stream.pause();
    }
    this.#wake?.();
  }

  #ended(end: { readonly reason?: unknown }): void {
    this.#end ??= end;
    this.#wake?.();
  }

  /** The command as mysql2 runs it: asked to begin without a packet, then given each one. True: it is over. */
  #dump(command: Buffer): EventEmitter {
    let asked = false;
    const execute = (packet: WirePacket | undefined, wire: WireInside): boolean => {
      if (!asked || packet === undefined) {
        asked = true;
        wire._resetSequenceId();
        wire._bumpSequenceId(1);
        wire.write(framed(command));
        return false;
      }
      const { buffer, offset, end } = packet;
      const status = buffer[offset];
      if (status === 0) {
        this.#push(buffer, offset + 1, end);
        return false;
      }
      this.#ended(status === 0xff ? { reason: packet.asError(wire.clientEncoding) } : {});
      return true;
    };
    return Object.assign(new EventEmitter(), { execute });
  }
}

/** A command is far shorter than what a packet holds, save for sets of GTIDs that no server has. */
function framed(command: Buffer): Buffer {
  const packet = Buffer.allocUnsafe(command.length + 4);
  packet.writeUIntLE(command.length, 0, 3);
  packet[3] = 0;
  command.copy(packet, 4);
  return packet;
}

function inside(wire: Connection): WireInside {
  return wire as unknown as WireInside;
}

/** Throws where mysql2 does not look as expected: then nothing was sent. */
function requireInside(wire: Connection): void {
  const { stream, addCommand, _resetSequenceId, _bumpSequenceId, write } = inside(wire);
  const works = [stream?.pause, stream?.resume, addCommand, _resetSequenceId, _bumpSequenceId, write].every(
    (one) => typeof one === 'function',
  );
  if (works) return;
  wire.destroy();
  throw millraceError('internal.unexpected', 'the MySQL driver has changed inside: logs cannot be read with it');
}

function lost(): Error {
  return Object.assign(new Error('the connection to the log is gone'), { code: 'PROTOCOL_CONNECTION_LOST' });
}
