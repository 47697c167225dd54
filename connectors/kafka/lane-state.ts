import {
  type Identity,
  type LaneId,
  type LaneState,
  millraceError,
  type PipelineId,
  type Positions,
  type StreamState,
} from '../contract/index.ts';
import { FORMAT, type LaneRecord, type StateRecord, type StreamRecord } from './state-topic.ts';

/** A pipeline's part of the state as the engine sees it. */
export function positionsOf(records: ReadonlyMap<string, StateRecord>, pipeline: PipelineId): Positions {
  const lanes = new Map<LaneId, LaneState>();
  const streams = new Map<string, StreamState>();
  for (const [name, record] of ownRecords(records, pipeline)) {
    if (record.kind === 'lane' && record.position !== undefined) {
      const { position, ended, counts, committedAt } = record;
      lanes.set(name, { position, ended, counts, committedAt });
    }
    if (record.kind === 'stream') streams.set(name, { generation: record.generation, phase: record.phase });
  }
  return { lanes, streams };
}

/** Ids of a pipeline's lanes that are meant. */
export function lanesOf(
  records: ReadonlyMap<string, StateRecord>,
  pipeline: PipelineId,
  isMeant: (lane: LaneId, record: LaneRecord) => boolean,
): LaneId[] {
  return [...ownRecords(records, pipeline)].flatMap(([name, record]) =>
    record.kind === 'lane' && isMeant(name, record) ? [name] : [],
  );
}

/** Streams whose full reads a pipeline has a record of. */
export function streamsOf(records: ReadonlyMap<string, StateRecord>, pipeline: PipelineId): string[] {
  return [...ownRecords(records, pipeline)].flatMap(([name, { kind }]) => (kind === 'stream' ? [name] : []));
}

function* ownRecords(
  records: ReadonlyMap<string, StateRecord>,
  pipeline: PipelineId,
): Generator<[string, LaneRecord | StreamRecord]> {
  for (const [key, record] of records) {
    if (record.kind === 'topic') continue;
    const [, owner, name] = JSON.parse(key) as [string, PipelineId, string];
    if (owner === pipeline) yield [name, record];
  }
}

/** Invariant 9: a lane goes on only in the source that it was read from. Throws `source.identity-changed`, or `schema.refused` for a later format. */
export function requireSame(lane: LaneId, now: Identity, { source, format }: LaneRecord): void {
  if (format > FORMAT) {
    throw millraceError('schema.refused', `the state of lane ${lane} was written by a later version of millrace`, {
      at: lane,
    });
  }
  if (source === '' || source === now) return;
  throw millraceError('source.identity-changed', `lane ${lane} was read from ${source}, and now from ${now}`, {
    at: lane,
  });
}
