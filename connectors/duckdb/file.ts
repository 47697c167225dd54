import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { DuckDBInstance } from '@duckdb/node-api';
import type { Origin } from '../contract/index.ts';
import { duckdbError } from './duckdb-error.ts';
import { Session } from './session.ts';

export interface FileOptions {
  /** A file, `:memory:` (private) or `:memory:name` (shared inside the process). */
  readonly path: string;
  /** What messages call it; absent: the path. */
  readonly title?: string;
  readonly access: 'read' | 'write';
  /** DuckDB's own limit of memory, e.g. `256MB`. */
  readonly memory: string;
  readonly threads?: number;
}

/** One open database of this process. DuckDB locks its file: all of the process go through one instance. */
interface Shared {
  readonly instance: DuckDBInstance;
  readonly catalog: string;
  readonly access: 'read' | 'write';
  /** Work that must not run beside other such work: state rows and DDL. */
  queue: Promise<unknown>;
  users: number;
  /** Takes it off the list of open databases, before it is closed. */
  forget: () => void;
}

const shared = new Map<string, Promise<Shared>>();

/** A database file: opened at the first use, closed when its last user in the process lets go. */
export class DuckFile implements AsyncDisposable {
  readonly options: FileOptions;
  readonly #side: Origin;
  #open: Promise<Shared> | undefined;
  readonly #sessions = new Set<Session>();

  constructor(options: FileOptions, side: Origin) {
    this.options = options;
    this.#side = side;
  }

  get path(): string {
    return this.options.path;
  }

  /** Whether there is anything to read yet. */
  exists(): boolean {
    return this.path.startsWith(':memory:') || existsSync(this.path);
  }

  /** A session of its own: one transaction at a time. Throws `file.locked`, naming the holder, where another process has the file. */
  async session(): Promise<Session> {
    try {
      this.#open ??= acquire(this.options);
      const { instance, catalog } = await this.#open;
      const connection = await instance.connect();
      const session = new Session(
        catalog,
        connection,
        (thrown) => this.error(thrown),
        () => this.#sessions.delete(session),
      );
      this.#sessions.add(session);
      await session.run("SET TimeZone = 'UTC'");
      return session;
    } catch (thrown) {
      this.#open = this.#sessions.size === 0 ? undefined : this.#open;
      throw this.error(thrown);
    }
  }

  /** Runs `work` with a session while no other such work of the process runs on this file. */
  async exclusive<T>(work: (session: Session) => Promise<T>): Promise<T> {
    await using session = await this.session();
    const database = await this.#open!;
    const turn = database.queue.then(() => work(session));
    database.queue = turn.catch(() => undefined);
    return await turn;
  }

  error(thrown: unknown): Error {
    return duckdbError(thrown, this.#side, this.options.title ?? this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of [...this.#sessions]) await session[Symbol.asyncDispose]();
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) await release(open);
  }
}

function identityOf(path: string): string {
  if (path.startsWith(':memory:')) return path;
  const full = resolve(path);
  try {
    return join(realpathSync(dirname(full)), basename(full));
  } catch {
    return full;
  }
}

async function acquire(options: FileOptions): Promise<Shared> {
  const id = identityOf(options.path);
  if (options.path === ':memory:') return await create(options);
  for (;;) {
    const found = shared.get(id);
    if (found === undefined) break;
    const database = await found;
    if (shared.get(id) !== found) continue;
    if (options.access === 'write' && database.access === 'read') break;
    database.users++;
    return database;
  }
  const opening = create(options);
  shared.set(id, opening);
  const forget = () => {
    if (shared.get(id) === opening) shared.delete(id);
  };
  try {
    const database = await opening;
    database.forget = forget;
    return database;
  } catch (thrown) {
    forget();
    throw thrown;
  }
}

async function create({ path, access, memory, threads }: FileOptions): Promise<Shared> {
  const inMemory = path.startsWith(':memory:');
  // Loaded when a file is opened: runs without one start sooner.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(inMemory ? ':memory:' : path, {
    access_mode: access === 'read' && !inMemory ? 'READ_ONLY' : 'READ_WRITE',
    memory_limit: memory,
    autoinstall_known_extensions: 'false',
    ...(threads === undefined ? {} : { threads: String(threads) }),
    ...(inMemory ? { temp_directory: join(tmpdir(), `millrace-duckdb-${process.pid}`) } : {}),
  });
  return { instance, catalog: await catalogOf(instance), access, queue: Promise.resolve(), users: 1, forget: () => {} };
}

async function catalogOf(instance: DuckDBInstance): Promise<string> {
  const connection = await instance.connect();
  const [[catalog]] = (await (await connection.run('SELECT current_database()')).getRowsJson()) as [[string]];
  connection.closeSync();
  return catalog;
}

async function release(opening: Promise<Shared>): Promise<void> {
  const database = await opening.catch(() => undefined);
  if (database === undefined) return;
  database.users--;
  if (database.users > 0) return;
  database.forget();
  database.instance.closeSync();
}
