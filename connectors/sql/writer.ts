import {
  addCounts,
  type Batch,
  type CommitReport,
  type Counts,
  type Layout,
  MillraceError,
  noCounts,
  OP,
  type Position,
  type Reject,
  type RejectGate,
  requireReconciled,
  type StreamSchema,
  slabRows,
  streamText,
  type Writer,
} from '../contract/index.ts';
import { endpoint } from './config.ts';
import { emptyInPieces } from './empty-target.ts';
import { advanceFence, causeOf, type Fence, moveFence } from './fence.ts';
import { type Loader, makeLoader } from './load-attempt.ts';
import { Group } from './load-flow.ts';
import { type GroupResult, writeGroup } from './load-group.ts';
import { type LoadTarget, loadMethod, tableShape } from './load-target.ts';
import { OrderTable } from './order.ts';
import type { Lease, SqlPool } from './pool.ts';
import { execute } from './query.ts';
import type { ServerInfo } from './server.ts';
import { destroySession, type Session } from './session.ts';
import type { StateTable } from './state.ts';

/** A group goes to the server when it has reached one of these: smaller LOADs cost up to a third, larger ones memory. */
const GROUP_ROWS = 50_000;
const GROUP_BYTES = 16 * 1024 * 1024;

/** What a writer may see of it when another has taken its lane. */
const FENCED_AS: readonly string[] = ['database.conflict', 'database.missing'];
const EXPLAIN_MS = 10_000;

export interface LoadWriterOptions {
  readonly pool: SqlPool;
  readonly info: ServerInfo;
  readonly state: StateTable;
  /** The lane as `openFence` gave it, and the id of the session that it was opened by. */
  readonly fence: Fence;
  readonly holder: number;
  /** Ids of the sessions by which this process has had lanes. */
  readonly holders: Set<number>;
  readonly layout: Layout;
  /** Where a stream's rows go; throws for streams that have no target. */
  readonly targetOf: (schema: StreamSchema) => LoadTarget;
  readonly gate: RejectGate;
  /** Rows are only added, to a table that nobody else writes. */
  readonly onlyAdds: boolean;
}

/** What the open transaction holds. */
interface Transaction {
  readonly lease: Lease;
  readonly session: Session;
  /** Rows handed over, and rows sent to the server so far, of all streams. */
  taken: number;
  rows: number;
  bytes: number;
  readonly streams: Map<string, Counts>;
  readonly rejects: Reject[];
}

/** A group that takes batches, and the end of its load. */
interface Filling {
  readonly group: Group;
  readonly loaded: Promise<void>;
}

/**
 * Writes one lane. Rows, rejects and position share a transaction. A group of batches is loaded while it is taken in, or while the next one is, so
 * that reading and loading overlap; the batches of both are kept until the server has taken them.
 */
