import { createHash } from 'node:crypto';
import {
  type Comparer,
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
import { cutRanges, type KeyMark, type KeyRange, rangeSql } from './keyset.ts';
import { look } from './look.ts';
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
  /** The moment of a read that goes on; undefined: it cannot go on, begin anew. */
  readonly resume: (name: string, signal: AbortSignal) => Promise<Moment | undefined>;
}

/** Position of the plan lane: what was settled when the read began, so that whoever goes on or joins in cuts and sees the same. */
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

/**
 * Full reads as groups: each stream by itself, or all `together`, where they must see one moment that dies with its connection: then
 * either every one of them goes on or all begin anew.
 */
export function fullGroups(reads: readonly FullRead[], committed: Positions, together: boolean): Group[] {
  if (!together) return reads.map((full) => merged([settled(full, committed)]));
  const some = reads.filter((full) => full.round.action !== 'skip');
  const whole = some.every((full) => full.round.action === 'resume' && ended(full, committed));
  if (whole || reads.length === 0)
    return some.length === 0 ? [] : [merged(some.map((full) => settled(full, committed)))];
  const generation = Math.max(
    ...reads.map(({ round }) => (round.action === 'begin' ? round.generation : round.generation + 1)),
  );
  return [merged(reads.map((full) => settled({ ...full, round: { generation, action: 'begin' } }, committed)))];
}

/** What a full read settled, once that is committed. */
export interface SettledRead {
  readonly stream: string;
  readonly generation: number;
  /** Name of the moment at which the table is read. */
  readonly moment: string;
}

/** Changes are told behind a full read from exactly its moment. */
export interface Handover {
  /** A stage between what is settled and the rows: from where changes are told. */
  readonly stage: (reads: readonly SettledRead[]) => Stage;
  /** The source as it was at a moment. */
  readonly comparer: (moment: string) => Comparer;
}

/** The same in one group, whose full reads are a part of something larger: they go on or begin anew each by itself unless `together`. */
export function fullGroup(
  reads: readonly FullRead[],
  committed: Positions,
  together: boolean,
  handover?: Handover,
): Group | undefined {
  if (together) return fullGroups(reads, committed, true)[0];
  return merged(
    reads.map((full) => settled(full, committed)),
    handover,
  );
}

/** Settles plan and moment of a read when its group starts. */
type Settled = (signal: AbortSignal) => Promise<Settlement | undefined>;

interface Settlement {
  readonly full: FullRead;
  readonly generation: number;
  /** Until it is committed another runner's may turn out to be the first: then that one holds, and its moment. */
  plan: Plan;
  moment: Moment;
  /** The plan is not committed yet. */
  readonly fresh: boolean;
}

/** A group of reads: a stage that settles moments and ranges where that was not done before, then one lane a range. */
function merged(reads: readonly (Settled & { readonly full: FullRead })[], handover?: Handover): Group {
  return {
    streams: reads.map(({ full }) => full.request.stream),
    async *stages(signal) {
      const all: Settlement[] = [];
      for (const read of reads) {
        const settlement = await read(signal);
        if (settlement !== undefined) all.push(settlement);
      }
      const fresh = all.filter((one) => one.fresh);
      if (fresh.length > 0) yield { streams: [], lanes: fresh.map(planLane) };
      if (all.length === 0) return;
      if (handover !== undefined) yield handover.stage(all.map(settledRead));
      yield rangesStage(all, handover);
    },
  };
}

function settledRead({ full, generation, plan }: Settlement): SettledRead {
  return { stream: streamText(full.request.stream), generation, moment: plan.moment };
}

function settled(full: FullRead, committed: Positions): Settled & { readonly full: FullRead } {
  const settle: Settled = async (signal) => {
    if (full.round.action === 'skip') return undefined;
    const going = await goOn(full, committed, signal);
    if (going !== undefined) return going;
    const generation = full.round.action === 'resume' ? full.round.generation + 1 : full.round.generation;
    const moment = await full.begin(signal);
    return { full, generation, moment, plan: await makePlan(full, moment, signal), fresh: true };
  };
  return Object.assign(settle, { full });
}

/** The plan of a read that was cut short, where it still holds. */
async function goOn(full: FullRead, committed: Positions, signal: AbortSignal): Promise<Settlement | undefined> {
  const plan = committedPlan(full, committed);
  if (plan === undefined) return undefined;
  const { generation } = full.round;
  if (ended(full, committed)) return { full, generation, plan, moment: past(plan), fresh: false };
  if (full.read.key === undefined && committed.lanes.has(laneId(full, generation, 0))) return undefined;
  const moment = await full.resume(plan.moment, signal);
  return moment === undefined ? undefined : { full, generation, plan, moment, fresh: false };
}

