import {
  type Finding,
  MillraceError,
  millraceError,
  type ReadRequest,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import {
  destroySession,
  execute,
  type KeyColumn,
  type Lease,
  look,
  type Moment,
  pageKey,
  query,
  quoteText,
  type Reading,
  rollback,
  type Session,
  type SqlPool,
} from '../sql/index.ts';
import { goDuration, type Tso, tsoBefore, tsoMillis } from './tso.ts';

/** Incremental reads look this far back: stale enough to be cheap, and no transaction of that moment is still committing. */
const RECENT_MILLIS = 5000;
/** Part of the GC life time after which an unprotected snapshot is said to be in danger. */
const DANGER = 0.8;
/** How long a moment whose schemas cannot be loaded is tried, in milliseconds. */
const UNLOADED_MS = 10_000;

const rowId: KeyColumn = { name: '_tidb_rowid', type: { kind: 'integer', bits: 64, unsigned: false } };

/**
 * All tables are read at one TSO, on as many connections as wanted. An open transaction holds garbage collection back for a day (on Starter
 * for 30 minutes); once that is gone the snapshot lives for `tidb_gc_life_time`.
 */
export class SnapshotReading implements Reading {
  readonly together = false;
  readonly oneMoment = true;
  readonly #pool: SqlPool;
  readonly #now = (signal: AbortSignal) => this.#pool.lease('read', signal);
  #holder: Lease | undefined;
  #pulse: NodeJS.Timeout | undefined;
  #begun: Promise<Moment> | undefined;
  #endangered = false;
  /** Names of moments at which something was read, and of those at which nothing can be read any more. */
  readonly #entered = new Set<string>();
  readonly #gone = new Set<string>();
  /** Since when the schemas of a moment could not be loaded, in milliseconds of `performance.now()`. */
  readonly #unloaded = new Map<Tso, number>();

  constructor(pool: SqlPool) {
    this.#pool = pool;
  }

  /** A clustered table by its key; any other by its row id, which is the order in which its rows lie. */
  readonly pageKey = async (schema: StreamSchema, signal: AbortSignal): Promise<readonly KeyColumn[] | undefined> => {
    const { namespace, name } = schema.stream;
    const [row] = await this.#ask(
      signal,
      `SELECT TIDB_PK_TYPE FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ${quoteText(namespace)} AND TABLE_NAME = ${quoteText(name)}`,
    );
    return row?.[0] === 'CLUSTERED' ? pageKey(schema) : [rowId];
  };

  readonly begin = async (signal: AbortSignal): Promise<Moment> => {
    const before = await this.#begun?.catch(() => undefined);
    if (before !== undefined && this.#gone.has(before.name)) await this.#letGo(before);
    if ([...this.#gone].some((name) => this.#entered.has(name))) this.#sayDiffer();
    this.#begun ??= this.#hold(signal).catch((thrown: unknown) => {
      this.#begun = undefined;
      throw thrown;
    });
    return this.#begun;
  };

  /** A moment of before. Throws `source.history-lost` where garbage collection has passed it. */
  readonly enter = async (name: string, signal: AbortSignal): Promise<Moment> => {
    const moment = this.#at(BigInt(name));
    await look(moment.view, signal, async () => undefined);
    return moment;
  };

  readonly resume = async (name: string, signal: AbortSignal): Promise<Moment | undefined> => {
    if (this.#gone.has(name)) return undefined;
    try {
      return await this.enter(name, signal);
    } catch (thrown) {
      if (!isGone(thrown)) throw thrown;
      this.#gone.add(name);
      this.#pool.notice('source.moment-gone', `nothing can be read at the moment ${name} any more: ${thrown.message}`);
      return undefined;
    }
  };

  readonly recent = async (signal: AbortSignal): Promise<Moment> => {
    const tso = await look(this.#now, signal, async (session) => {
      const now = await startTransaction(session);
      await execute(session, 'ROLLBACK');
      return now;
    });
    return this.#at(tsoBefore(tso, RECENT_MILLIS));
  };

  readonly findings = async (
    schemas: readonly StreamSchema[],
    { streams }: ReadRequest,
    signal: AbortSignal,
  ): Promise<Finding[]> => {
    const [row] = await this.#ask(signal, 'SELECT @@tidb_gc_life_time');
    const life = String(row?.[0]);
    const message = `history is kept for ${life}; a full read holds it back by an open transaction`;
    return [
      { severity: 'ok', code: 'gc-window', side: 'source', message },
      ...schemas.flatMap((schema, i) => unsafeCursor(schema, streams[i]?.cursor)),
    ];
  };

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }

  async #end(): Promise<void> {
    const holder = this.#holder;
    this.#holder = undefined;
    clearInterval(this.#pulse);
    if (holder === undefined) return;
    await rollback(holder.session);
    await holder[Symbol.asyncDispose]();
  }

  async #letGo({ name }: Moment): Promise<void> {
    // Of several tables that begin anew the first does this.
    if ((await this.#begun)?.name !== name) return;
    this.#begun = undefined;
    await this.#end();
  }

  /** Tables that are done stay at a moment that is gone now, which must not go unsaid. */
  #sayDiffer(): void {
    const message =
      'the moment at which this run read is gone: tables that were not done are read anew at a later one, and need not agree with those that were';
    this.#pool.notice('source.moments-differ', message, 'Run again for tables that agree.');
  }

  #ask(signal: AbortSignal, sql: string) {
    return look(this.#now, signal, (session) => query(session, sql));
  }

  async #hold(signal: AbortSignal): Promise<Moment> {
    const lease = await this.#now(signal);
    try {
      const moment = this.#at(await startTransaction(lease.session));
      this.#holder = lease;
      this.#keepAlive(lease.session);
      return moment;
    } catch (thrown) {
      await lease[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  /** Nothing moves on the holder's connection while others read: a service would cut it for that, and free the snapshot with it. */
  #keepAlive(session: Session): void {
    const beat = () => {
      if (session.lost) clearInterval(this.#pulse);
      else query(session, 'SELECT 1').catch(() => undefined);
    };
    this.#pulse = setInterval(beat, this.#pool.config.idle_seconds * 1000).unref();
  }

  #at(tso: Tso): Moment {
    const view = async (signal: AbortSignal): Promise<Lease> => {
      const lease = await this.#pool.lease('read', signal);
      const { session } = lease;
      try {
        await this.#enter(session, tso);
        await this.#watch(session, tso);
      } catch (thrown) {
        await restore(lease);
        throw thrown;
      }
      return { session, [Symbol.asyncDispose]: () => restore(lease) };
    };
    return { name: String(tso), view };
  }

  /**
   * The statement names no database: where TiDB misses one, it could not put together the schemas of that moment, beside which somebody made or
   * dropped a database. Seen to pass after seconds, and for some moments not to: those are given up.
   */
  async #enter(session: Session, tso: Tso): Promise<void> {
    try {
      await execute(session, `SET tidb_snapshot = '${tso}'`);
      this.#unloaded.delete(tso);
      this.#entered.add(String(tso));
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || thrown.code !== 'database.missing') throw thrown;
      const since = this.#unloaded.get(tso) ?? performance.now();
      this.#unloaded.set(tso, since);
      const lasting = performance.now() - since > UNLOADED_MS;
      if (lasting) this.#gone.add(String(tso));
      const message = `the schemas of the moment ${tso} cannot be loaded: ${thrown.message}`;
      throw millraceError(lasting ? 'source.cut' : 'database.busy', message, {
        at: session.at,
        origin: 'source',
        cause: thrown,
        ...(lasting
          ? { fix: 'Nothing if it goes on by itself; else make and drop no databases while tables are copied.' }
          : {}),
      });
    }
  }

  /** Says once that the snapshot may soon be gone, and fails clearly when it is. */
  async #watch(session: Session, tso: Tso): Promise<void> {
    if (this.#endangered || (this.#holder !== undefined && !this.#holder.session.lost)) return;
    const life = goDuration(String((await query(session, 'SELECT @@tidb_gc_life_time'))[0]?.[0]));
    const age = Date.now() - tsoMillis(tso);
    if (!(age > life * DANGER)) return;
    this.#endangered = true;
    this.#pool.emit({
      event: 'notice',
      at: new Date().toISOString(),
      code: 'source.history-ageing',
      message: `the snapshot is ${Math.round(age / 1000)} s old, and history is kept for ${Math.round(life / 1000)} s: it may be collected before the read ends`,
      fix: "Raise it for the time of the copy: SET GLOBAL tidb_gc_life_time = '24h'.",
    });
  }
}

