import type { ConnectionOptions } from 'mysql2';
import { MillraceError, millraceError } from '../../contract/index.ts';
import type { LogPoint } from '../log-point.ts';
import type { LogDialect } from '../log-status.ts';
import { dumpCommand, setupStatements } from './request.ts';
import { LogWire, type Packet } from './wire.ts';

export interface LogOptions {
  readonly dialect: LogDialect;
  /** Without the settings of a session. */
  readonly connection: ConnectionOptions;
  readonly from: LogPoint;
  /** Wait at the end of the log for more. */
  readonly follow: boolean;
  /** The server, for messages. */
  readonly at: string;
  /** Makes an error of what the connection threw. */
  readonly onError: (thrown: unknown) => Error;
}

/** A log that is being read: its events in order, as they come. */
export interface OpenLog extends AsyncDisposable {
  /**
   * Events that have come since the last call; waits for some, and gives none after `quietMs`. Undefined: the log is at its end. Throws
   * `source.history-lost`, and what the connection throws.
   */
  take(quietMs: number): Promise<readonly Packet[] | undefined>;
}

/** How often a server that has nothing to send says that it is there, and how long it may be silent. */
const HEARTBEAT_MS = 10_000;
const SILENCE_MS = 3 * HEARTBEAT_MS;

/** Asks for a log from a point on. */
export async function openLog(options: LogOptions, signal: AbortSignal): Promise<OpenLog> {
  const request = { ...options, heartbeatMs: HEARTBEAT_MS };
  const told = async <T>(what: Promise<T>): Promise<T> => {
    try {
      return await what;
    } catch (thrown) {
      signal.throwIfAborted();
      throw logError(thrown, options);
    }
  };
  const setup = setupStatements(request);
  const { connection } = options;
  const wire = await told(
    LogWire.open({ connection, setup, command: dumpCommand(request), silenceMs: SILENCE_MS }, signal),
  );
  return { take: (quietMs) => told(wire.take(quietMs)), [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose]() };
}

/** 1236: the log that is asked for is not there; 1945 and 1955: MariaDB's words for a position that it never had. */
const lostNumbers = new Set([1236, 1945, 1955]);

function logError(thrown: unknown, { at, onError }: LogOptions): Error {
  if (thrown instanceof MillraceError) return thrown;
  const { errno = 0, message } = thrown as Error & { errno?: number };
  if (!lostNumbers.has(errno)) return onError(thrown);
  return millraceError('source.history-lost', `the log at ${at} cannot be read on: ${message}`, { at, cause: thrown });
}
