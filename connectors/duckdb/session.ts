import type { DuckDBAppender, DuckDBConnection, DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import type { StreamName } from '../contract/index.ts';
import { schemaOf } from './quote.ts';

/** One DuckDB connection. Errors come as the registry's. */
export class Session implements AsyncDisposable {
  /** The name of the file as DuckDB's catalog. */
  readonly catalog: string;
  readonly #connection: DuckDBConnection;
  readonly #error: (thrown: unknown) => Error;
  readonly #closed: () => void;
  #open = true;

  constructor(catalog: string, connection: DuckDBConnection, error: (thrown: unknown) => Error, closed: () => void) {
    this.catalog = catalog;
    this.#connection = connection;
    this.#error = error;
    this.#closed = closed;
  }

  /** Runs one statement and returns how many rows it changed. */
  async run(sql: string, values: DuckDBValue[] = []): Promise<number> {
    const result = await this.guard(() => this.#connection.run(sql, values));
    return result.rowsChanged;
  }

  /** All rows of a query whose columns are text: every one must be VARCHAR. */
  async rows(sql: string, values: DuckDBValue[] = []): Promise<(string | null)[][]> {
    const result = await this.guard(() => this.#connection.run(sql, values));
    return (await this.guard(() => result.getRowsJson())) as (string | null)[][];
  }

  /** One statement whose result is whole, in memory, before it is given. */
  whole(sql: string): Promise<DuckDBResult> {
    return this.guard(() => this.#connection.run(sql));
  }

  /** A query whose rows are fetched chunk by chunk while it runs. */
  stream(sql: string): Promise<DuckDBResult> {
    return this.guard(() => this.#connection.stream(sql));
  }

  /** Appends to a table in this session's transaction. Throws `database.missing`. */
  appender(table: StreamName, temporary: boolean): Promise<DuckDBAppender> {
    return this.guard(() =>
      temporary
        ? this.#connection.createAppender(table.name, 'main', 'temp')
        : this.#connection.createAppender(table.name, schemaOf(table), this.catalog),
    );
  }

  /** Runs `work` in a transaction of its own: all of it or nothing. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.run('BEGIN');
    try {
      const result = await work();
      await this.run('COMMIT');
      return result;
    } catch (thrown) {
      await this.rollback();
      throw thrown;
    }
  }

  /** Rolls back whatever is open. Never throws: there may be nothing, or DuckDB has rolled back itself. */
  async rollback(): Promise<void> {
    await this.#connection.run('ROLLBACK').catch(() => undefined);
  }

  /** Stops what runs in this session. */
  interrupt(): void {
    if (this.#open) this.#connection.interrupt();
  }

  /** Runs a synchronous piece of DuckDB's API under the same errors. */
  sync<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      throw this.#error(thrown);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#closed();
    this.#connection.closeSync();
  }

  /** Runs a piece of DuckDB's API under the same errors. */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      throw this.#error(thrown);
    }
  }
}