function committedPlan(full: FullRead, committed: Positions): Plan | undefined {
  const lane = committed.lanes.get(laneId(full, full.round.generation, 'plan'));
  return full.round.action !== 'resume' || lane === undefined ? undefined : heldPlan(full, lane.position);
}

/** A committed plan, where it was made for rows that flow as they do now. */
function heldPlan(full: FullRead, position: Position): Plan | undefined {
  const plan = JSON.parse(position) as Plan;
  return plan.version === 1 && plan.fingerprint === fingerprint(full) ? plan : undefined;
}

/** Name of the moment at which a read that was cut goes on; undefined: it begins anew. */
export function committedMoment(full: FullRead, committed: Positions): string | undefined {
  return committedPlan(full, committed)?.moment;
}

/** All rows of the read are committed: only the destination's last steps are left. */
export function ended(full: FullRead, committed: Positions): boolean {
  const plan = committedPlan(full, committed);
  const isEnded = (_: KeyRange, part: number) => committed.lanes.get(laneId(full, full.round.generation, part))?.ended;
  return plan?.ranges.every(isEnded) ?? false;
}

/** A moment of which nothing is read any more. */
function past({ moment }: Plan): Moment {
  const view = () => Promise.reject(millraceError('source.cut', `nothing can be read at ${moment} any more`));
  return { name: moment, view };
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
  const name = quoteName(first.name);
  const sql = `SELECT MIN(${name}), MAX(${name}) FROM ${quoteTable(read.table)}`;
  const [row] = await look(moment.view, signal, (session) => query(session, sql));
  const [low, high] = [row?.[0], row?.[1]];
  if (typeof low !== 'string' || typeof high !== 'string') return [{}];
  const span = BigInt(high) - BigInt(low) + 1n;
  // A server without statistics says 0 rows: the width of the keys is then the better guess.
  const rows = read.projection.schema.rows || Number(span);
  return cutRanges(BigInt(low), BigInt(high), rows, full.parallel * RANGES_A_SLOT, full.parallel);
}

function laneId({ request }: FullRead, generation: number, part: string | number): string {
  return `full/${generation}/${streamText(request.stream)}/${part}`;
}

/** Commits the plan. It never ends, so that a runner that comes second is told what the first one settled. */
function planLane(settlement: Settlement): Lane {
  const { full, generation } = settlement;
  const id = laneId(full, generation, 'plan');
  return {
    id,
    async *read(after, signal): AsyncGenerator<Message> {
      if (after === undefined) {
        yield { kind: 'checkpoint', position: JSON.stringify(settlement.plan), idle: true };
        return;
      }
      const plan = heldPlan(full, after);
      const moment = plan === undefined ? undefined : await full.resume(plan.moment, signal);
      if (plan === undefined || moment === undefined) throw otherPlan(id);
      settlement.plan = plan;
      settlement.moment = moment;
    },
  };
}

/** Made when the plans are committed. */
function rangesStage(reads: readonly Settlement[], handover: Handover | undefined): Stage {
  return {
    lanes: reads.flatMap((one) => one.plan.ranges.map((range, part) => rangeLane(one, range, part))),
    streams: reads.map(({ full, generation, plan }) => ({
      schema: full.read.projection.schema,
      generation,
      ...(handover === undefined ? {} : { comparer: handover.comparer(plan.moment) }),
    })),
  };
}

function rangeLane({ full, generation, moment }: Settlement, range: KeyRange, part: number): Lane {
  const { request } = full;
  const id = laneId(full, generation, part);
  const read: TableRead = { ...full.read, view: moment.view };
  const conditions = [
    ...rangeSql(read.key ?? [], range, read.dialect),
    ...(request.where === undefined ? [] : [request.where]),
  ];
  return {
    id,
    read(after, signal) {
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

function otherPlan(lane: string): Error {
  return millraceError('source.cut', `another process began the read of lane ${lane} in a way that cannot be joined`, {
    at: lane,
  });
}

function unresumable(lane: string): Error {
  return millraceError('source.cut', `the read of lane ${lane} was cut inside a table that has no order to go on in`, {
    at: lane,
  });
}
