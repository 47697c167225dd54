import { createHash } from 'node:crypto';
import {
  type Group,
  type Lane,
  type Message,
  millraceError,
  type Position,
  type Positions,
  type Stage,
  type StreamRequest,
  type StreamRound,
  streamText,
} from '../contract/index.ts';
import { cutRanges, type KeyColumn, type KeyMark, type KeyRange, rangeSql } from './keyset.ts';
import { query } from './query.ts';
import { quoteName, quoteTable } from './quote.ts';
import { readPages, type TableRead, type View } from './table-read.ts';

/** A moment at which tables are read, and how it is named in a position, so that a later process reads at the same. */
export interface Moment {
  readonly name: string;
  readonly view: View;
}

/** One table to read in full. */
export interface FullRead {
  readonly request: StreamRequest;
  readonly read: Omit<TableRead, 'view'>;
  readonly round: StreamRound;
  /** Lanes that may run side by side. */
  readonly parallel: number;
  /** A moment for a read that begins. */
  readonly begin: (signal: AbortSignal) => Promise<Moment>;
  /** The moment of a read that goes on. Throws `source.history-lost`; undefined: it cannot go on, begin anew. */
  readonly resume: (name: string, signal: AbortSignal) => Promise<Moment | undefined>;
}

/** Position of the plan lane: what was settled when the read began, so that whoever goes on cuts and sees the same. */
interface Plan {
  readonly version: 1;
  readonly fingerprint: string;
  readonly moment: string;
  readonly ranges: readonly KeyRange[];
}

/** Position of a lane: rows up to `after` are read. */
interface RangePosition {
  readonly after: KeyMark | null;
}

/** Ranges for each lane that may run: one that ends early leaves work for its slot. */
const RANGES_A_SLOT = 4;

/** A full read as a group: a stage that settles moment and ranges, then one lane a range. */
export function fullGroup(full: FullRead, committed: Positions): Group {
  const { stream } = full.request;
  return {
    streams: [stream],
    async *stages(signal) {
      if (full.round.action === 'skip') return;
      const begun = await goOn(full, committed, signal);
      if (begun !== undefined) {
        yield rangesStage(full, begun.generation, begun.plan, begun.moment);
        return;
      }
      const generation = full.round.action === 'resume' ? full.round.generation + 1 : full.round.generation;
      const moment = await full.begin(signal);
      const plan = await makePlan(full, moment, signal);
      yield { streams: [], lanes: [planLane(full, generation, plan)] };
      yield rangesStage(full, generation, plan, moment);
    },
  };
}

/** The plan of a read that was cut short, where it still holds. */
async function goOn(full: FullRead, committed: Positions, signal: AbortSignal) {
  const { generation, action } = full.round;
  const lane = committed.lanes.get(laneId(full, generation, 'plan'));
  if (action !== 'resume' || lane === undefined) return undefined;
  const plan = JSON.parse(lane.position) as Plan;
  if (plan.version !== 1 || plan.fingerprint !== fingerprint(full)) return undefined;
  const begun = committed.lanes.get(laneId(full, generation, 0));
  if (full.read.key === undefined && begun !== undefined && !begun.ended) return undefined;
  const moment = await full.resume(plan.moment, signal);
  return moment === undefined ? undefined : { generation, plan, moment };
}

async function makePlan(full: FullRead, moment: Moment, signal: AbortSignal): Promise<Plan> {
  const ranges = await ranged(full, moment, signal);
  return { version: 1, fingerprint: fingerprint(full), moment: moment.name, ranges };
}

/** Changes when rows would flow differently: a read that was cut short is then begun anew, never mixed. */
function fingerprint({ request, read }: FullRead): string {
  const { rows: _, bytes: _b, nextAutoIncrement: _n, ...schema } = read.projection.schema;
  const facts = [schema, read.projection.select, request.where ?? '', read.key?.map((column) => column.name) ?? []];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}

async function ranged(full: FullRead, moment: Moment, signal: AbortSignal): Promise<KeyRange[]> {
  const { read } = full;
  const first = read.key?.[0];
  if (first === undefined || first.type.kind !== 'integer' || full.parallel === 1) return [{}];
  await using lease = await moment.view(signal);
  const name = quoteName(first.name);
  const [row] = await query(lease.session, `SELECT MIN(${name}), MAX(${name}) FROM ${quoteTable(read.table)}`);
  const [low, high] = [row?.[0], row?.[1]];
  if (typeof low !== 'string' || typeof high !== 'string') return [{}];
  const span = BigInt(high) - BigInt(low) + 1n;
  // A server without statistics says 0 rows: the width of the keys is then the better guess.
  const rows = read.projection.schema.rows || Number(span);
  return cutRanges(BigInt(low), BigInt(high), rows, full.parallel * RANGES_A_SLOT);
}

function laneId({ request }: FullRead, generation: number, part: string | number): string {
  return `full/${generation}/${streamText(request.stream)}/${part}`;
}

function planLane(full: FullRead, generation: number, plan: Plan): Lane {
  return {
    id: laneId(full, generation, 'plan'),
    async *read(): AsyncGenerator<Message> {
      yield { kind: 'checkpoint', position: JSON.stringify(plan), ended: true };
    },
  };
}

function rangesStage(full: FullRead, generation: number, plan: Plan, moment: Moment): Stage {
  const lanes = plan.ranges.map((range, part) => rangeLane(full, laneId(full, generation, part), range, moment));
  return { lanes, streams: [{ schema: full.read.projection.schema, generation }] };
}

function rangeLane(full: FullRead, id: string, range: KeyRange, moment: Moment): Lane {
  const { request } = full;
  const read: TableRead = { ...full.read, view: moment.view };
  const key: readonly KeyColumn[] = read.key ?? [];
  return {
    id,
    read(after, signal) {
      const conditions = [
        ...rangeSql(key, range, read.dialect),
        ...(request.where === undefined ? [] : [request.where]),
      ];
      if (after !== undefined && read.key === undefined) throw unresumable(id);
      const mark = after === undefined ? undefined : (JSON.parse(after) as RangePosition).after;
      return readPages(read, conditions, mark ?? undefined, signal, ({ mark: at, last }) => ({
        kind: 'checkpoint',
        position: rangePosition(at),
        ...(last ? { ended: true as const } : {}),
      }));
    },
  };
}

function rangePosition(after: KeyMark | undefined): Position {
  return JSON.stringify({ after: after ?? null } satisfies RangePosition);
}

function unresumable(lane: string): Error {
  return millraceError('internal.unexpected', `lane ${lane} has a position inside a table that has no order`, {
    at: lane,
  });
}
