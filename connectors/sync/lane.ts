import {
  type Batch,
  type Checkpoint,
  type Destination,
  type Identity,
  type Lane,
  type Message,
  MillraceError,
  millraceError,
  OP,
  type Reject,
  requireReconciled,
  type SchemaChange,
  type StreamSchema,
  slabRows,
  streamText,
  type Target,
  type Writer,
} from '../contract/index.ts';
import type { Ledger } from './ledger.ts';
import { prefetch } from './prefetch.ts';
import type { RejectAttempt, Rejects } from './rejects.ts';
import { retrying } from './retry.ts';
import type { Throttle } from './throttle.ts';

/** Messages read ahead of the writer: reading and loading overlap, and a lane holds no more than this. */
const READ_AHEAD = 4;
/** A message without its rows. */
const MESSAGE_BYTES = 1024;
/** A lane that waits longer than this for one side is said to wait for it. */
const WAIT_SHOWN_MS = 2000;

/** What all lanes of a run share. */
export interface LaneRun {
  readonly destination: Destination;
  readonly identity: Identity;
  readonly ledger: Ledger;
  readonly throttle: Throttle;
  readonly rejects: Rejects;
  /** A transaction of the source is committed in parts. */
  readonly onSplit: (lane: string) => void;
  /** What becomes of a transaction of the source that is too large for one commit. */
  readonly largeTransactions: LargeTransactions;
  /** Brings the target of a stream into the shape that its rows have from now on. */
  readonly reshape: (schema: StreamSchema) => Promise<void>;
  readonly acknowledge?: (lane: string, position: string) => Promise<void>;
  readonly rejected?: (lane: string, rejects: readonly Reject[]) => Promise<void>;
  readonly onRetry: (lane: string, error: MillraceError, attempt: number, delayMs: number) => void;
  /** Lanes of changes wait for more. */
  readonly follow: boolean;
  /** First wish to stop: commit what is whole and end. */
  readonly drain: AbortSignal;
  /** Stop now: roll back. */
  readonly abort: AbortSignal;
}

/** In parts; in one commit nevertheless; or not at all. */
export type LargeTransactions = 'split' | 'whole' | 'stop';

/** How a lane's work came to its end in this run. `lost`: another process has it now. */
export type LaneOutcome = 'ended' | 'drained' | 'lost';

/** Carries one lane to its end, or to the first checkpoint after `drain`. Every failure that can pass starts again from the durable position. */
export async function runLane(lane: Lane, targets: readonly Target[], run: LaneRun): Promise<LaneOutcome> {
  try {
    if (lane.revoked?.aborted) return 'lost';
    return await carryLane(lane, targets, run);
  } catch (thrown) {
    if (lane.shared && thrown instanceof MillraceError && thrown.code === 'lane.fenced') return 'lost';
    throw thrown;
  } finally {
    run.destination.release?.(lane.id);
    lane.over?.();
  }
}

async function carryLane(lane: Lane, targets: readonly Target[], run: LaneRun): Promise<LaneOutcome> {
  let outcome: LaneOutcome = 'drained';
  const pass = new LanePasses(lane, targets, run);
  await retrying(
    async () => {
      outcome = lane.revoked?.aborted ? 'lost' : await pass.once();
    },
    {
      progressed: () => pass.progressed(),
      onRetry: (error, attempt, delayMs) => {
        if (error.retry === 'shrink') pass.shrink();
        if (error.retry === 'reconnect' && attempt > 1) pass.hurry();
        run.onRetry(lane.id, error, attempt, delayMs);
      },
      signal: AbortSignal.any([run.abort, run.drain]),
    },
  );
  return outcome;
}

/** The attempts at one lane: what they learn of each other is the transaction that gets through, by its size and the time that it takes. */
class LanePasses {
  readonly #lane: Lane;
  readonly #targets: readonly Target[];
  readonly #run: LaneRun;
  #commitBytes: number;
  #commitRows: number;
  #commitSeconds: number;
  #startedAt = 0;
  #commits = 0;
  #commitsSeen = 0;

  constructor(lane: Lane, targets: readonly Target[], run: LaneRun) {
    this.#lane = lane;
    this.#targets = targets;
    this.#run = run;
    this.#commitBytes = run.destination.can.commitBytes;
    this.#commitRows = run.destination.can.commitRows;
    this.#commitSeconds = run.destination.can.commitSeconds;
  }

  progressed(): boolean {
    const before = this.#commitsSeen;
    this.#commitsSeen = this.#commits;
    return this.#commits > before;
  }

  shrink(): void {
    this.#commitBytes = Math.max(this.#commitBytes / 2, 1);
    this.#commitRows = Math.max(Math.floor(this.#commitRows / 2), 1);
  }

