import { isOwnTable } from '../../connectors/contract/index.ts';
import type { Session } from '../../connectors/duckdb/session.ts';
import type { Value } from '../jinja/index.ts';
import type {
  Adapter,
  AdapterSession,
  ExecuteOptions,
  Outcome,
  RelationFacts,
  Remark,
  ResultColumn,
} from './adapter.ts';
import { declaredColumns, listRelations, relationFacts } from './duckdb-catalog.ts';
import { duckdbColumn } from './duckdb-column.ts';
import { type ChunkTaker, readQuery, readStatement } from './duckdb-read.ts';
import { duckdbValue } from './duckdb-value.ts';
import type { Part } from './helper-name.ts';
import {
  type Relation,
  type RelationName,
  relationKey,
  renderRelation,
  renderSchema,
  type SchemaName,
} from './relation.ts';
import type { RelationCache } from './relation-cache.ts';
import { remarked } from './remarked.ts';
import { statementCode } from './statement-code.ts';

/** Builds that run, by relation: a DuckDB file has one process, so that nobody else has to know. */
export type Builds = Map<string, Promise<unknown>>;

/** A session on a DuckDB file. */
export class DuckSession implements AdapterSession {
  readonly adapter: Adapter;
  readonly #session: Session;
  readonly #cache: RelationCache;
  readonly #builds: Builds;
  readonly #signal: AbortSignal;
  /** Whether a transaction is open. */
  #within = false;
  #remark: Remark | undefined;

  constructor(adapter: Adapter, session: Session, cache: RelationCache, builds: Builds, signal: AbortSignal) {
    this.adapter = adapter;
    this.#session = session;
    this.#cache = cache;
    this.#builds = builds;
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  readonly #abort = () => this.#session.interrupt();

  async execute(
    sql: string,
    { fetch = false, limit = Number.POSITIVE_INFINITY }: ExecuteOptions = {},
  ): Promise<Outcome> {
    this.#signal.throwIfAborted();
    const code = statementCode(sql);
    const rows: Value[][] = [];
    const keep = fetch || code !== 'SELECT' ? limit : 0;
    let count = 0;
    const take: ChunkTaker = (chunk, types) => {
      count += chunk.rowCount;
      if (rows.length >= keep) return;
      const kept = chunk.getRows().slice(0, keep - rows.length);
      for (const row of kept) rows.push(row.map((value, at) => duckdbValue(value, types[at]!.type)));
    };
    const columns = await this.#guarded(() => this.#read(remarked(sql, this.#remark), code, take));
    if (tellsCount(code, columns)) return { code, rowsAffected: Number(rows[0]?.[0] ?? 0) };
    if (!fetch) return { code, rowsAffected: code === 'SELECT' ? count : 0 };
    return { code, rowsAffected: count, table: { columns, rows, cut: count > rows.length } };
  }

  async fill(table: RelationName, columns: readonly ResultColumn[], sql: string): Promise<Outcome> {
    const name = renderRelation(table, this.adapter.names);
    const list = columns.map((column) => this.adapter.names.quote(column.name)).join(', ');
    return await this.execute(`INSERT INTO ${name} (${list})\n${sql}`);
  }

  async #read(sql: string, code: string, take: ChunkTaker): Promise<readonly ResultColumn[]> {
    if (code === 'SELECT')
      return await readQuery(this.#session, sql, { within: this.#within, signal: this.#signal }, take);
    const columns = await readStatement(this.#session, sql, take);
    if (code === 'BEGIN' || code === 'START') this.#within = true;
    if (code === 'COMMIT' || code === 'END' || code === 'ROLLBACK' || code === 'ABORT') this.#within = false;
    return columns;
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      this.#signal.throwIfAborted();
      throw thrown;
    }
  }

  setModes(): void {}

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
    await this.#session.rollback();
    this.#within = false;
  }

  async schemas(): Promise<string[]> {
    const rows = await this.#session.rows(
      'SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database() AND NOT internal ORDER BY 1',
    );
    return ['main', ...rows.map(([name]) => name!).filter((name) => name !== 'main')];
  }

  async createSchema(schema: SchemaName): Promise<void> {
    await this.execute(`CREATE SCHEMA IF NOT EXISTS ${renderSchema(schema, this.adapter.names)}`);
  }

  async dropSchema(schema: SchemaName): Promise<void> {
    await this.execute(`DROP SCHEMA IF EXISTS ${renderSchema(schema, this.adapter.names)} CASCADE`);
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
    return this.#cache.relations(schema, () => listRelations(this.#session, schema));
  }

  async standing(names: readonly RelationName[]): Promise<(Relation | undefined)[]> {
    const found = await listRelations(this.#session, names[0]!);
    return names.map((name) =>
      found.find(({ identifier }) => identifier.toLowerCase() === name.identifier.toLowerCase()),
    );
  }

  async noted(name: RelationName, type: Relation['type'] | undefined): Promise<void> {
    await (type === undefined ? this.#cache.remove(name) : this.#cache.put({ ...name, type }));
  }

  async columns(name: RelationName): Promise<ResultColumn[]> {
    const columns = await declaredColumns(this.#session, name, name.identifier);
    return [...columns.values()].flat().map(({ comment: _, ...column }) => column);
  }

  async columnsOf(sql: string): Promise<ResultColumn[]> {
    this.#signal.throwIfAborted();
    // Not a result with no rows: one that is not read to its end keeps the file open.
    const rows = await this.#session.rows(`DESCRIBE SELECT * FROM (\n${sql}\n) AS millrace_columns`);
    return rows.map(([name, native]) => duckdbColumn(name!, native!, true));
  }

  async facts(schema: SchemaName): Promise<RelationFacts[]> {
    const found = await relationFacts(this.#session, schema);
    return found.filter(({ relation }) => !isOwnTable(relation.identifier));
  }

  async dropRelation(relation: Relation): Promise<void> {
    await this.execute(`DROP ${relation.type.toUpperCase()} IF EXISTS ${this.#name(relation)}`);
    await this.#cache.remove(relation);
  }

  async renameRelation(relation: Relation, to: RelationName): Promise<void> {
    const kind = relation.type.toUpperCase();
    await this.execute(`ALTER ${kind} ${this.#name(relation)} RENAME TO ${this.adapter.names.quote(to.identifier)}`);
    await this.#cache.remove(relation);
    await this.#cache.put({ ...to, type: relation.type });
  }

  async truncateRelation(name: RelationName): Promise<void> {
    await this.execute(`TRUNCATE ${this.#name(name)}`);
  }

  async alone<T>(name: RelationName, work: () => Promise<T>, part: Part = 'model'): Promise<T> {
    const key = `${part} ${relationKey(name)}`;
    for (;;) {
      const running = this.#builds.get(key);
      if (running === undefined) break;
      await running;
    }
    const turn = work();
    const ended = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#builds.set(key, ended);
    try {
      return await turn;
    } finally {
      this.#builds.delete(key);
    }
  }

  async stillAlone(): Promise<void> {}

  /** DuckDB itself refuses to drop a table that foreign keys refer to. */
  async hanging(): Promise<string[]> {
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abort);
    await this.#session[Symbol.asyncDispose]();
  }

  #name(name: RelationName): string {
    return renderRelation(name, this.adapter.names);
  }
}

/** What changes rows gives their number as a result of one column. */
function tellsCount(code: string, columns: readonly ResultColumn[]): boolean {
  return code !== 'SELECT' && columns.length === 1 && columns[0]?.name === 'Count';
}
