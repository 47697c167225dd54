import type { ConnectionOptions } from 'mysql2';
import type { EventSink, MillraceError } from '../contract/index.ts';
import { endpoint, type SqlConfig } from './config.ts';
import type { Side } from './error.ts';
import { readSecret } from './secret.ts';
import {
  type Credentials,
  closeSession,
  connectionOptions,
  openSession,
  type Session,
  type Settable,
} from './session.ts';
import type { Role } from './session-settings.ts';
import { isLoopback, tlsOptions } from './tls.ts';
import { withWake } from './wake.ts';

/** A session in somebody's hands; handed back by `await using` or `[Symbol.asyncDispose]()`. */
export interface Lease extends AsyncDisposable {
  readonly session: Session;
}

const WAKE_SECONDS = 120;

/** Nobody is there: no cluster sleeps behind a port of this machine that refuses (unless the user says so), nor behind a name that is not known. */
function isHopeless({ host, wake_seconds }: SqlConfig, { cause }: MillraceError): boolean {
  const { code } = (cause ?? {}) as { code?: string };
  return code === 'EAI_AGAIN' || (code === 'ECONNREFUSED' && isLoopback(host) && wake_seconds === undefined);
}

interface Waiter {
  readonly role: Role;
  readonly resolve: (session: Session | undefined) => void;
}

export interface PoolOptions {
  readonly side: Side;
  readonly emit: EventSink;
  /** A limit of the run below the configured one. */
  readonly maxConnections?: number;
}

/**
 * Sessions of one server, opened when asked for, kept for a short while, closed when unused or old. Nothing is open when nothing
 * runs: no minimum, no pings. A lease that is handed back often (between chunks, after commits) gets a fresh connection there.
 */
export class SqlPool implements AsyncDisposable {
  readonly config: SqlConfig;
  readonly side: Side;
  readonly emit: EventSink;
  readonly #limit: number;
  readonly #settable: Settable = new Map();
  readonly #idle: { session: Session; timer: NodeJS.Timeout }[] = [];
  readonly #waiting: Waiter[] = [];
  #credentials: Promise<Credentials> | undefined;
  readonly #said = new Set<string>();
  #taken = 0;
  #disposed = false;
  /** It was said that the cluster wakes, and nobody has got through since. */
  #waking = false;
  /** Somebody has got through. */
  #reached = false;
  #closing = new Set<Promise<void>>();
  /** Connections that keep the server awake: those of the pool and others beside it. */
  #awake = 0;
  #awakeSince = 0;
  #awakeMs = 0;

  constructor(config: SqlConfig, { side, emit, maxConnections }: PoolOptions) {
    this.config = config;
    this.side = side;
    this.emit = emit;
    this.#limit = Math.min(config.max_connections, maxConnections ?? config.max_connections);
  }

