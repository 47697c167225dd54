import { millraceError } from './errors.ts';
import type { LaneId, Positions, StreamState } from './position.ts';

/** State of the last round of full reads of a pipeline: a lane that carries no rows. */
export const ROUND_LANE: LaneId = 'round';

/** What a run does about the full read of one stream. */
export interface StreamRound {
  readonly generation: number;
  /** `begin` reads from the start, `resume` goes on with a read that was cut short, `skip` was done in the round that is being resumed. */
  readonly action: 'begin' | 'resume' | 'skip';
}

/** The position of `ROUND_LANE` that closes a round: the run came to its end, so the next one reads every stream that was done again. */
export function closedRound(generation: number): string {
  return JSON.stringify({ closed: generation });
}

/**
 * Full reads come in rounds, so that a run after a kill repeats nothing: while a stream of the newest generation is unfinished, and
 * the run that began it did not come to its own end, streams that are done in that generation are skipped. Otherwise those that are
 * done begin the next generation, and those that are not go on where they were. `streams` are `streamText`s.
 */
export function nextRound(streams: readonly string[], committed: Positions): Map<string, StreamRound> {
  const states = streams.map((stream) => committed.streams.get(stream));
  const newest = Math.max(0, ...[...committed.streams.values()].map((state) => state.generation));
  const cutShort = states.some((state) => state?.generation === newest && state.phase !== 'done');
  const open = cutShort && closedGeneration(committed) < newest;
  const round = (state: StreamState | undefined): StreamRound => {
    if (state !== undefined && state.phase !== 'done') return { generation: state.generation, action: 'resume' };
    if (open && state?.generation === newest) return { generation: newest, action: 'skip' };
    return { generation: open ? newest : newest + 1, action: 'begin' };
  };
  return new Map(streams.map((stream, i) => [stream, round(states[i])]));
}

function closedGeneration(committed: Positions): number {
  const lane = committed.lanes.get(ROUND_LANE);
  return lane === undefined ? 0 : (JSON.parse(lane.position) as { closed: number }).closed;
}

/** The full read that a lane belongs to, by its id. Undefined: a lane of changes, or one that outlives the reads of its stream (`full/0/`). */
export function fullReadOf(lane: LaneId): { readonly generation: number; readonly stream: string } | undefined {
  const found = /^full\/([1-9]\d*)\/(.+)\/[^/]*$/s.exec(lane);
  return found === null ? undefined : { generation: Number(found[1]), stream: found[2]! };
}

/**
 * Invariant 5: a process that was frozen before it opened a lane brings nothing of a full read that is over, or behind a newer one. `state` is
 * that of the stream once the lane was taken. Rows need a read that was begun; what it settles comes before that. Throws `lane.fenced`.
 */
export function requireCurrent(lane: LaneId, state: StreamState | undefined, carriesRows: boolean): void {
  const read = fullReadOf(lane);
  if (read === undefined) return;
  const { generation, stream } = read;
  if (carriesRows) requireOpen(stream, generation, state);
  else if (isOver(state, generation)) throw isPast(stream, generation);
}

/** The same for what is done to a stream by a full read. */
export function requireOpen(stream: string, generation: number, state: StreamState | undefined): void {
  if (!isOpen(state, generation)) throw isPast(stream, generation);
}

function isPast(at: string, generation: number): Error {
  return millraceError('lane.fenced', `full read ${generation} of ${at} is no longer the one that is being written`, {
    at,
  });
}

function isOpen(state: StreamState | undefined, generation: number): boolean {
  return state !== undefined && state.generation === generation && state.phase !== 'done';
}

function isOver(state: StreamState | undefined, generation: number): boolean {
  return state !== undefined && state.generation >= generation && !isOpen(state, generation);
}
