import { type EventSink, MillraceError } from '../../connectors/contract/index.ts';
import type { SqlConfig } from '../../connectors/sql/config.ts';
import { type Lease, SqlPool } from '../../connectors/sql/pool.ts';
import { execute } from '../../connectors/sql/query.ts';
import { type ServerInfo, serverInfo } from '../../connectors/sql/server.ts';
import { closeSession, type Session } from '../../connectors/sql/session.ts';
import type { Adapter, AdapterSession } from './adapter.ts';
import { nameRules, type SchemaName } from './relation.ts';
import { RelationCache } from './relation-cache.ts';
import { SqlSession } from './sql-session.ts';

/** How long a run that is cancelled tries to end a statement on the server. */
const KILL_MS = 5000;

/** Models on TiDB, MySQL or MariaDB; the server says which. */
export class SqlAdapter implements Adapter {
  readonly database = null;
  readonly schema: string;
  readonly names = nameRules('tidb');
  readonly #pool: SqlPool;
  readonly #server: ServerInfo;
  readonly #cache: RelationCache;
  /** Sessions whose default database is the schema. */
  readonly #entered = new WeakSet<Session>();

  private constructor(pool: SqlPool, server: ServerInfo, schema: string) {
    this.#pool = pool;
    this.#server = server;
    this.schema = schema;
    this.#cache = new RelationCache(server.lowerCaseTableNames !== 0);
  }

  /** Connects, and asks the server what it is. Throws `connect.*`. */
  static async open(config: SqlConfig, schema: string, emit: EventSink, signal: AbortSignal): Promise<SqlAdapter> {
    const pool = new SqlPool(config, { side: 'model', emit });
    try {
      await using lease = await pool.lease('model', signal);
      return new SqlAdapter(pool, await serverInfo(lease.session), schema);
    } catch (thrown) {
      await pool[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  get type(): 'tidb' | 'mysql' | 'mariadb' {
    return this.#server.dialect;
  }

  get version(): string {
    return this.#server.version;
  }

  get awakeSeconds(): number {
    return this.#pool.awakeSeconds;
  }

  async session(signal: AbortSignal): Promise<AdapterSession> {
    const lease = await this.#pool.lease('model', signal);
    const entered = await this.#enter(lease.session);
    return new SqlSession(this, {
      server: this.#server,
      cache: this.#cache,
      lease,
      other: () => this.#beside(signal),
      kill: (connection) => this.#kill(connection),
      tell: (message) =>
        this.#pool.emit({ event: 'notice', at: new Date().toISOString(), code: 'model.waiting', message }),
      signal,
      entered,
    });
  }

  /** The connection that is ended is gone for the client already; where it cannot be ended (no right to, no way in), its statement goes on. */
  async #kill(connection: number): Promise<void> {
    try {
      await using lease = await this.#beside(AbortSignal.timeout(KILL_MS));
      await execute(lease.session, `KILL ${connection}`);
    } catch {
      // It may have ended meanwhile.
    }
  }

  /** Not one of the pool's: builds that hold all of those would wait for each other. It is open only while one of them is. */
  async #beside(signal: AbortSignal): Promise<Lease> {
    const { config, side, emit } = this.#pool;
    const pool = new SqlPool({ ...config, max_connections: 1 }, { side, emit });
    try {
      const { session } = await pool.lease('model', signal);
      return {
        session,
        [Symbol.asyncDispose]: async () => {
          await closeSession(session);
          await pool[Symbol.asyncDispose]();
        },
      };
    } catch (thrown) {
      await pool[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  /** Text of models and hooks may name tables without their schema. It may be that the schema is yet to be made, or never is. */
  async #enter(session: Session): Promise<boolean> {
    if (this.#entered.has(session)) return true;
    try {
      await execute(session, `USE ${this.names.quote(this.schema)}`);
      this.#entered.add(session);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || thrown.code !== 'database.missing') throw thrown;
      return false;
    }
  }

  forget(schema?: SchemaName): void {
    this.#cache.forget(schema);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }
}