  /** Seconds so far during which a connection was open or being opened. */
  get awakeSeconds(): number {
    return (this.#awakeMs + (this.#awake > 0 ? performance.now() - this.#awakeSince : 0)) / 1000;
  }

  /** Connections open or being opened. */
  get open(): number {
    return this.#taken;
  }

  /** Says something about this server to the run, once. */
  notice(code: string, message: string, fix?: string): void {
    if (this.#said.has(code)) return;
    this.#said.add(code);
    this.emit({ event: 'notice', at: new Date().toISOString(), code, message, ...(fix === undefined ? {} : { fix }) });
  }

  /** A session of that role, waited for where all are in use. Throws `connect.*`, or the signal's reason. */
  async lease(role: Role, signal: AbortSignal): Promise<Lease> {
    signal.throwIfAborted();
    const session = this.#reuse(role) ?? (await this.#opened(role, signal));
    let given = true;
    const giveBack = async () => {
      if (!given) return;
      given = false;
      await this.#giveBack(session);
    };
    return { session, [Symbol.asyncDispose]: giveBack };
  }

  /** How to open a connection that speaks more than SQL, e.g. for the log. It is not one of the pool's. */
  async wireOptions(timeoutMs: number): Promise<ConnectionOptions> {
    this.#credentials ??= this.#readCredentials();
    return connectionOptions(this.config, await this.#credentials, timeoutMs);
  }

  /** A connection of such options is open until this is disposed of: the server is awake. */
  awake(): Disposable {
    this.#wakes();
    return { [Symbol.dispose]: () => this.#sleeps() };
  }

  /** Closes every idle session and waits for those being closed. Leases still out close when handed back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const { session, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      void this.#close(session);
    }
    await Promise.all(this.#closing);
  }

  #reuse(role: Role): Session | undefined {
    for (let i = this.#idle.length - 1; i >= 0; i--) {
      const { session, timer } = this.#idle[i]!;
      if (!session.lost && session.role !== role) continue;
      this.#idle.splice(i, 1);
      clearTimeout(timer);
      if (this.#usable(session)) return session;
      void this.#close(session);
    }
    return undefined;
  }

  #usable(session: Session): boolean {
    const age = performance.now() - session.openedAt;
    return !this.#disposed && !session.lost && !session.inTransaction && age < this.config.lifetime_seconds * 1000;
  }

  async #opened(role: Role, signal: AbortSignal): Promise<Session> {
    const handed = await this.#slot(role, signal);
    if (handed !== undefined) return handed;
    try {
      const { side, config } = this;
      this.#credentials ??= this.#readCredentials();
      const credentials = await this.#credentials;
      const open = (timeoutMs: number) =>
        openSession(config, credentials, { role, side, settable: this.#settable, timeoutMs, signal });
      const emit: EventSink = (event) => {
        if (!this.#waking) this.emit(event);
        this.#waking = true;
      };
      const session = await withWake(open, {
        seconds: config.wake_seconds ?? WAKE_SECONDS,
        at: endpoint(config),
        hopeless: (error) => !this.#reached && isHopeless(config, error),
        emit,
        signal,
      });
      this.#waking = false;
      this.#reached = true;
      return session;
    } catch (thrown) {
      this.#credentials = undefined;
      this.#freed();
      throw thrown;
    }
  }

  async #readCredentials(): Promise<Credentials> {
    const password = await readSecret(this.config.password, endpoint(this.config));
    return { password, ssl: await tlsOptions(this.config) };
  }

  /** Takes one of the allowed connections, or a session that somebody hands back; an idle one of the other role makes room. */
  async #slot(role: Role, signal: AbortSignal): Promise<Session | undefined> {
    while (this.#taken >= this.#limit) {
      const idle = this.#idle.shift();
      if (idle === undefined) {
        const session = await this.#turn(role, signal);
        if (session !== undefined) return session;
        continue;
      }
      clearTimeout(idle.timer);
      await this.#close(idle.session);
    }
    this.#taken++;
    this.#wakes();
    return undefined;
  }

  /** Waits for a session of that role, or (undefined) for the news that one was closed. */
  async #turn(role: Role, signal: AbortSignal): Promise<Session | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Session | undefined>();
    const waiter: Waiter = { role, resolve };
    this.#waiting.push(waiter);
    const abort = () => {
      const at = this.#waiting.indexOf(waiter);
      if (at >= 0) this.#waiting.splice(at, 1);
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    return await promise.finally(() => signal.removeEventListener('abort', abort));
  }

  async #giveBack(session: Session): Promise<void> {
    if (!this.#usable(session)) return this.#close(session);
    const next = this.#waiting.findIndex((waiter) => waiter.role === session.role);
    if (next >= 0) return this.#waiting.splice(next, 1)[0]!.resolve(session);
    if (this.#waiting.length > 0) return this.#close(session);
    const timer = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((each) => each.session === session),
        1,
      );
      void this.#close(session);
    }, this.config.idle_seconds * 1000).unref();
    this.#idle.push({ session, timer });
  }

  #close(session: Session): Promise<void> {
    const closing = closeSession(session).finally(() => {
      this.#closing.delete(closing);
      this.#freed();
    });
    this.#closing.add(closing);
    return closing;
  }

  #freed(): void {
    this.#taken--;
    this.#sleeps();
    this.#waiting.shift()?.resolve(undefined);
  }

  #wakes(): void {
    if (this.#awake++ === 0) this.#awakeSince = performance.now();
  }

  #sleeps(): void {
    if (--this.#awake === 0) this.#awakeMs += performance.now() - this.#awakeSince;
  }
}
