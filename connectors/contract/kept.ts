import type { Comparer, CompareTable, Difference, RowKey } from './compare.ts';
import type { StreamName } from './schema.ts';

/** A row by its key, and the hash that `Comparer.rows` gives of it; undefined: there is no such row. */
export interface KeptRow {
  readonly key: RowKey;
  readonly hash: string | undefined;
}

/** A committed position of a stream whose changes are found by comparing. */
export interface HeldMoment {
  /** The moment that the destination's rows are of. */
  readonly moment: string;
  /** The moment that some of them may be of already: to it a run was on its way. */
  readonly going?: string;
}

/** What the hashes of a stream stand for: another key cannot be compared with it, another shape makes every row another one. */
export interface KeptShape {
  readonly key: string;
  readonly shape: string;
}

/**
 * Key and hash of each row that a destination holds, for one that cannot be asked (a topic), or not for all columns (hashed or masked ones). A row
 * is noted before it is handed over and counts as unknown until the position of its moment is known to be committed: whatever is known here of
 * a row is so at the destination. Throws `cdc.kept-rows`, and `lane.fenced` where another process works with it meanwhile.
 */
export interface RowStore {
  /** Throws where it could not be worked with. Changes nothing. */
  probe(): void;
  /** Why it does not tell what a destination at this position holds; undefined: it does. What was noted up to there is certain then. */
  settle(position: HeldMoment, key: string): string | undefined;
  /** Rows are going to be handed over that lead from one moment to another. */
  begin(from: string, to: string, shape: KeptShape): void;
  /** Before they are handed over. */
  note(to: string, rows: readonly KeptRow[]): void;
  /** All that leads to the moment was noted. */
  complete(to: string): void;
  /** All rows of a moment, which count once a position of it is settled. */
  fill(moment: string, shape: KeptShape, rows: AsyncIterable<readonly KeptRow[]>): Promise<void>;
  /** What is kept, as a table. Of another shape, or of rows that are unknown, nothing is equal. */
  comparer(shape: string): Comparer;
}

/** The store of each stream of a pipeline, made when it is asked for. Streams by `streamText`. */
export interface RowStores extends Disposable {
  of(stream: string): RowStore;
  /** Removes all that is kept of the pipeline on this machine. */
  forget(): void;
}

/** A store, and how a source compares itself with it. */
export interface KeptRows {
  readonly store: RowStore;
  differences(ours: Comparer, table: CompareTable, shape: string, signal: AbortSignal): AsyncIterable<Difference>;
}

/** Gives the store of a stream; undefined: it needs none, for the destination's own rows can be compared. */
export type KeptRowsOf = (stream: StreamName) => KeptRows | undefined;
