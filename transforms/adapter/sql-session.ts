import { setTimeout } from 'node:timers/promises';
import { isOwnTable, MillraceError, millraceError } from '../../connectors/contract/index.ts';
import { type Answer, answer } from '../../connectors/sql/answer.ts';
import { fillTable } from '../../connectors/sql/fill.ts';
import { cellText, type Run, serverErrno } from '../../connectors/sql/introspect-run.ts';
import type { Lease } from '../../connectors/sql/pool.ts';
import { query, rollback } from '../../connectors/sql/query.ts';
import { quoteText } from '../../connectors/sql/quote.ts';
import type { ServerInfo } from '../../connectors/sql/server.ts';
import { destroySession } from '../../connectors/sql/session.ts';
import type { Dialect } from '../../connectors/types/index.ts';
import type {
  Adapter,
  AdapterSession,
  ExecuteOptions,
  Outcome,
  RelationFacts,
  Remark,
  ResultColumn,
} from './adapter.ts';
import { lockName, type Part } from './helper-name.ts';
import { ddlHolders, lockHolder, openTransactions, whileWaiting } from './lock-holder.ts';
import { refuseLossy, type Warning } from './lossy.ts';
import {
  type Relation,
  type RelationName,
  relationText,
  renderRelation,
  renderSchema,
  type SchemaName,
} from './relation.ts';
import type { RelationCache } from './relation-cache.ts';
import { remarked } from './remarked.ts';
import { declaredColumns, hangingOn, listRelations, listSchemas, relationFacts, standing } from './sql-catalog.ts';
import { resultColumns } from './sql-column.ts';
import { OWN_MODES, SessionModes } from './sql-modes.ts';
import { cellValue } from './sql-value.ts';
import { statementCode } from './statement-code.ts';

/** ER_LOCK_WAIT_TIMEOUT: its time was waited for already. */
const WAITED = 1205;
/** How often a query is asked that others' locks end. */
const ATTEMPTS = 10;

/** How long one run waits for another that builds the same relation, in seconds. */
const LOCK_SECONDS = 10;

export interface SqlSessionParts {
  readonly server: ServerInfo;
  readonly cache: RelationCache;
  readonly lease: Lease;
  /** One more connection, for a while. */
  readonly other: () => Promise<Lease>;
  /** Ends what a connection runs, by another one. Never throws. */
  readonly kill: (connection: number) => Promise<void>;
  /** Tells people what a statement waits for. */
  readonly tell: (message: string) => void;
  readonly signal: AbortSignal;
  /** Whether its default database is the profile's schema, which may not be there. */
  readonly entered: boolean;
}

/** A session on TiDB, MySQL or MariaDB. */
export class SqlSession implements AdapterSession {
  readonly adapter: Adapter;
  readonly #server: ServerInfo;
  readonly #dialect: Dialect;
  readonly #cache: RelationCache;
  readonly #lease: Lease;
  readonly #other: () => Promise<Lease>;
  readonly #signal: AbortSignal;
  readonly #entered: boolean;
  readonly #kill: SqlSessionParts['kill'];
  readonly #tell: SqlSessionParts['tell'];
  #killed: Promise<void> | undefined;
  #running = 0;
  readonly #modes: SessionModes;
  /** Whether a transaction is open. */
  #within = false;
  #remark: Remark | undefined;
  #building: RelationName | undefined;
  /** What people were told last. */
  #told: string | undefined;

