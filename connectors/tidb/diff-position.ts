import type { LaneId, Position, Positions } from '../contract/index.ts';
import type { Bound } from './key-span.ts';

/** Position of a table whose changes are found by comparing: the target's rows are those of one TSO. */
export interface DiffPosition {
  readonly version: 1;
  /** The full read that the rows came from. After another one (a reload) they are not those of `tso` any more. */
  readonly generation: number;
  readonly tso: string;
  /** Changes when rows would flow differently: then rows that did not change may be others at the target. */
  readonly fingerprint: string;
  /** A comparison that was cut: some of the target's rows are those of `to` already. */
  readonly going?: Going;
}

/** A comparison under way. */
export interface Going {
  readonly to: string;
  /**
   * `history`: of the table at both TSOs. `standing`: of the table with the target's rows; cut, it begins again, and what was done is equal.
   * `kept`: of the table with hashes of the target's rows that are kept beside the project; cut, it begins again, and what was noted is done again.
   */
  readonly by: 'history' | 'standing' | 'kept';
  /** Tables with a second unique key: 1 takes rows away, 2 brings them. */
  readonly pass: 1 | 2;
  /** Where the pass goes on. */
  readonly from?: Bound;
}

/** Beside the lanes of the table's full reads, whose numbers begin with 1: it is forgotten with the stream. */
export function diffLaneId(stream: string): LaneId {
  return `full/0/${stream}/diff`;
}

export function diffPosition(committed: Positions, stream: string): DiffPosition | undefined {
  return parsedPosition(committed.lanes.get(diffLaneId(stream))?.position);
}

export function parsedPosition(text: Position | undefined): DiffPosition | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as DiffPosition);
}