export class LoadWriter implements Writer {
  readonly #options: LoadWriterOptions;
  readonly #stop = new AbortController();
  /** For lines and for Avro. */
  readonly #loaders = { lines: new WeakMap<StreamSchema, Loader>(), avro: new WeakMap<StreamSchema, Loader>() };
  #holder: number;
  #open: Transaction | undefined;
  #filling: Filling | undefined;
  #loading: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(options: LoadWriterOptions) {
    this.#options = options;
    this.#holder = options.holder;
  }

  async write(batch: Batch): Promise<void> {
    await this.#explained(() => this.#write(batch));
  }

  async #write(batch: Batch): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const open = await this.#begun();
    const rejects = batch.rejects ?? [];
    open.taken += slabRows(batch.rows) + rejects.length;
    for (const reject of rejects) this.#reject(open, reject);
    count(open, batch.schema, { read: rejects.length, rejected: rejects.length });
    if (slabRows(batch.rows) === 0) return;
    const loader = await this.#loader(batch, open);
    if (batch.ops?.includes(OP.truncate)) await this.#emptyInPieces(loader, open);
    if (this.#filling !== undefined && !fits(this.#filling.group, loader, batch)) await this.#turn();
    this.#filling ??= this.#start(new Group(loader, batch), open);
    await this.#filling.group.add(batch);
  }

  async commit(position: Position, ended: boolean): Promise<CommitReport> {
    return await this.#explained(() => this.#commit(position, ended));
  }

  async #commit(position: Position, ended: boolean): Promise<CommitReport> {
    const { state, fence } = this.#options;
    const open = await this.#begun();
    await this.#turn();
    await this.#loading;
    requireReconciled(fence.lane, open.taken, open.streams);
    await state.addRejects(open.session, fence.lane, open.rejects);
    await advanceFence(open.session, state, fence, { position, ended, counts: sum(open.streams) });
    await execute(open.session, 'COMMIT');
    await this.#end(open);
    return { streams: open.streams, bytes: open.bytes };
  }

  async abort(): Promise<void> {
    this.#stop.abort();
    const open = this.#open;
    if (open === undefined) return;
    // The server rolls back when the connection is gone; a load under way could not be stopped otherwise.
    destroySession(open.session);
    this.#filling?.group.close();
    await (this.#filling?.loaded ?? this.#loading).catch(() => undefined);
    await this.#end(open);
  }

  async close(): Promise<void> {
    await this.abort();
  }

  /** What fails because the lane was lost is told as that: a conflict, or a table that its new owner has dropped. Ends the transaction. */
  async #explained<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || !FENCED_AS.includes(thrown.code)) throw thrown;
      await this.abort();
      const { pool, state, fence } = this.#options;
      await using lease = await pool.lease('write', AbortSignal.timeout(EXPLAIN_MS));
      throw await causeOf(thrown, lease.session, state, fence);
    }
  }

  async #begun(): Promise<Transaction> {
    this.#open ??= await this.#begin();
    return this.#open;
  }

  async #begin(): Promise<Transaction> {
    const { pool, info, state, fence, holders, onlyAdds } = this.#options;
    const lease = await pool.lease('write', this.#stop.signal);
    const { session } = lease;
    try {
      holders.add(session.id);
      if (session.id !== this.#holder) await moveFence(session, state, fence);
      this.#holder = session.id;
      await execute(session, info.dialect === 'tidb' ? beginTidb(onlyAdds) : 'START TRANSACTION');
    } catch (thrown) {
      await lease[Symbol.asyncDispose]();
      throw thrown;
    }
    return { lease, session, taken: 0, rows: 0, bytes: 0, streams: new Map(), rejects: [] };
  }

  async #end({ lease }: Transaction): Promise<void> {
    this.#open = undefined;
    this.#filling = undefined;
    await lease[Symbol.asyncDispose]();
  }

  async #loader({ schema, lines }: Batch, open: Transaction): Promise<Loader> {
    const loaders = lines ? this.#loaders.lines : this.#loaders.avro;
    const known = loaders.get(schema);
    if (known !== undefined) return known;
    const { pool, targetOf, info, layout } = this.#options;
    if (!info.localInfile) sayLocalInfileOff(pool);
    const target = targetOf(schema);
    // The look at the table takes the session for itself.
    await this.#turn();
    await this.#loading;
    const method = loadMethod(target, schema, await tableShape(open.session, target.table));
    const loader = makeLoader(
      { target, schema, method, dialect: info.dialect, rowAlias: info.rowAlias },
      { layout, lines: lines === true, ...info },
    );
    loaders.set(schema, loader);
    return loader;
  }

  /** Only at the beginning of a transaction: what comes before in the same one is not to be torn from its position. */
  async #emptyInPieces(loader: Loader, open: Transaction): Promise<void> {
    const { info, state, fence, pool } = this.#options;
    const { session } = open;
    if (info.dialect !== 'tidb' || loader.method === 'insert' || open.taken > 1) return;
    await execute(session, 'ROLLBACK');
    const gone = await emptyInPieces(session, loader, () => moveFence(session, state, fence));
    await execute(session, beginTidb(this.#options.onlyAdds));
    if (gone === 0) return;
    const message = `${streamText(loader.target.table)} was emptied in more than one transaction, ${gone} rows ahead of the last: they are too many for one`;
    pool.notice('target.emptied', message);
  }

  /** A group is loaded when the server has taken the one before, from then on beside being filled where it can be. */
  #start(group: Group, open: Transaction): Filling {
    const loaded = this.#loading.then(() => this.#load(group, open)).finally(() => group.stop());
    // It is looked at by the next write, turn or commit; until then its failure is nobody's.
    loaded.catch((thrown: unknown) => {
      this.#failure ??= thrown;
    });
    return { group, loaded };
  }

  /** Ends the group that is filled, when the server has taken the one before: two are held at most. */
  async #turn(): Promise<void> {
    const filling = this.#filling;
    this.#filling = undefined;
    filling?.group.close();
    await this.#loading;
    if (filling !== undefined) this.#loading = filling.loaded;
  }

  async #load(group: Group, open: Transaction): Promise<void> {
    const result: GroupResult = await writeGroup(group, {
      session: open.session,
      reject: (reject) => this.#reject(open, reject),
      sent: (bytes) => {
        open.bytes += bytes;
      },
      rowsBefore: open.rows,
      order: (stream) => new OrderTable(this.#options.state, stream),
    });
    open.rows += group.rows;
    count(open, group.loader.schema, { read: group.rows, ...result });
    group.release();
  }

  #reject(open: Transaction, reject: Reject): void {
    this.#options.gate(reject);
    open.rejects.push(reject);
  }
}

/**
 * TiDB locks each row that a pessimistic transaction adds, which takes a tenth of a load's time. An optimistic one finds out at COMMIT whether
 * anybody has written the same rows since it began, and the row of the lane is one of them: the fence holds as well.
 */
function beginTidb(onlyAdds: boolean): string {
  return `BEGIN ${onlyAdds ? 'OPTIMISTIC' : 'PESSIMISTIC'}`;
}

function sayLocalInfileOff(pool: SqlPool): void {
  const message = `local_infile is off at ${endpoint(pool.config)}: rows are written by INSERT, at about half the speed`;
  pool.notice('load.local-infile-off', message, 'Set the global variable local_infile to ON.');
}

function count(open: Transaction, { stream }: StreamSchema, counts: Partial<Counts>): void {
  const name = streamText(stream);
  open.streams.set(name, addCounts(open.streams.get(name) ?? noCounts, { ...noCounts, ...counts }));
}

function sum(streams: ReadonlyMap<string, Counts>): Counts {
  return [...streams.values()].reduce(addCounts, noCounts);
}

function fits(group: Group, loader: Loader, batch: Batch): boolean {
  return (
    group.takes(loader, batch) &&
    group.rows + slabRows(batch.rows) <= GROUP_ROWS &&
    group.bytes + batch.rows.bytes.length <= GROUP_BYTES
  );
}
