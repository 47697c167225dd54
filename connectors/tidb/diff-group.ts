import type { Group, Lane, LaneId, Position, Positions, Stage, StreamRound } from '../contract/index.ts';
import type { ChangeRead, Handover, SettledRead, SqlPool } from '../sql/index.ts';
import { comparerAt } from './comparer-at.ts';
import { type DiffLane, type Moments, readChanges } from './diff-lane.ts';
import { type DiffPosition, diffLaneId, diffPosition } from './diff-position.ts';
import { type DiffedTable, diffedTables } from './diff-table.ts';
import { KeptHashes } from './kept-hashes.ts';
import type { ScanMeter } from './scan-meter.ts';

export interface DiffSource {
  readonly pool: SqlPool;
  readonly moments: Moments;
  readonly meter: ScanMeter;
}

/**
 * Each table by itself: a copy at one TSO, then the differences between the TSO of the last run and that of this one. A copy of
 * this run's moment is all that it does. Throws `config.invalid` for tables whose changes are not found so.
 */
export function diffGroups(source: DiffSource, read: ChangeRead): Group[] {
  return diffedTables(read).map((diffed) => diffGroup(source, read, diffed));
}

function diffGroup(source: DiffSource, read: ChangeRead, diffed: DiffedTable): Group {
  const { stream } = diffed;
  const round = roundOf(read.committed, stream);
  let generation = read.committed.streams.get(stream)?.generation ?? 0;
  let copiedAt: string | undefined;
  const handover: Handover = {
    comparer: (moment) =>
      comparerAt({ view: async (signal) => (await source.moments.resume(moment, signal)).view(signal) }),
    stage: (reads) => {
      const [{ moment, ...settled }] = reads as [SettledRead];
      generation = settled.generation;
      copiedAt = moment;
      return startStage(diffLaneId(stream), { version: 1, generation, tso: moment, fingerprint: diffed.fingerprint });
    },
  };
  const kept = read.kept?.(diffed.change.schema.stream);
  const lane: DiffLane = {
    ...source,
    diffed,
    parallel: read.parallel,
    generation: () => generation,
    ...(read.standing === undefined ? {} : { standing: read.standing }),
    ...(kept === undefined ? {} : { hashes: new KeptHashes(kept, diffed) }),
  };
  return {
    streams: [diffed.change.schema.stream],
    async *stages(signal) {
      if (round !== undefined) yield* read.copy(new Map([[stream, round]]), handover)!.stages(signal);
      // Another run's copy may have been taken on, of an earlier moment; and of this run's the hashes may have to be kept.
      if (kept === undefined && copiedAt === (await source.moments.begin(signal)).name) return;
      yield { streams: [{ schema: diffed.change.schema }], lanes: [changesLane(lane)] };
    },
  };
}

/** What is left of a table's copy; undefined: it is done. It counts only if it settled from where changes are told. */
function roundOf(committed: Positions, stream: string): StreamRound | undefined {
  const state = committed.streams.get(stream);
  const start = diffPosition(committed, stream);
  if (start !== undefined && state !== undefined && state.generation >= start.generation) {
    return state.phase === 'done' ? undefined : { generation: state.generation, action: 'resume' };
  }
  return { generation: Math.max(start?.generation ?? 0, state?.generation ?? 0) + 1, action: 'begin' };
}

/** The TSO of the copy is the first that changes are told from: settled before its rows come. */
function startStage(id: LaneId, position: DiffPosition): Stage {
  const lane: Lane = {
    id,
    async *read() {
      yield { kind: 'checkpoint', position: JSON.stringify(position), idle: true };
    },
  };
  return { streams: [], lanes: [lane] };
}

function changesLane(lane: DiffLane): Lane {
  return {
    id: diffLaneId(lane.diffed.stream),
    read: (after: Position | undefined, signal) => readChanges(lane, after, signal),
  };
}
