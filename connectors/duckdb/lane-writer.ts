import {
  addCounts,
  type Batch,
  type CommitReport,
  type Counts,
  DELETED_AT,
  type LaneId,
  millraceError,
  noCounts,
  OP,
  type PipelineId,
  type Position,
  type Reject,
  type RejectGate,
  requireReconciled,
  type StreamName,
  slabRows,
  streamText,
  type Target,
  type Writer,
} from '../contract/index.ts';
import { takeNewer } from './key-order.ts';
import { OWN } from './own-tables.ts';
import { buildTable } from './plan.ts';
import { quoteName, quoteTable } from './quote.ts';
import type { Session } from './session.ts';
import { commitLane, totalCounts } from './state.ts';
import { TargetLoader } from './target-loader.ts';

/** A lane that was opened: who writes it and since when. */
export interface LaneHold {
  readonly pipeline: PipelineId;
  readonly pipelineName: string;
  readonly lane: LaneId;
  readonly epoch: number;
  /** Rows of the lane since it began. */
  readonly counts: Counts;
}

/** The open transaction of one lane, on a session of its own. Rows, rejects and position are one commit (invariant 1). */
export class LaneWriter implements Writer {
  readonly #session: Session;
  readonly #hold: LaneHold;
  readonly #targets: ReadonlyMap<string, Target>;
  readonly #gate: RejectGate;
  readonly #loaders = new Map<string, TargetLoader>();
  #total: Counts;
  #streams = new Map<string, Counts>();
  #rejects: Reject[] = [];
  #bytes = 0;
  /** Rows handed over since the last commit. */
  #taken = 0;
  #begun = false;
  #stages = 0;

  constructor(session: Session, hold: LaneHold, targets: readonly Target[], gate: RejectGate) {
    this.#session = session;
    this.#hold = hold;
    this.#targets = new Map(targets.map((target) => [streamText(target.source.stream), target]));
    this.#gate = gate;
    this.#total = hold.counts;
  }

