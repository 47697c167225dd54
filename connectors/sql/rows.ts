import { statementError } from './query.ts';
import { RowFrames } from './row-frames.ts';
import type { Session } from './session.ts';
import { destroySession } from './session.ts';

/**
 * Takes a row of the text protocol: `buffer[start .. end)` holds each column as a length-encoded string or 0xfb for NULL. The bytes
 * are valid during the call only. A promise that is given back holds the server off until it resolves; the rows that were already
 * received (256 KiB at most, or one larger row) still come.
 */
export type RowSink = (buffer: Uint8Array, start: number, end: number) => Promise<void> | undefined;

export interface StreamOptions {
  readonly signal: AbortSignal;
  /** Uses the driver's public interface alone: the same rows, slower. Taken by itself where the driver has changed inside. */
  readonly publicApi?: boolean;
}

/** The part of mysql2's packet that is read. */
interface Packet {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
  isEOF(): boolean;
}

/** A state of mysql2's query command: takes a packet, gives the state for the next one. */
type State = (this: unknown, packet: Packet, connection: unknown) => unknown;

/**
 * Streams the rows of a query. Resolves with their number when the server has said that the result is complete; a result that is cut
 * short throws `MillraceError`, an aborted one the signal's reason, and what the sink throws is thrown on; after the last two the session is destroyed.
 */
export async function streamRows(
  session: Session,
  sql: string,
  onRow: RowSink,
  { signal, publicApi = false }: StreamOptions,
): Promise<number> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const flow = new Flow(session, onRow, reject);
  const abort = () => flow.fail(signal.reason);
  const settle = (error: Error | null) => (error === null ? resolve() : flow.refuse(statementError(session, error)));
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (publicApi || !startRaw(session, sql, flow, settle)) startPublic(session, sql, flow, settle);
    await promise;
    await flow.drained;
    if (flow.failed) throw flow.reason;
    return flow.rows;
  } finally {
    signal.removeEventListener('abort', abort);
    flow.close();
  }
}

/** Rows on their way from the socket to the sink, with the sink's promises as back-pressure. */
class Flow {
  rows = 0;
  failed = false;
  reason: unknown;
  drained: Promise<void> = Promise.resolve();
  readonly #session: Session;
  readonly #onRow: RowSink;
  readonly #reject: (reason: unknown) => void;
  #held = 0;
  #closed = false;

  constructor(session: Session, onRow: RowSink, reject: (reason: unknown) => void) {
    this.#session = session;
    this.#onRow = onRow;
    this.#reject = reject;
  }

  row(buffer: Uint8Array, start: number, end: number): void {
    if (this.failed) return;
    this.rows++;
    try {
      const wait = this.#onRow(buffer, start, end);
      if (wait !== undefined) this.#hold(wait);
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  /** The rest of the result is not wanted: the session ends, as it would have to be read. */
  fail(reason: unknown): void {
    if (this.failed || this.#closed) return;
    destroySession(this.#session);
    this.refuse(reason);
  }

  /** The server ended the result with an error. */
  refuse(reason: unknown): void {
    if (this.failed || this.#closed) return;
    this.failed = true;
    this.reason = reason;
    this.#reject(reason);
  }

  close(): void {
    this.#closed = true;
  }

  #hold(wait: Promise<void>): void {
    if (this.#held++ === 0) socketOf(this.#session).pause();
    const done = wait.then(
      () => this.#release(),
      (reason: unknown) => this.fail(reason),
    );
    this.drained = this.drained.then(() => done);
  }

  #release(): void {
    if (--this.#held === 0 && !this.failed) socketOf(this.#session).resume();
  }
}

/**
 * The socket is paused and not mysql2's connection: that would queue a copy of every packet already received, where
 * handing them on costs nothing.
 */
function socketOf(session: Session): { pause(): void; resume(): void } {
  return (session.wire as unknown as { stream: { pause(): void; resume(): void } }).stream;
}

type Settle = (error: Error | null) => void;

/**
 * Starts the query with its row state replaced, so that rows are not parsed: the narrowest place inside mysql2 that gives raw rows.
 * The end of the result and errors stay with mysql2. False, and nothing sent, where mysql2 does not look as expected.
 */
function startRaw(session: Session, sql: string, flow: Flow, settle: Settle): boolean {
  if (!rawRowsWork(session)) return false;
  let frames: RowFrames | undefined;
  const ended: Settle = (error) => {
    frames?.release();
    settle(error);
  };
  const command = session.wire.query({ sql, rowsAsArray: true, typeCast: false }, ended) as unknown as { row: State };
  const end = command.row;
  if (RowFrames.work(session)) frames = new RowFrames(session, (buffer, from, to) => flow.row(buffer, from, to));
  const row: State = function (this: unknown, packet, connection) {
    if (packet.isEOF()) return end.call(this, packet, connection);
    flow.row(packet.buffer, packet.offset, packet.end);
    frames?.take();
    return row;
  };
  command.row = row;
  return true;
}

/** Whether a query command has the states `fieldsEOF` and `row`, the first giving the second as it stands on the command. */
function rawRowsWork({ wire }: Session): boolean {
  const make = (wire.constructor as { createQuery?: (...args: unknown[]) => unknown }).createQuery;
  if (make === undefined) return false;
  const command = make('SELECT 1', [], undefined, {}) as { row?: State; fieldsEOF?: State };
  if (typeof command.row !== 'function' || typeof command.fieldsEOF !== 'function') return false;
  const marker: State = () => undefined;
  command.row = marker;
  return command.fieldsEOF({ isEOF: () => true } as Packet, undefined) === marker;
}

function startPublic(session: Session, sql: string, flow: Flow, settle: Settle): void {
  const command = session.wire.query({ sql, rowsAsArray: true, typeCast: false });
  // Without a callback the driver reports a lost connection on the connection alone.
  session.wire.once('error', settle);
  const done = (error: Error | null) => {
    session.wire.removeListener('error', settle);
    settle(error);
  };
  let failed = false;
  command.on('error', (error: Error) => {
    failed = true;
    done(error);
  });
  command.on('result', (row: unknown) => {
    const bytes = textRow(row as (Buffer | null)[]);
    flow.row(bytes, 0, bytes.length);
  });
  command.on('end', () => {
    if (!failed) done(null);
  });
}

/** A row as the text protocol writes it. */
function textRow(values: readonly (Buffer | null)[]): Buffer {
  return Buffer.concat(
    values.flatMap((value) => (value === null ? [Buffer.of(0xfb)] : [lengthPrefix(value.length), value])),
  );
}

function lengthPrefix(length: number): Buffer {
  if (length < 0xfb) return Buffer.of(length);
  const [marker, size] = length < 0x10000 ? [0xfc, 2] : length < 0x1000000 ? [0xfd, 3] : [0xfe, 8];
  const prefix = Buffer.alloc(1 + size!);
  prefix[0] = marker!;
  prefix.writeUIntLE(length, 1, Math.min(size!, 6));
  return prefix;
}
