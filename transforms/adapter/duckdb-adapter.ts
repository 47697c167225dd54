import { DuckFile, type FileOptions } from '../../connectors/duckdb/file.ts';
import type { Adapter, AdapterSession } from './adapter.ts';
import { type Builds, DuckSession } from './duckdb-session.ts';
import { nameRules, type SchemaName } from './relation.ts';
import { RelationCache } from './relation-cache.ts';

export interface DuckOptions extends Omit<FileOptions, 'access'> {
  readonly schema: string;
  /** Run in each session when it begins, such as `SET s3_region = 'eu-1'`. */
  readonly setup: readonly string[];
}

/** Models in a DuckDB file, which this process has for itself meanwhile. */
export class DuckAdapter implements Adapter {
  readonly type = 'duckdb';
  readonly names = nameRules('duckdb');
  readonly database: string;
  readonly schema: string;
  readonly version: string;
  readonly awakeSeconds = 0;
  readonly #file: DuckFile;
  readonly #setup: readonly string[];
  readonly #cache = new RelationCache(true);
  readonly #builds: Builds = new Map();

  private constructor(file: DuckFile, options: DuckOptions, database: string, version: string) {
    this.#file = file;
    this.#setup = options.setup;
    this.schema = options.schema;
    this.database = database;
    this.version = version;
  }

  /** Opens the file, and makes it where there is none. Throws `file.*`. */
  static async open(options: DuckOptions): Promise<DuckAdapter> {
    const file = new DuckFile({ ...options, access: 'write' }, 'model');
    try {
      // The database lives as long as somebody uses it: the file keeps it open.
      await using session = await file.session();
      const [[version]] = (await session.rows('SELECT version()')) as [[string]];
      return new DuckAdapter(file, options, session.catalog, version);
    } catch (thrown) {
      await file[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  async session(signal: AbortSignal): Promise<AdapterSession> {
    signal.throwIfAborted();
    const session = await this.#file.session();
    for (const statement of this.#setup) await session.run(statement);
    return new DuckSession(this, session, this.#cache, this.#builds, signal);
  }

  forget(schema?: SchemaName): void {
    this.#cache.forget(schema);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}