/** Garbage collection has passed it, or it cannot be entered. */
function isGone(thrown: unknown): thrown is MillraceError {
  return thrown instanceof MillraceError && (thrown.code === 'source.history-lost' || thrown.code === 'source.cut');
}

/** Never throws: a session that cannot be brought back to the present is not used again. */
async function restore({ session, [Symbol.asyncDispose]: giveBack }: Lease): Promise<void> {
  if (!session.lost) await execute(session, "SET tidb_snapshot = ''").catch(() => destroySession(session));
  await giveBack();
}

/** The present, as a TSO. */
export async function presentTso(session: Session): Promise<string> {
  const tso = await startTransaction(session);
  await execute(session, 'ROLLBACK');
  return String(tso);
}

async function startTransaction(session: Session): Promise<Tso> {
  await execute(session, 'START TRANSACTION');
  const [row] = await query(session, 'SELECT @@tidb_current_ts');
  const tso = BigInt(String(row?.[0]));
  if (tso === 0n)
    throw millraceError('internal.unexpected', 'TiDB gave a transaction without a timestamp', { at: session.at });
  return tso;
}

function unsafeCursor(schema: StreamSchema, cursor: string | undefined): Finding[] {
  const column = schema.columns.find(({ name }) => name === cursor);
  if (column?.autoIncrement !== true) return [];
  const at = `${streamText(schema.stream)}.${column.name}`;
  return [
    {
      severity: 'warning',
      code: 'cursor.unordered',
      side: 'source',
      at,
      message: `${at} is AUTO_INCREMENT: TiDB hands out blocks of ids to its nodes, so a lower id can come later`,
      fix: 'Use a time of change as the cursor, or an `overlap` above 30000, or a table made with AUTO_ID_CACHE 1.',
    },
  ];
}
