import type { Socket } from 'node:net';
import { type Connection, type ConnectionOptions, createConnection, type SslOptions } from 'mysql2';
import { millraceError } from '../contract/index.ts';
import { endpoint, type SqlConfig } from './config.ts';
import { type Side, sqlError } from './error.ts';
import { type Role, settingsOf } from './session-settings.ts';
import { openSocket } from './wire-socket.ts';

/** One open connection with pinned settings. Made by the pool; statements go through the functions of `query.ts`, `rows.ts` and `load.ts`. */
export interface Session {
  readonly wire: Connection;
  readonly role: Role;
  readonly side: Side;
  /** Host and port, for messages. */
  readonly at: string;
  /** The server's id of the connection: what KILL takes. */
  readonly id: number;
  /** Milliseconds of `performance.now()`. */
  readonly openedAt: number;
  /** Cut, or left in an unknown state: never used again. */
  lost: boolean;
  /** As the server said of the last statement: a session that is handed back so is closed. */
  inTransaction: boolean;
}

export interface Credentials {
  readonly password: string;
  readonly ssl: SslOptions | undefined;
}

/** The wanted settings that the server took on the first session of a role: later ones ask for these at once. */
export type Settable = Map<Role, readonly string[]>;

export interface OpeningOptions {
  readonly role: Role;
  readonly side: Side;
  readonly settable: Settable;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Opens a connection and pins its settings: one attempt. Throws what `sqlError` makes of it, or the signal's reason. */
export async function openSession(
  config: SqlConfig,
  credentials: Credentials,
  { role, side, settable, timeoutMs, signal }: OpeningOptions,
): Promise<Session> {
  const at = endpoint(config);
  const wire = createConnection(connectionOptions(config, credentials, timeoutMs));
  const { stream } = wire as unknown as { stream: Socket };
  let taken = false;
  stream.once('connect', () => {
    taken = true;
  });
  try {
    await connected(wire, signal);
  } catch (thrown) {
    destroyWire(wire);
    signal.throwIfAborted();
    throw openingError(isListener(thrown, stream, taken) ? silent(thrown) : thrown, side, at);
  }
  const session: Session = {
    wire,
    role,
    side,
    at,
    id: wire.threadId,
    openedAt: performance.now(),
    lost: false,
    inTransaction: false,
  };
  const lose = () => {
    session.lost = true;
  };
  wire.on('error', lose);
  wire.on('end', lose);
  try {
    await pin(session, settable);
  } catch (thrown) {
    destroySession(session);
    throw openingError(thrown, side, at);
  }
  return session;
}

/** No default database: it need not exist yet, and every statement names its own. */
export function connectionOptions(
  config: SqlConfig,
  { password, ssl }: Credentials,
  timeoutMs: number,
): ConnectionOptions {
  return {
    host: config.host,
    port: config.port,
    user: config.user,
    password,
    ...(ssl === undefined ? {} : { ssl }),
    connectTimeout: timeoutMs,
    charset: 'UTF8MB4_BIN',
    // FOUND_ROWS: an UPDATE counts the rows it matched, changed or not; the fence depends on it.
    flags: ['FOUND_ROWS'],
    rowsAsArray: true,
    typeCast: false,
    stream: () => openSocket(config, ssl !== undefined),
  };
}

function connected(wire: Connection, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    wire.once('connect', () => signal.removeEventListener('abort', abort));
    wire.once('connect', () => resolve());
    // Stays, so that an error after this promise has settled does not end the process.
    wire.on('error', reject);
  });
}

/** A connection that was cut or took too long before it could be used is a cluster that is waking up, not one lost in use. */
function openingError(thrown: unknown, side: Side, at: string): Error {
  const error = sqlError(thrown, side, at);
  if (error.code !== 'connect.lost' && !isCutTls(thrown)) return error;
  return millraceError('connect.unreachable', error.message, { at, cause: error.cause });
}

/** The driver's time is up, and the connection was taken: whoever has the port waits to be spoken to. */
function isListener(thrown: unknown, { bytesRead }: Socket, taken: boolean): boolean {
  return (thrown as { code?: string }).code === 'ETIMEDOUT' && taken && bytesRead === 0;
}

function silent(cause: unknown): Error {
  const message = "it takes connections and says nothing: it sleeps, or it does not speak MySQL's protocol";
  return Object.assign(new Error(message, { cause }), { code: 'ETIMEDOUT' });
}

/** The driver gives whatever ends a TLS handshake the same name; what the network did to it comes from a system call or is said in words. */
function isCutTls(thrown: unknown): boolean {
  const { code, syscall, message = '' } = thrown as { code?: string; syscall?: string; message?: string };
  return (
    code === 'HANDSHAKE_SSL_ERROR' && (syscall !== undefined || message.includes('disconnected before secure TLS'))
  );
}

async function pin({ wire, role }: Session, settable: Settable): Promise<void> {
  const { pinned, wanted } = settingsOf(role);
  const known = settable.get(role);
  await run(wire, `SET ${[...pinned, ...(known ?? [])].join(', ')}`);
  if (known !== undefined) return;
  const taken: string[] = [];
  for (const setting of wanted) {
    try {
      await run(wire, `SET ${setting}`);
      taken.push(setting);
    } catch (thrown) {
      if (!isUnsettable(thrown)) throw thrown;
    }
  }
  settable.set(role, taken);
}

/** Unknown, read-only, global-only or forbidden system variables. */
function isUnsettable(thrown: unknown): boolean {
  const { errno } = thrown as { errno?: number };
  return errno !== undefined && [1193, 1227, 1228, 1229, 1231, 1238].includes(errno);
}

function run(wire: Connection, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    wire.query(sql, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}

/** Ends a session in good order. Never throws. */
export async function closeSession(session: Session): Promise<void> {
  if (session.lost) return destroySession(session);
  session.lost = true;
  const { promise, resolve } = Promise.withResolvers<void>();
  // A server that does not answer the goodbye is not waited for.
  const timer = setTimeout(resolve, 1000);
  session.wire.end(() => resolve());
  await promise;
  clearTimeout(timer);
  destroyWire(session.wire);
}

/** Cuts a session at once: the server rolls back what was open. */
export function destroySession(session: Session): void {
  session.lost = true;
  destroyWire(session.wire);
}

/** mysql2's own `destroy` only half-closes the socket, so that a reader held back would never notice. */
function destroyWire(wire: Connection): void {
  wire.destroy();
  (wire as unknown as { stream: { destroy(): void } }).stream.destroy();
}

/** The answer to a statement, or an error when the connection is gone: the driver says nothing for one that is destroyed here. */
export async function untilCut<T>({ wire, at }: Session, answer: Promise<T>): Promise<T> {
  const { stream } = wire as unknown as { stream: Socket };
  const { promise: cut, reject } = Promise.withResolvers<never>();
  const lost = () =>
    reject(Object.assign(new Error(`the connection to ${at} is gone`), { code: 'PROTOCOL_CONNECTION_LOST' }));
  stream.once('close', lost);
  if (stream.destroyed) lost();
  try {
    return await Promise.race([answer, cut]);
  } finally {
    stream.removeListener('close', lost);
  }
}
