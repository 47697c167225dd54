import {
  addCounts,
  type Counts,
  fullReadOf,
  type Identity,
  type LaneId,
  type LaneState,
  millraceError,
  noCounts,
  noPositions,
  type Phase,
  type PipelineId,
  type Position,
  type Positions,
  requireCurrent,
  type StreamState,
} from '../contract/index.ts';
import { FORMAT, hasOwnTables, OWN } from './own-tables.ts';
import type { Session } from './session.ts';

const STATE = OWN.state;
const STREAMS = OWN.streams;

const counters =
  'rows_read::VARCHAR, rows_written::VARCHAR, rows_superseded::VARCHAR, rows_already_applied::VARCHAR, rows_rejected::VARCHAR';

function countsOf(texts: readonly (string | null)[]): Counts {
  const [read, written, superseded, alreadyApplied, rejected] = texts.map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { read, written, superseded, alreadyApplied, rejected };
}

/** All that is committed for a pipeline; nothing where the file has no state yet. */
export async function readPositions(session: Session, pipeline: PipelineId): Promise<Positions> {
  if (!(await hasOwnTables(session))) return noPositions;
  const lanes = await session.rows(
    `SELECT lane, position, ended::VARCHAR, strftime(committed_at, '%Y-%m-%dT%H:%M:%S.%gZ'), ${counters}
     FROM ${STATE} WHERE pipeline = $1::UUID AND position IS NOT NULL`,
    [pipeline],
  );
  const streams = await session.rows(
    `SELECT stream, generation::VARCHAR, phase FROM ${STREAMS} WHERE pipeline = $1::UUID`,
    [pipeline],
  );
  return {
    lanes: new Map(lanes.map((row) => [row[0]!, laneState(row)])),
    streams: new Map(streams.map(([stream, generation, phase]) => [stream!, streamState(generation!, phase!)])),
  };
}

function laneState([_, position, ended, at, ...counts]: readonly (string | null)[]): LaneState {
  return { position: position!, ended: ended === 'true', committedAt: at ?? '', counts: countsOf(counts) };
}

function streamState(generation: string, phase: string): StreamState {
  return { generation: Number(generation), phase: phase as Phase };
}

/** A lane as it was found when its fence was taken. */
export interface OpenedLane {
  readonly epoch: number;
  readonly position: Position | undefined;
  readonly ended: boolean;
  readonly counts: Counts;
}

export interface LaneOwner {
  readonly pipeline: PipelineId;
  readonly pipelineName: string;
  readonly source: Identity;
  /** `streamText`s of the lane's streams. */
  readonly streams: readonly string[];
}

/** An epoch that no earlier life of the lane had, as the row that counted may have been deleted. */
const freshEpoch = () => String(Date.now());

/** Raises the lane's epoch, which fences off whoever holds it, and reads where it goes on. Runs inside a transaction. */
export async function openLane(session: Session, lane: LaneId, owner: LaneOwner): Promise<OpenedLane> {
  const streams = JSON.stringify(owner.streams);
  const read = fullReadOf(lane);
  if (read !== undefined) {
    requireCurrent(lane, await readStream(session, owner.pipeline, read.stream), owner.streams.length > 0);
  }
  const [found] = await session.rows(
    `SELECT epoch::VARCHAR, position, ended::VARCHAR, source_identity, format::VARCHAR, ${counters}
     FROM ${STATE} WHERE pipeline = $1::UUID AND lane = $2`,
    [owner.pipeline, lane],
  );
  if (found === undefined) {
    const epoch = freshEpoch();
    await session.run(
      `INSERT INTO ${STATE} VALUES ($1::UUID, $2, $6::BIGINT, NULL, false, 0, 0, 0, 0, 0, $3, $4, $5, NULL, ${FORMAT})`,
      [owner.pipeline, lane, owner.pipelineName, owner.source, streams, epoch],
    );
    return { epoch: Number(epoch), position: undefined, ended: false, counts: noCounts };
  }
  const [epoch, position, ended, source, format, ...counts] = found;
  requireSame(lane, owner.source, source ?? owner.source, Number(format));
  await session.run(
    `UPDATE ${STATE} SET epoch = epoch + 1, source_identity = $3, streams = $4 WHERE pipeline = $1::UUID AND lane = $2`,
    [owner.pipeline, lane, owner.source, streams],
  );
  return {
    epoch: Number(epoch) + 1,
    position: position ?? undefined,
    ended: ended === 'true',
    counts: countsOf(counts),
  };
}

function requireSame(lane: LaneId, now: Identity, then: Identity, format: number): void {
  if (format > FORMAT) {
    throw millraceError('schema.refused', `the state of lane ${lane} was written by a later version of millrace`, {
      at: lane,
    });
  }
  if (now === then) return;
  throw millraceError('source.identity-changed', `lane ${lane} was read from ${then}, and now from ${now}`, {
    at: lane,
  });
}

/**
 * Puts the lane's position, inside the transaction of its rows. Throws `lane.fenced` where another had opened the lane before this
 * transaction began. One that opened it since is met as a conflict: DuckDB sees it only where both write the same column, so the epoch is written.
 */
