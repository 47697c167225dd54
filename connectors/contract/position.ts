/** Where a lane goes on. Made and understood by the source alone; everybody else keeps it byte for byte. */
export type Position = string;

/** A pipeline's identity: a UUID, stable across runs and machines. */
export type PipelineId = string;

/** A lane's identity inside a pipeline, stable across runs, e.g. `full/2/shop.orders/3`. Any text. */
export type LaneId = string;

/**
 * Rows of a lane since it began, kept with its position. Always:
 * `read = written + superseded + alreadyApplied + rejected`.
 */
export interface Counts {
  readonly read: number;
  readonly written: number;
  readonly superseded: number;
  readonly alreadyApplied: number;
  readonly rejected: number;
}

export const noCounts: Counts = { read: 0, written: 0, superseded: 0, alreadyApplied: 0, rejected: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    read: a.read + b.read,
    written: a.written + b.written,
    superseded: a.superseded + b.superseded,
    alreadyApplied: a.alreadyApplied + b.alreadyApplied,
    rejected: a.rejected + b.rejected,
  };
}

/** Whether no row is unaccounted for. */
export function balanced(counts: Counts): boolean {
  return counts.read === counts.written + counts.superseded + counts.alreadyApplied + counts.rejected;
}

export interface LaneState {
  readonly position: Position;
  /** The lane was committed to its end: it is not opened again. */
  readonly ended: boolean;
  readonly counts: Counts;
  /** When it was committed, ISO 8601 in UTC. */
  readonly committedAt: string;
}

/**
 * How far a stream's full read has come.
 * `building`: lanes are writing; `ready`: all lanes ended; `swapped`: the new table is in place; `done`: nothing is left to do.
 */
export type Phase = 'building' | 'ready' | 'swapped' | 'done';

export interface StreamState {
  /** Counts full reads of the stream: 1, 2, ... */
  readonly generation: number;
  readonly phase: Phase;
}

/** All that a destination has committed for a pipeline. Keys of `streams` are `streamText` of the source's name. */
export interface Positions {
  readonly lanes: ReadonlyMap<LaneId, LaneState>;
  readonly streams: ReadonlyMap<string, StreamState>;
}

export const noPositions: Positions = { lanes: new Map(), streams: new Map() };
