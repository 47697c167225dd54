import { valuesDecoder } from '../../connectors/avro/index.ts';
import {
  type LaneState,
  type Message,
  noCounts,
  noPositions,
  type Positions,
  type Reject,
  type Source,
  type StreamRequest,
} from '../../connectors/contract/index.ts';
import type { Value } from '../../connectors/types/index.ts';
import { never } from './fixture.ts';

export interface ReadResult {
  readonly rows: (readonly Value[])[];
  readonly rejects: Reject[];
  /** The last checkpoint of each lane. */
  readonly lanes: Map<string, { readonly position: string; readonly ended: boolean }>;
  readonly generation: number | undefined;
}

/** Reads streams from what is committed; `stop` ends a lane after that many batches, at the checkpoint behind the last. */
export async function readAll(
  source: Source,
  streams: readonly StreamRequest[],
  committed: Positions = noPositions,
  stop = Number.POSITIVE_INFINITY,
  maxRejects?: number,
): Promise<ReadResult> {
  const result: ReadResult & { generation: number | undefined } = {
    rows: [],
    rejects: [],
    lanes: new Map(),
    generation: undefined,
  };
  const request = {
    streams,
    layout: 'text' as const,
    maxRowBytes: 1 << 20,
    parallel: 2,
    ...(maxRejects === undefined ? {} : { maxRejects }),
  };
  for (const group of await source.groups(request, committed, never)) {
    for await (const stage of group.stages(never)) {
      for (const { generation } of stage.streams) result.generation = generation;
      for (const lane of stage.lanes) {
        const before = committed.lanes.get(lane.id);
        if (before?.ended === true) continue;
        let batches = 0;
        for await (const message of lane.read(before?.position, never)) {
          take(message, lane.id, result);
          if (message.kind === 'batch') batches++;
          else if (batches >= stop) break;
        }
      }
    }
  }
  return result;
}

function take(message: Message, lane: string, into: ReadResult): void {
  if (message.kind === 'checkpoint')
    into.lanes.set(lane, { position: message.position, ended: message.ended === true });
  if (message.kind !== 'batch') return;
  const decode = valuesDecoder(message.schema, 'text');
  for (let row = 0; row < message.rows.ends.length; row++) into.rows.push(decode(message.rows, row));
  into.rejects.push(...(message.rejects ?? []));
}

/** What a destination would have committed of a read. */
export function positionsOf(
  { lanes, generation }: ReadResult,
  stream: string,
  phase: 'building' | 'done' = 'building',
): Positions {
  const state = ({ position, ended }: { position: string; ended: boolean }): LaneState => ({
    position,
    ended,
    counts: noCounts,
    committedAt: '',
  });
  return {
    lanes: new Map([...lanes].map(([id, lane]) => [id, state(lane)])),
    streams: generation === undefined ? new Map() : new Map([[stream, { generation, phase }]]),
  };
}
