import {
  addCounts,
  type Checkpoint,
  type CommitReport,
  type Counts,
  type ErrorEnvelope,
  type EventSink,
  noCounts,
  type StreamResult,
  type StreamStatus,
} from '../contract/index.ts';

interface Account {
  readonly stream: string;
  readonly table: string;
  status: StreamStatus;
  counts: Counts;
  /** Rows and bytes read, ahead of what is committed. */
  rows: number;
  bytes: number;
  startedAt: number | undefined;
  endedAt: number | undefined;
  error: ErrorEnvelope | undefined;
}

/** What happened to each stream in a run: the one place that counts, and that tells the event sink. */
export class Ledger {
  readonly #accounts: Map<string, Account>;
  readonly #emit: EventSink;

  constructor(places: readonly { readonly stream: string; readonly table: string }[], emit: EventSink) {
    this.#accounts = new Map(places.map(({ stream, table }) => [stream, account(stream, table)]));
    this.#emit = emit;
  }

  status(stream: string, status: StreamStatus, error?: ErrorEnvelope): void {
    const account = this.#account(stream);
    if (account.status === status || account.status === 'parked') return;
    account.status = status;
    account.startedAt ??= performance.now();
    account.endedAt = performance.now();
    if (error !== undefined) account.error = error;
    this.#emit({ event: 'stream', at: now(), stream, status, ...(error === undefined ? {} : { error }) });
  }

  read(stream: string, rows: number, bytes: number): void {
    const account = this.#account(stream);
    account.rows += rows;
    account.bytes += bytes;
    this.#emit({ event: 'progress', at: now(), stream, rows: account.rows, bytes: account.bytes });
  }

  waits(stream: string, waits: string): void {
    const { rows, bytes } = this.#account(stream);
    this.#emit({ event: 'progress', at: now(), stream, rows, bytes, waits });
  }

  caughtUp(stream: string): void {
    const { rows, bytes } = this.#account(stream);
    this.#emit({ event: 'progress', at: now(), stream, rows, bytes, caughtUp: true });
  }

  /** A transaction was committed up to a checkpoint: all rows that were read of each stream are accounted for in `counts`. */
  committed(lane: string, { streams, bytes }: CommitReport, checkpoint: Checkpoint): void {
    let counts = noCounts;
    for (const [stream, part] of streams) {
      const account = this.#account(stream);
      account.counts = addCounts(account.counts, part);
      account.endedAt = performance.now();
      counts = addCounts(counts, part);
    }
    const { position, committedAt, behind } = checkpoint;
    this.#emit({
      event: 'committed',
      at: now(),
      lane,
      streams: [...streams.keys()],
      counts,
      bytes,
      position,
      ...(committedAt === undefined ? {} : { changedAt: committedAt.toISOString() }),
      ...(behind === undefined ? {} : { behind }),
    });
  }

  results(): StreamResult[] {
    return [...this.#accounts.values()].map((account) => ({
      stream: account.stream,
      table: account.table,
      status: account.status,
      counts: account.counts,
      bytes: account.bytes,
      seconds: account.startedAt === undefined ? 0 : ((account.endedAt ?? 0) - account.startedAt) / 1000,
      ...(account.error === undefined ? {} : { error: account.error }),
    }));
  }

  #account(stream: string): Account {
    const account = this.#accounts.get(stream);
    if (account === undefined) throw new Error(`no such stream in this run: ${stream}`);
    return account;
  }
}

function account(stream: string, table: string): Account {
  return {
    stream,
    table,
    status: 'waiting',
    counts: noCounts,
    rows: 0,
    bytes: 0,
    startedAt: undefined,
    endedAt: undefined,
    error: undefined,
  };
}

/** The time of an event, ISO 8601 in UTC. */
export function now(): string {
  return new Date().toISOString();
}
