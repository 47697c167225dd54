import type { Batch, Layout, Reject } from './batch.ts';
import type { Comparer, RowKey } from './compare.ts';
import type { Finding } from './finding.ts';
import type { Counts, LaneId, PipelineId, Position, Positions } from './position.ts';
import type { StreamName, StreamSchema } from './schema.ts';
import type { Identity, ReadMode } from './source.ts';

export type WriteMode = 'append' | 'overwrite' | 'upsert' | 'soft_delete' | 'history';

/** The column that `soft_delete` adds: when a row was found gone at the source; NULL: it is there. */
export const DELETED_AT = '_millrace_deleted_at';

/** What a destination can do, as data. */
export interface Capabilities {
  readonly layout: Layout;
  /** Takes rows of full reads as lines, too: see `StreamRequest.lines`. */
  readonly lines?: true;
  readonly writeModes: readonly WriteMode[];
  /** Why a write mode that others know is not among them. */
  readonly unable?: Partial<Readonly<Record<WriteMode, string>>>;
  /** A transaction is committed when it reaches one of these. */
  readonly commitBytes: number;
  readonly commitRows: number;
  readonly commitSeconds: number;
  /** How many lanes may write at once. */
  readonly lanes: number;
  /** The database that the connection names: where rows go whose target names none. Absent: the source's own name. */
  readonly namespace?: string;
  /** Where streams go that have no database themselves, such as files. */
  readonly home?: string;
  /** Request units that a MiB of rows costs to write, where the service bills so. */
  readonly requestUnitsPerMiB?: number;
}

/** One stream's place at the destination: what the engine decided from configuration and schema. */
export interface Target {
  /** The schema as the source sends it; `batch.schema.stream` finds the target. */
  readonly source: StreamSchema;
  /** The table to write. */
  readonly table: StreamName;
  readonly read: ReadMode;
  readonly write: WriteMode;
  /** A column with the same text in every row, e.g. the shard's name. It joins the key. */
  readonly constant?: { readonly column: string; readonly value: string };
  /** A table of the same name that this pipeline did not make may be taken over. */
  readonly adopt: boolean;
  /** What of the source's table is made again beside columns and key. */
  readonly carry: {
    readonly indexes: boolean;
    readonly checks: boolean;
    readonly defaults: boolean;
    readonly autoIncrement: boolean;
  };
}

/** One step towards the wanted shape, e.g. a statement of DDL. Apply runs exactly what was shown. */
export interface Action {
  readonly table: StreamName;
  readonly summary: string;
  readonly sql?: string;
  /** `none`: nothing is done, it is told what stays as it is. `safe` is done by `sync`; `destructive` loses data or rewrites types, and is done only where the run was told so by name (`--accept-destructive`). */
  readonly effect: 'none' | 'safe' | 'destructive';
}

/** What would be done for one target. Opaque beyond its actions: the destination that made it applies it. */
export interface TargetPlan {
  readonly target: Target;
  readonly actions: readonly Action[];
  /** Why this cannot be done at all, with the choices. */
  readonly refused: readonly Finding[];
}

/** Called for every reject before it is written; throws `rejects.too-many` when the run may not go on. */
export type RejectGate = (reject: Reject) => void;

export interface CommitReport {
  /** What this commit added, by `streamText` of the source's stream. */
  readonly streams: ReadonlyMap<string, Counts>;
  /** Bytes sent to the server since the last commit. */
  readonly bytes: number;
}

/** A destination bound to one pipeline. */
export interface Destination extends AsyncDisposable {
  readonly can: Capabilities;
  /** Seconds during which at least one connection was open, so far. */
  awakeSeconds?(): number;
  identity(signal: AbortSignal): Promise<Identity>;
  /** Every problem, not the first. */
  check(targets: readonly Target[], signal: AbortSignal): Promise<Finding[]>;
  /** What is committed. Reads only, takes no fence, makes no table: nothing there yet is `noPositions`. */
  positions(signal: AbortSignal): Promise<Positions>;
  /** What must be done before rows of `generation` (absent: no full read) can be written to the target. */
  plan(target: Target, generation: number | undefined, signal: AbortSignal): Promise<TargetPlan>;
  /** Does what the plan says and records the generation as `building`. Throws `schema.moved` if the target is no longer what `plan` saw, `lane.fenced` for a generation that is done or behind. Idempotent. */
  apply(plan: TargetPlan, signal: AbortSignal): Promise<void>;
  /** Takes the lane's fence, then reads its position. A lane of a full read that is not the stream's current one is refused (`requireCurrent`). `source` is kept with the lane and must not change. Until it is released, a lane that was lost to another process is not taken back by the same destination: `lane.fenced`. `signal` ends the wait for connections and locks, not the lane. */
  open(
    lane: LaneId,
    targets: readonly Target[],
    source: Identity,
    gate: RejectGate,
    signal?: AbortSignal,
  ): Promise<OpenLane>;
  /** Nothing more is done about the lane by whoever opened it: to open it again is no retry of one that was lost, but somebody gave it back. */
  release?(lane: LaneId): void;
  /** A full read has all its lanes committed: swap, delete what is gone, build indexes, forget the lanes. Idempotent, also after a crash inside. */
  finish(target: Target, generation: number, signal: AbortSignal): Promise<void>;
  /** Sets a lane back or forward by hand; an absent position forgets the lane. */
  setPosition(lane: LaneId, position: Position | undefined, signal?: AbortSignal): Promise<void>;
  /** Forgets the positions of the pipeline (or of one stream), and drops what it built but never swapped in. Tables of rows stay, and stay its own. */
  reset(stream: StreamName | undefined, signal: AbortSignal): Promise<void>;
  /** Resets the pipeline, and forgets as well which tables are its own. */
  forget(signal: AbortSignal): Promise<void>;
  /** Removes the given keys (Avro key records as `comparer` gave them): rows gone from the source, as a full read found. Soft where the target says so. Returns how many. Throws `lane.fenced` where that read is not the current one. */
  remove?(target: Target, generation: number, keys: readonly RowKey[], signal: AbortSignal): Promise<number>;
  /**
   * Removes what the target held before this full read and did not come in it: for destinations that hold no rows to be compared with. Returns
   * how many.
   */
  removeUnread?(target: Target, generation: number, signal: AbortSignal): Promise<number>;
  /** The least GRANT statements that writing into these databases needs, found without connecting. */
  grants?(databases: readonly string[]): readonly string[];
  comparer?(): Comparer;
}

export interface OpenLane {
  readonly writer: Writer;
  readonly after: Position | undefined;
  /** Lane was committed to its end before: nothing to do. */
  readonly ended: boolean;
}

/** One lane's open transaction. Not reentrant. After any throw only `abort` may follow. */
export interface Writer {
  write(batch: Batch): Promise<void>;
  /** Rows since the last commit, their rejects and the position, in one atomic step. */
  commit(position: Position, ended: boolean): Promise<CommitReport>;
  /** Rolls back and lets go. Never throws. */
  abort(): Promise<void>;
  /** Lets go of a lane that was committed. */
  close(): Promise<void>;
}

/** Context a connector's destination is made with. */
export interface DestinationContext {
  readonly pipeline: PipelineId;
  readonly pipelineName: string;
}