export async function commitLane(
  session: Session,
  pipeline: PipelineId,
  lane: LaneId,
  epoch: number,
  to: { readonly position: Position; readonly ended: boolean; readonly counts: Counts },
): Promise<void> {
  const { read, written, superseded, alreadyApplied, rejected } = to.counts;
  const changed = await session.run(
    `UPDATE ${STATE} SET epoch = epoch, position = $4, ended = $5, rows_read = ${read}, rows_written = ${written},
       rows_superseded = ${superseded}, rows_already_applied = ${alreadyApplied}, rows_rejected = ${rejected}, committed_at = current_localtimestamp()
     WHERE pipeline = $1::UUID AND lane = $2 AND epoch = $3::BIGINT`,
    [pipeline, lane, String(epoch), to.position, to.ended],
  );
  if (changed !== 1) throw fenced(lane);
}

export function fenced(lane: LaneId): Error {
  return millraceError('lane.fenced', `another runner has opened lane ${lane}`, { at: lane });
}

/** Sets a lane by hand; an absent position forgets it. Who holds the lane is fenced off. */
export async function setLane(
  session: Session,
  lane: LaneId,
  position: Position | undefined,
  owner: LaneOwner,
): Promise<void> {
  if (position === undefined) {
    await session.run(`DELETE FROM ${STATE} WHERE pipeline = $1::UUID AND lane = $2`, [owner.pipeline, lane]);
    return;
  }
  const changed = await session.run(
    `UPDATE ${STATE} SET position = $3, ended = false, epoch = epoch + 1, committed_at = current_localtimestamp() WHERE pipeline = $1::UUID AND lane = $2`,
    [owner.pipeline, lane, position],
  );
  if (changed > 0) return;
  await session.run(
    `INSERT INTO ${STATE} VALUES ($1::UUID, $2, $5::BIGINT, $3, false, 0, 0, 0, 0, 0, $4, NULL, '[]', current_localtimestamp(), ${FORMAT})`,
    [owner.pipeline, lane, position, owner.pipelineName, freshEpoch()],
  );
}

/** A stream's full read as recorded, with the table that it is built in. */
export interface StreamRecord extends StreamState {
  readonly build: string | undefined;
}

export async function readStream(
  session: Session,
  pipeline: PipelineId,
  stream: string,
): Promise<StreamRecord | undefined> {
  if (!(await hasOwnTables(session))) return undefined;
  const [found] = await session.rows(
    `SELECT generation::VARCHAR, phase, build FROM ${STREAMS} WHERE pipeline = $1::UUID AND stream = $2`,
    [pipeline, stream],
  );
  if (found === undefined) return undefined;
  return { ...streamState(found[0]!, found[1]!), build: found[2] ?? undefined };
}

export async function putStream(
  session: Session,
  pipeline: PipelineId,
  stream: string,
  record: StreamRecord,
): Promise<void> {
  await session.run(`DELETE FROM ${STREAMS} WHERE pipeline = $1::UUID AND stream = $2`, [pipeline, stream]);
  await session.run(`INSERT INTO ${STREAMS} VALUES ($1::UUID, $2, $3::BIGINT, $4, $5, current_localtimestamp())`, [
    pipeline,
    stream,
    String(record.generation),
    record.phase,
    record.build ?? null,
  ]);
}

/** Forgets the lanes of one full read. */
export async function forgetFullRead(
  session: Session,
  pipeline: PipelineId,
  stream: string,
  generation: number,
): Promise<void> {
  await session.run(`DELETE FROM ${STATE} WHERE pipeline = $1::UUID AND starts_with(lane, $2)`, [
    pipeline,
    `full/${generation}/${stream}/`,
  ]);
}

/** Forgets the lanes that carry the stream, or all, and the full reads. Returns the tables that were being built: schema and name. */
export async function forgetStreams(
  session: Session,
  pipeline: PipelineId,
  stream: string | undefined,
): Promise<string[]> {
  const builds = await session.rows(
    `SELECT build FROM ${STREAMS} WHERE pipeline = $1::UUID AND ($2 IS NULL OR stream = $2) AND build IS NOT NULL`,
    [pipeline, stream ?? null],
  );
  await session.run(
    `DELETE FROM ${STATE} WHERE pipeline = $1::UUID
     AND ($2 IS NULL OR list_contains(streams::JSON::VARCHAR[], $2) OR regexp_matches(lane, '^full/\\d+/' || regexp_escape($2) || '/'))`,
    [pipeline, stream ?? null],
  );
  // Ended, not forgotten: the next read has another number, and other lanes than whoever is still at this one (invariant 5).
  await session.run(
    `UPDATE ${STREAMS} SET phase = 'done', build = NULL WHERE pipeline = $1::UUID AND ($2 IS NULL OR stream = $2)`,
    [pipeline, stream ?? null],
  );
  await session.run(`DELETE FROM ${OWN.order} WHERE pipeline = $1::UUID AND ($2 IS NULL OR stream = $2)`, [
    pipeline,
    stream ?? null,
  ]);
  return builds.map(([build]) => build!);
}

/** Forgets which tables are the pipeline's own, and how often their streams were read. */
export async function disown(session: Session, pipeline: PipelineId): Promise<void> {
  await session.run(`DELETE FROM ${STREAMS} WHERE pipeline = $1::UUID`, [pipeline]);
  await session.run(`DELETE FROM ${OWN.tables} WHERE pipeline = $1::UUID`, [pipeline]);
}

/** Counts by stream together. */
export function totalCounts(streams: ReadonlyMap<string, Counts>): Counts {
  return [...streams.values()].reduce(addCounts, noCounts);
}