  async write(batch: Batch): Promise<void> {
    await this.#begin();
    const stream = streamText(batch.schema.stream);
    this.#taken += slabRows(batch.rows) + (batch.rejects?.length ?? 0);
    for (const reject of batch.rejects ?? []) this.#reject(stream, reject);
    const fresh = batch.resends ? await this.#newer(stream, batch) : batch;
    for (const part of withoutTruncates(fresh)) {
      if (part === 'truncate') await this.#truncate(stream);
      else if (slabRows(part.rows) > 0)
        (await this.#loader(stream, part)).write(part, (reject) => this.#reject(stream, reject));
    }
    this.#bytes += batch.rows.bytes.byteLength;
    batch.release?.();
  }

  async #newer(stream: string, batch: Batch): Promise<Batch> {
    const owner = { pipeline: this.#hold.pipeline, stream };
    const { batch: fresh, superseded, alreadyApplied } = await takeNewer(this.#session, owner, batch);
    this.#count(stream, { ...noCounts, read: superseded + alreadyApplied, superseded, alreadyApplied });
    return fresh;
  }

  async commit(position: Position, ended: boolean): Promise<CommitReport> {
    await this.#begin();
    for (const stream of [...this.#loaders.keys()]) await this.#closeLoader(stream);
    requireReconciled(this.#hold.lane, this.#taken, this.#streams);
    await this.#putRejects();
    const { pipeline, lane, epoch } = this.#hold;
    const counts = addCounts(this.#total, totalCounts(this.#streams));
    await commitLane(this.#session, pipeline, lane, epoch, { position, ended, counts });
    await this.#session.run('COMMIT');
    const report = { streams: this.#streams, bytes: this.#bytes };
    this.#total = counts;
    this.#begun = false;
    this.#taken = 0;
    this.#streams = new Map();
    this.#bytes = 0;
    return report;
  }

  async abort(): Promise<void> {
    this.#loaders.clear();
    await this.#session.rollback();
    await this.#session[Symbol.asyncDispose]();
  }

  async close(): Promise<void> {
    await this.abort();
  }

  async #begin(): Promise<void> {
    if (this.#begun) return;
    await this.#session.run('BEGIN');
    this.#begun = true;
    this.#stages = 0;
  }

  async #loader(stream: string, batch: Batch): Promise<TargetLoader> {
    const open = this.#loaders.get(stream);
    if (open?.schema === batch.schema) return open;
    if (open !== undefined) await this.#closeLoader(stream);
    const target = this.#targets.get(stream);
    if (target === undefined)
      throw millraceError('internal.unexpected', `lane ${this.#hold.lane} carries ${stream}, which has no target`);
    const loader = await TargetLoader.open(this.#session, target, batch.schema, this.#table(target), this.#stages++);
    this.#loaders.set(stream, loader);
    return loader;
  }

  #table(target: Target): StreamName {
    return target.write === 'overwrite' ? buildTable(this.#hold.pipeline, target) : target.table;
  }

  async #closeLoader(stream: string): Promise<void> {
    const loader = this.#loaders.get(stream);
    if (loader === undefined) return;
    this.#loaders.delete(stream);
    const superseded = await loader.close();
    const written = loader.loaded - superseded;
    this.#count(stream, { ...noCounts, read: loader.loaded, written, superseded });
  }

  #reject(stream: string, reject: Reject): void {
    this.#gate(reject);
    this.#rejects.push(reject);
    this.#count(stream, { ...noCounts, read: 1, rejected: 1 });
  }

  #count(stream: string, counts: Counts): void {
    this.#streams.set(stream, addCounts(this.#streams.get(stream) ?? noCounts, counts));
  }

  async #putRejects(): Promise<void> {
    const { pipeline, pipelineName, lane } = this.#hold;
    for (const { stream, code, message, row } of this.#rejects.splice(0)) {
      await this.#session.run(
        `INSERT INTO ${OWN.rejects} VALUES ($1::UUID, $2, $3, $4, $5, $6, $7, current_localtimestamp())`,
        [pipeline, pipelineName, lane, stream, code, message, row],
      );
    }
  }

  /** TRUNCATE at the source: what came before it goes first. */
  async #truncate(stream: string): Promise<void> {
    await this.#closeLoader(stream);
    const target = this.#targets.get(stream)!;
    const table = quoteTable(this.#session.catalog, target.table);
    const { constant } = target;
    const where = constant === undefined ? 'true' : `${quoteName(constant.column)} = $1`;
    const values = constant === undefined ? [] : [constant.value];
    const soft = `UPDATE ${table} SET ${quoteName(DELETED_AT)} = current_localtimestamp() WHERE ${quoteName(DELETED_AT)} IS NULL AND ${where}`;
    await this.#session.run(target.write === 'soft_delete' ? soft : `DELETE FROM ${table} WHERE ${where}`, values);
    this.#count(stream, { ...noCounts, read: 1, written: 1 });
  }
}

/** A batch cut where the source emptied the table. */
function* withoutTruncates(batch: Batch): Generator<Batch | 'truncate'> {
  const { ops } = batch;
  if (ops === undefined || !ops.includes(OP.truncate)) {
    yield batch;
    return;
  }
  let from = 0;
  for (let at = ops.indexOf(OP.truncate); at !== -1; at = ops.indexOf(OP.truncate, from)) {
    if (at > from) yield slice(batch, from, at);
    yield 'truncate';
    from = at + 1;
  }
  if (from < ops.length) yield slice(batch, from, ops.length);
}

function slice(batch: Batch, from: number, to: number): Batch {
  const cut = ({ bytes, ends }: Batch['rows']) => {
    const start = from === 0 ? 0 : ends[from - 1]!;
    return { bytes: bytes.subarray(start, ends[to - 1]!), ends: ends.slice(from, to).map((end) => end - start) };
  };
  const { rows, keys, ops } = batch;
  return {
    kind: 'batch',
    schema: batch.schema,
    rows: cut(rows),
    ...(keys === undefined ? {} : { keys: cut(keys) }),
    ...(ops === undefined ? {} : { ops: ops.subarray(from, to) }),
  };
}