  constructor(adapter: Adapter, { server, cache, lease, other, kill, tell, signal, entered }: SqlSessionParts) {
    this.adapter = adapter;
    this.#server = server;
    this.#dialect = server.dialect;
    this.#entered = entered;
    this.#cache = cache;
    this.#lease = lease;
    this.#modes = new SessionModes(lease.session);
    this.#other = other;
    this.#kill = kill;
    this.#tell = tell;
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  /** A server goes on with a statement whose client is gone: it is told to stop. Inside a transaction TiDB may end as a whole by that (`openFence`). */
  readonly #abort = () => {
    const { session } = this.#lease;
    if (session.lost) return;
    destroySession(session);
    const stands = this.#dialect !== 'tidb' || !this.#within;
    if (this.#running > 0 && stands) this.#killed = this.#kill(session.id);
  };
  /** Asks the catalogue: names are the same in every mode, but for a backslash. */
  readonly #run: Run = async (sql) => {
    if (sql.includes('\\')) await this.#modes.before(sql, OWN_MODES);
    return await query(this.#lease.session, sql);
  };

  async execute(
    sql: string,
    { fetch = false, limit = Number.POSITIVE_INFINITY }: ExecuteOptions = {},
  ): Promise<Outcome> {
    const code = statementCode(sql);
    const ask = () => this.#answer(sql, fetch ? limit : 0);
    const got = await (code === 'SELECT' ? this.#again(ask) : isDdl(code) ? this.#asDdl(sql, ask()) : ask());
    if (code === 'BEGIN' || code === 'START') this.#within = true;
    if (code === 'COMMIT' || code === 'ROLLBACK') this.#within = false;
    await this.#refuseLossy(got, code);
    const outcome = { code, rowsAffected: got.count };
    if (!fetch || got.fields === undefined) return outcome;
    const columns = resultColumns(got.fields, this.#dialect);
    const rows = got.rows.map((row) => row.map((cell, at) => cellValue(cell, columns[at]!.type)));
    return { ...outcome, table: { columns, rows, cut: got.count > rows.length } };
  }

  /** DDL waits for transactions that use its table, and nothing is seen of that from where it waits. */
  async #asDdl<T>(sql: string, work: Promise<T>): Promise<T> {
    const { id } = this.#lease.session;
    const sent = remarked(sql, this.#remark);
    return await whileWaiting(work, async () => {
      const found = await this.#beside((run) => ddlHolders(run, this.#server.dialect, { id, sql: sent }));
      if (found.length > 0) this.#tellOnce(sql, openTransactions(found, this.#server.dialect));
    });
  }

  async #beside<T>(look: (run: Run) => Promise<T>): Promise<T> {
    await using lease = await this.#other();
    return await look((sql) => query(lease.session, sql));
  }

  /** A statement that steps back and is tried again waits for the same. */
  #tellOnce(sql: string, what: string): void {
    const who = this.#building === undefined ? statementCode(sql) : relationText(this.#building);
    const message = `${who} waits for ${what}`;
    if (message !== this.#told) this.#tell(message);
    this.#told = message;
  }

  async #answer(sql: string, keep: number): Promise<Answer> {
    this.#signal.throwIfAborted();
    this.#running += 1;
    try {
      await this.#modes.before(sql);
      return await answer(this.#lease.session, remarked(sql, this.#remark), keep);
    } catch (thrown) {
      this.#signal.throwIfAborted();
      throw thrown;
    } finally {
      this.#modes.behind(sql);
      this.#running -= 1;
    }
  }

  /**
   * On MySQL a query of several tables can be the victim of a deadlock with the RENAME that swaps some of them. Outside of a transaction
   * nothing is undone with it, so it is asked again.
   */
  async #again<T>(ask: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await ask();
      } catch (thrown) {
        if (this.#within || attempt === ATTEMPTS || !(thrown instanceof MillraceError)) throw thrown;
        if (thrown.code !== 'database.conflict' || serverErrno(thrown) === WAITED) throw thrown;
      }
      await setTimeout(50 * attempt * (0.5 + Math.random()), undefined, { signal: this.#signal });
    }
  }

  async fill(table: RelationName, columns: readonly ResultColumn[], sql: string): Promise<Outcome> {
    await this.#modes.before(sql);
    this.#running += 1;
    const filling = fillTable({
      read: this.#lease.session,
      write: this.#other,
      info: this.#server,
      table: { namespace: table.schema, name: table.identifier },
      columns,
      sql: remarked(sql, this.#remark),
      signal: this.#signal,
    });
    const rowsAffected = await filling.finally(() => {
      this.#running -= 1;
    });
    await this.#refuseLossy({ warnings: undefined }, 'SELECT');
    return { code: 'INSERT', rowsAffected };
  }

  async #refuseLossy({ warnings }: Pick<Answer, 'warnings'>, code: string): Promise<void> {
    if (warnings === 0) return;
    const rows = await query(this.#lease.session, 'SHOW WARNINGS');
    const said: Warning[] = rows.map(([, number, text]) => ({ number: Number(number), text: cellText(text) ?? '' }));
    refuseLossy(said, this.#lease.session.at, code);
  }

  setModes(modes = OWN_MODES): void {
    this.#modes.wanted = modes;
  }

  remark(remark: Remark | undefined): void {
    this.#remark = remark;
  }

  async begin(): Promise<void> {
    await this.execute('BEGIN');
  }

  async commit(): Promise<void> {
    await this.execute('COMMIT');
  }

  async rollback(): Promise<void> {
    await rollback(this.#lease.session);
    this.#within = false;
  }

  async schemas(): Promise<string[]> {
    return await listSchemas(this.#run);
  }

  async createSchema(schema: SchemaName): Promise<void> {
    const name = renderSchema(schema, this.adapter.names);
    await this.execute(`CREATE DATABASE IF NOT EXISTS ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
  }

  async dropSchema(schema: SchemaName): Promise<void> {
    await this.execute(`DROP DATABASE IF EXISTS ${renderSchema(schema, this.adapter.names)}`);
    this.#cache.forget(schema);
  }

  async relations(schema: SchemaName): Promise<readonly Relation[]> {
    const all = await this.#relations(schema);
    return [...all.values()].filter(({ identifier }) => !isOwnTable(identifier));
  }

  async relation(name: RelationName): Promise<Relation | undefined> {
    return this.#cache.find(await this.#relations(name), name);
  }

  #relations(schema: SchemaName): Promise<Map<string, Relation>> {
    return this.#cache.relations(schema, () => listRelations(this.#run, schema));
  }

  async standing(names: readonly RelationName[]): Promise<(Relation | undefined)[]> {
    const found = await standing(this.#run, names);
    const same = (a: string, b: string) => (this.#cache.folds ? a.toLowerCase() === b.toLowerCase() : a === b);
    return names.map((name) => found.find(({ identifier }) => same(identifier, name.identifier)));
  }

  async columns(name: RelationName): Promise<ResultColumn[]> {
    const relation = await this.relation(name);
    if (relation === undefined) return [];
    if (relation.type === 'view') return await this.columnsOf(`SELECT * FROM ${this.#name(relation)}`);
    const columns = await declaredColumns(this.#run, this.#dialect, relation.schema, relation.identifier);
    return [...columns.values()].flat().map(({ comment: _, ...column }) => column);
  }

  async columnsOf(sql: string): Promise<ResultColumn[]> {
    const ask = () => this.#answer(`SELECT * FROM (\n${sql}\n) AS millrace_columns LIMIT 0`, 0);
    const got = await this.#again(ask);
    return resultColumns(got.fields ?? [], this.#dialect);
  }

  async facts(schema: SchemaName): Promise<RelationFacts[]> {
    const found = await relationFacts(this.#run, this.#dialect, schema);
    return found.filter(({ relation }) => !isOwnTable(relation.identifier));
  }

  async dropRelation(relation: Relation): Promise<void> {
    await this.execute(`DROP ${relation.type.toUpperCase()} IF EXISTS ${this.#name(relation)}`);
    await this.#cache.remove(relation);
  }

  async renameRelation(relation: Relation, to: RelationName): Promise<void> {
    await this.execute(`RENAME TABLE ${this.#name(relation)} TO ${this.#name(to)}`);
    await this.#cache.remove(relation);
    await this.#cache.put({ ...to, type: relation.type });
  }

  async truncateRelation(name: RelationName): Promise<void> {
    await this.execute(`TRUNCATE TABLE ${this.#name(name)}`);
  }

  async noted(name: RelationName, type: Relation['type'] | undefined): Promise<void> {
    await (type === undefined ? this.#cache.remove(name) : this.#cache.put({ ...name, type }));
  }

  async alone<T>(name: RelationName, work: () => Promise<T>, part: Part = 'model'): Promise<T> {
    const lock = quoteText(lockName(name, part));
    const before = this.#building;
    this.#building = name;
    try {
      // Of a lock that several wait for TiDB may say that it tried too often (1105), long before the time is over.
      const take = `SELECT GET_LOCK(${lock}, ${LOCK_SECONDS})`;
      const [row] = await whileWaiting(
        this.#again(() => query(this.#lease.session, take)),
        async () => {
          const [by] = await this.#beside((run) => lockHolder(run, lock));
          this.#tellOnce(take, `another run that is building it${by === undefined ? '' : `, by connection ${by}`}`);
        },
      );
      if (cellText(row?.[0]) !== '1') throw taken(name);
      // MySQL refuses a DELETE of several tables where no schema is entered (1046), though it names theirs.
      if (!this.#entered) await this.execute(`USE ${this.adapter.names.quote(name.schema)}`);
      return await work();
    } finally {
      this.#building = before;
      // A lost connection has let go of it already.
      await query(this.#lease.session, `SELECT RELEASE_LOCK(${lock})`).catch(() => undefined);
    }
  }

  /** Whether the lock of `alone` is still this session's: TiDB takes it away from one that holds it for very long. */
  async stillAlone(name: RelationName): Promise<void> {
    const [row] = await query(
      this.#lease.session,
      `SELECT IS_USED_LOCK(${quoteText(lockName(name, 'model'))}) = CONNECTION_ID()`,
    );
    if (cellText(row?.[0]) !== '1') throw taken(name);
  }

  async hanging({ schema, identifier }: RelationName): Promise<string[]> {
    return await hangingOn(this.#run, schema, identifier);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abort);
    await this.#killed;
    await this.#lease[Symbol.asyncDispose]();
  }

  #name(name: RelationName): string {
    return renderRelation(name, this.adapter.names);
  }
}

/** TRUNCATE and RENAME, CREATE, ALTER and DROP of anything. */
function isDdl(code: string): boolean {
  return /^(CREATE|ALTER|DROP|RENAME|TRUNCATE)/.test(code);
}

function taken(name: RelationName): MillraceError {
  const at = relationText(name);
  return millraceError('database.conflict', `another run is building ${at}`, { at, retry: 'backoff' });
}
