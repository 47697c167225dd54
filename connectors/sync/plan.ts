import {
  type Finding,
  type ReadMode,
  type StreamState,
  streamText,
  type Target,
  type TargetPlan,
  type WriteMode,
} from '../contract/index.ts';
import type { Pipeline } from './pipeline.ts';
import { parkedFinding, resolvePipeline } from './resolve.ts';

export interface PlannedStream {
  readonly stream: string;
  readonly table: string;
  readonly read: ReadMode;
  readonly write: WriteMode;
  /** The source's estimate. */
  readonly rows?: number;
  readonly plan: TargetPlan;
}

export interface PipelinePlan {
  readonly streams: readonly PlannedStream[];
  /** What cannot be done, of all streams. */
  readonly refused: readonly Finding[];
}

/** What `sync` would do to each target before rows flow. Changes nothing. */
export async function planPipeline(
  pipeline: Pipeline,
  signal: AbortSignal,
  only?: readonly string[],
): Promise<PipelinePlan> {
  const { targets, parked } = await resolvePipeline(pipeline, signal, { only });
  const committed = await pipeline.destination.positions(signal);
  const streams: PlannedStream[] = [];
  for (const target of targets) {
    const generation = nextGeneration(target, committed.streams.get(streamText(target.source.stream)));
    streams.push(plannedStream(target, await pipeline.destination.plan(target, generation, signal)));
  }
  return { streams, refused: [...parked.map(parkedFinding), ...streams.flatMap(({ plan }) => plan.refused)] };
}

/** The full read that the next run begins or goes on with. */
function nextGeneration(target: Target, state: StreamState | undefined): number | undefined {
  if (target.read === 'incremental') return undefined;
  if (state === undefined) return 1;
  if (target.read === 'cdc' && state.phase === 'done') return undefined;
  return state.phase === 'done' ? state.generation + 1 : state.generation;
}

function plannedStream(target: Target, plan: TargetPlan): PlannedStream {
  const { rows } = target.source;
  return {
    stream: streamText(target.source.stream),
    table: streamText(target.table),
    read: target.read,
    write: target.write,
    ...(rows === undefined ? {} : { rows }),
    plan,
  };
}