  /** Connections that are cut before anything is committed live too short: the next one commits in half the time that this one had. */
  hurry(): void {
    const lived = (performance.now() - this.#startedAt) / 1000;
    this.#commitSeconds = Math.min(this.#commitSeconds, lived) / 2;
  }

  async once(): Promise<'ended' | 'drained'> {
    const { destination, identity, rejects, abort } = this.#run;
    const attempt = rejects.attempt();
    this.#startedAt = performance.now();
    const open = await destination.open(this.#lane.id, this.#targets, identity, attempt.gate, abort);
    if (open.ended) {
      await open.writer.close();
      return 'ended';
    }
    const stop = new AbortController();
    const signal = AbortSignal.any([abort, stop.signal]);
    try {
      const outcome = await this.#copy(open.writer, attempt, open.after, signal, stop);
      await open.writer.close();
      return outcome;
    } catch (thrown) {
      await open.writer.abort();
      attempt.rolledBack();
      throw thrown;
    } finally {
      stop.abort();
    }
  }

  async #copy(
    writer: Writer,
    rejects: RejectAttempt,
    after: string | undefined,
    signal: AbortSignal,
    stop: AbortController,
  ): Promise<'ended' | 'drained'> {
    const pending = new Transaction(this.#lane.id, writer, rejects, this.#run, signal);
    // To wait for more is what following is.
    const sayWaiting = this.#run.follow ? () => undefined : () => pending.waits('source');
    const room = { most: this.#lane.aheadBytes ?? 0, weigh: messageBytes };
    const messages = watched(prefetch(this.#lane.read(after, signal), READ_AHEAD, room), sayWaiting);
    for await (const message of untilDrained(messages, this.#run.drain, () => pending.rows === 0, stop)) {
      signal.throwIfAborted();
      if (message.kind === 'batch') await this.#write(message, pending);
      else if (message.kind === 'schema') await this.#reshape(message, pending);
      else {
        if (message.split && this.#keepsWhole(pending)) continue;
        pending.checkpoint = message;
        const draining = this.#run.drain.aborted;
        if (message.idle) this.#caughtUp();
        if (draining || this.#due(pending, message)) await this.#commit(pending);
        if (message.ended) return 'ended';
        if (draining) return 'drained';
        if (!message.idle) await this.#requireScansLeft(pending);
      }
    }
    if (stop.signal.aborted) return 'drained';
    signal.throwIfAborted();
    await this.#commit(pending);
    return this.#run.drain.aborted ? 'drained' : 'ended';
  }

  /** A stream is emptied when all before it is committed. */
  async #write(batch: Batch, pending: Transaction): Promise<void> {
    if (batch.ops?.includes(OP.truncate)) await this.#commit(pending);
    await pending.write(batch);
  }

  /** Whether a checkpoint inside a transaction is passed over. Throws `transaction.too-large` where it should be used and must not be. */
  #keepsWhole(pending: Transaction): boolean {
    const { largeTransactions: choice } = this.#run;
    if (choice === 'stop' && this.#full(pending, true)) throw tooLarge(this.#lane.id, pending);
    return choice !== 'split';
  }

  /** A log that is followed moves on without rows of ours: that alone is no reason to write at once, and to keep a cluster awake. */
  #due(pending: Transaction, { ended, idle, split }: Checkpoint): boolean {
    const atOnce = idle && !(this.#run.follow && pending.rows === 0);
    return ended === true || atOnce === true || this.#full(pending, split === true);
  }

  /** What was reached by reading without moving is committed before the run stops, or a run with few units would never get on. */
  async #requireScansLeft(pending: Transaction): Promise<void> {
    if (!this.#run.throttle.scannedOut) return;
    await this.#commit(pending);
    this.#run.throttle.requireLeft();
  }

  #caughtUp(): void {
    if (!this.#run.follow) return;
    for (const { source } of this.#targets) this.#run.ledger.caughtUp(streamText(source.stream));
  }

  /** DDL commits what is open and waits for it: nothing may be. */
  async #reshape({ after }: SchemaChange, pending: Transaction): Promise<void> {
    if (after === undefined) throw schemaChanged(this.#lane.id);
    await this.#commit(pending);
    await this.#run.reshape(after);
  }

  async #commit(pending: Transaction): Promise<void> {
    if (pending.checkpoint === undefined) return;
    if (pending.checkpoint.split) this.#run.onSplit(this.#lane.id);
    await pending.commit();
    this.#commits++;
  }

  /** A transaction of the source is split for its size only, not for the time it takes. */
  #full(pending: Transaction, split: boolean): boolean {
    const seconds = (performance.now() - pending.startedAt) / 1000;
    const late = !split && seconds >= this.#commitSeconds;
    return late || pending.bytes >= this.#commitBytes || pending.rows >= this.#commitRows;
  }
}

/** What a lane has written since its last commit. */
class Transaction {
  readonly #lane: string;
  readonly #writer: Writer;
  readonly #rejects: RejectAttempt;
  readonly #run: LaneRun;
  readonly #signal: AbortSignal;
  readonly #streams = new Set<string>();
  checkpoint: Checkpoint | undefined;
  rows = 0;
  bytes = 0;
  startedAt = performance.now();

  constructor(lane: string, writer: Writer, rejects: RejectAttempt, run: LaneRun, signal: AbortSignal) {
    this.#lane = lane;
    this.#writer = writer;
    this.#rejects = rejects;
    this.#run = run;
    this.#signal = signal;
  }

  waits(whom: string): void {
    for (const stream of this.#streams) this.#run.ledger.waits(stream, whom);
  }

  async write(batch: Batch): Promise<void> {
    const stream = streamText(batch.schema.stream);
    const rejects = batch.rejects ?? [];
    const rows = slabRows(batch.rows) + rejects.length;
    const bytes = rejects.reduce((sum, { row }) => sum + row.length, batch.rows.bytes.byteLength);
    this.#streams.add(stream);
    // What is read counts as used: it is committed before the run stops, or a run with few units would never get on.
    const { throttle } = this.#run;
    if ((throttle.exhausted || throttle.slow) && this.checkpoint !== undefined) await this.commit();
    await throttle.take(rows, bytes, this.#run.drain, this.#signal);
    await waitingFor(this.#writer.write(batch), () => this.waits('destination'));
    if (rejects.length > 0) await this.#run.rejected?.(this.#lane, rejects);
    this.rows += rows;
    this.bytes += bytes;
    // After it a rollback to an older checkpoint would lose the batch: only the next checkpoint covers it.
    this.checkpoint = undefined;
    this.#run.ledger.read(stream, rows, bytes);
  }

  /** Invariants 1 and 4: rows, rejects and position in one commit, and every row accounted for. */
  async commit(): Promise<void> {
    const checkpoint = this.checkpoint!;
    const { position, ended } = checkpoint;
    const report = await waitingFor(this.#writer.commit(position, ended ?? false), () => this.waits('destination'));
    this.#rejects.committed();
    requireReconciled(this.#lane, this.rows, report.streams);
    this.#run.ledger.committed(this.#lane, report, checkpoint);
    await this.#run.acknowledge?.(this.#lane, position);
    this.checkpoint = undefined;
    this.rows = 0;
    this.bytes = 0;
    this.startedAt = performance.now();
  }
}

/** What a message that waits holds of memory. */
function messageBytes(message: Message): number {
  if (message.kind !== 'batch') return MESSAGE_BYTES;
  const { rows, keys, before, ops, seq } = message;
  const slabs = [rows, keys, before].reduce(
    (sum, slab) => sum + (slab?.bytes.length ?? 0) + (slab?.ends.length ?? 0) * 4,
    0,
  );
  return MESSAGE_BYTES + slabs + (ops?.length ?? 0) + (seq?.length ?? 0) * 8;
}

function tooLarge(at: string, { rows, bytes }: Transaction): MillraceError {
  const what = `${rows} rows (${bytes} bytes) of lane ${at} come to no end of their transaction, and that is more than one commit takes`;
  return millraceError('transaction.too-large', what, { at });
}

function schemaChanged(lane: string): MillraceError {
  return millraceError('schema.changed', `lane ${lane}: the schema of a stream changed while it was read`, {
    at: lane,
  });
}

/** Says so when a promise takes long. */
async function waitingFor<T>(promise: Promise<T>, say: () => void): Promise<T> {
  const timer = setTimeout(say, WAIT_SHOWN_MS);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Items until there are no more. Where nothing waits to be committed a wish to stop is not kept waiting for the next item, which may never come:
 * `stop` ends the source then.
 */
async function* untilDrained<T>(
  items: AsyncGenerator<T, void, undefined>,
  drain: AbortSignal,
  isEmpty: () => boolean,
  stop: AbortController,
): AsyncGenerator<T> {
  const drained = Promise.withResolvers<undefined>();
  const end = () => drained.resolve(undefined);
  drain.addEventListener('abort', end, { once: true });
  if (drain.aborted) end();
  let over = false;
  try {
    for (;;) {
      const next = items.next();
      const item = await (isEmpty() ? Promise.race([next, drained.promise]) : next);
      if (item === undefined) {
        next.catch(() => undefined);
        stop.abort();
        return;
      }
      if (item.done) {
        over = true;
        return;
      }
      yield item.value;
    }
  } finally {
    drain.removeEventListener('abort', end);
    // Whoever leaves early, e.g. by an error of the writer, must not wait for the next item either.
    if (!over) stop.abort();
    await items.return();
  }
}

async function* watched<T>(items: AsyncGenerator<T, void, undefined>, say: () => void): AsyncGenerator<T> {
  try {
    for (;;) {
      const item = await waitingFor(items.next(), say);
      if (item.done) return;
      yield item.value;
    }
  } finally {
    await items.return();
  }
}
