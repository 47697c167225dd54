import {
  type Difference,
  type Message,
  MillraceError,
  millraceError,
  type Position,
  type ReadRequest,
  type StreamSchema,
} from '../contract/index.ts';
import { introspectTables, look, type Moment, query, type SqlPool } from '../sql/index.ts';
import { ChangedRows } from './changed-rows.ts';
import { comparerAt, metered } from './comparer-at.ts';
import { deliver } from './delivery.ts';
import { type DiffPosition, type Going, parsedPosition } from './diff-position.ts';
import { type DiffedTable, diffTable, hasSecondUnique } from './diff-table.ts';
import { type Differing, historyDifferences } from './history-diff.ts';
import type { KeptHashes } from './kept-hashes.ts';
import { keptView } from './kept-view.ts';
import { rowBytes, type ScanMeter, TableCost } from './scan-meter.ts';
import { goDuration, tsoMillis } from './tso.ts';

/** Part of the GC life time up to which a comparison with an earlier TSO is begun. */
const DANGER = 0.8;
/** Differences with the target's rows that are handed on together. */
const FOUND_AT_ONCE = 500;

/** Rows read inside the database from which on a run says what that came to. */
const WORTH_SAYING = 100_000;

/** The moments of a server, as `SnapshotReading` has them. */
export interface Moments {
  /** The moment of this run, held against garbage collection. */
  begin(signal: AbortSignal): Promise<Moment>;
  /** An earlier one. Throws `source.history-lost`. */
  resume(tso: string, signal: AbortSignal): Promise<Moment>;
}

export interface DiffLane extends Pick<ReadRequest, 'parallel' | 'standing'> {
  /** What the target's rows were, where they cannot be compared themselves. */
  readonly hashes?: KeptHashes;
  readonly pool: SqlPool;
  readonly moments: Moments;
  readonly meter: ScanMeter;
  readonly diffed: DiffedTable;
  /** The full read that the target's rows came from. */
  readonly generation: () => number;
}

/** How one comparison is done. */
interface Way extends Going {
  readonly moment: Moment;
  /** The table as the target has it, by `history`. */
  readonly old?: Moment;
}

/**
 * Brings the target from the TSO of its rows to that of this run. All ranges of a comparison are between the same two TSOs; one that was cut
 * is brought to its end first. Invariant 9: what can be found by neither history nor the target's rows is an error, never a silent copy.
 */
export async function* readChanges(
  lane: DiffLane,
  after: Position | undefined,
  signal: AbortSignal,
): AsyncGenerator<Message, void, undefined> {
  let position = parsedPosition(after);
  if (position === undefined) {
    throw millraceError('source.history-lost', `the position of ${lane.diffed.stream} was forgotten meanwhile`);
  }
  const now = await lane.moments.begin(signal);
  await requireShape(lane, now, signal);
  lane.hashes?.settle(position);
  const cost = new TableCost(lane.meter, rowBytes(lane.diffed.change.table));
  while (position.going !== undefined || BigInt(position.tso) < BigInt(now.name) || !isSame(lane, position)) {
    position = yield* step(lane, position, now, cost, signal);
  }
  if (cost.scanned >= WORTH_SAYING) sayCost(lane, cost);
  const committedAt = new Date(tsoMillis(BigInt(now.name)));
  yield { kind: 'checkpoint', position: JSON.stringify(position), idle: true, committedAt };
  if (lane.hashes?.refused !== undefined && position.tso === now.name) await fill(lane, lane.hashes, now, signal);
}

/** The next runs need what this one could do without. */
async function fill(lane: DiffLane, hashes: KeptHashes, now: Moment, signal: AbortSignal): Promise<void> {
  const { pool, diffed, meter } = lane;
  const cost = new TableCost(meter, rowBytes(diffed.change.table));
  await hashes.fill(now, cost, signal);
  const n = cost.hashes.toLocaleString('en-US');
  const message = `key and hash of ${n} rows of ${diffed.stream} were fetched and are kept on this machine: changes are found by them when history is gone`;
  pool.emit({ event: 'notice', at: new Date().toISOString(), code: 'cdc.kept', message });
}

/** One comparison, to its end. */
async function* step(
  lane: DiffLane,
  position: DiffPosition,
  now: Moment,
  cost: TableCost,
  signal: AbortSignal,
): AsyncGenerator<Message, DiffPosition, undefined> {
  const way = await wayOf(lane, position, kept(now), signal);
  const { to, by, pass, from } = way;
  const going = (reached: Pick<Going, 'pass' | 'from'>): DiffPosition => ({
    ...position,
    going: { to, by, ...reached },
  });
  const { diffed, hashes } = lane;
  const rows = new ChangedRows({
    change: diffed.change,
    read: diffed.read,
    view: way.moment.view,
    tso: BigInt(to),
    cost,
  });
  hashes?.begin(position.tso, to);
  const found = differencesOf(lane, way, cost, signal);
  const delivery = {
    differences: (start: Going['from']) => hashes?.noted(found(start), to, rows, signal) ?? found(start),
    rows,
    unique: hasSecondUnique(diffed),
    resumed: by === 'history' && position.going !== undefined,
    position: (reached: Pick<Going, 'pass' | 'from'>) => JSON.stringify(going(reached)),
  };
  try {
    yield* deliver(delivery, { pass, ...(from === undefined ? {} : { from }) }, signal);
  } catch (thrown) {
    const other = otherWay(lane);
    if (by !== 'history' || typeof other !== 'object' || !isLost(thrown)) throw thrown;
    return { ...position, going: { to: now.name, by: other.by, pass: 1 } };
  }
  hashes?.complete(to);
  return { version: 1, generation: lane.generation(), tso: to, fingerprint: diffed.fingerprint };
}

function differencesOf(lane: DiffLane, way: Way, cost: TableCost, signal: AbortSignal) {
  const { diffed, parallel } = lane;
  const { old, moment } = way;
  if (old === undefined) {
    return () =>
      inArrays(
        way.by === 'kept'
          ? lane.hashes!.differences(moment, cost, signal)
          : standingDifferences(lane, moment, cost, signal),
      );
  }
  const rows = diffed.change.table.rows ?? 0;
  const history = { of: diffTable(diffed), old: old.view, now: moment.view, rows, parallel, cost };
  return (from: Going['from']) => historyDifferences(history, from, signal);
}

/** Chooses between what the server still knows and what the target holds. */
async function wayOf(lane: DiffLane, position: DiffPosition, now: Moment, signal: AbortSignal): Promise<Way> {
  const { going, tso } = position;
  const other = otherWay(lane, position);
  const whole = typeof other === 'string' ? undefined : ({ ...other, pass: 1, to: now.name, moment: now } as const);
  if (!isSame(lane, position) || going?.by === 'standing' || going?.by === 'kept') {
    if (whole === undefined) throw notCompared(lane, `its columns or options changed, or it was read anew; ${other}`);
    return whole;
  }
  try {
    const old = kept(await lane.moments.resume(tso, signal));
    const moment = going === undefined ? now : kept(await lane.moments.resume(going.to, signal));
    if (!(await isEndangered(lane, old, whole !== undefined, signal)))
      return { ...(going ?? { pass: 1 }), by: 'history', to: moment.name, moment, old };
  } catch (thrown) {
    if (!isLost(thrown)) throw thrown;
    if (whole === undefined)
      throw lane.hashes === undefined ? thrown : notCompared(lane, `history is gone, and ${other}`);
  }
  return whole!;
}

/** How differences are found without history, or why they cannot be. A full read behind which no hashes were taken yet makes those of before worthless. */
function otherWay(
  { hashes, standing, generation }: DiffLane,
  position?: DiffPosition,
): { readonly by: 'standing' | 'kept' } | string {
  if (hashes === undefined)
    return standing === undefined ? 'the target holds no rows to compare with' : { by: 'standing' };
  if (position !== undefined && position.generation !== generation()) return 'its rows were read anew';
  return hashes.refused ?? { by: 'kept' };
}

function kept(moment: Moment): Moment {
  return { ...moment, view: keptView(moment.view) };
}

/** The target's rows are those of the position's TSO, and flow as they did. */
function isSame({ diffed, generation }: DiffLane, position: DiffPosition): boolean {
  return position.fingerprint === diffed.fingerprint && position.generation === generation();
}

/** Garbage collection has passed a moment, or its schemas cannot be loaded any more. */
function isLost(thrown: unknown): boolean {
  const code = thrown instanceof MillraceError ? thrown.code : undefined;
  return code === 'source.history-lost' || code === 'source.cut';
}

/** Whether garbage collection may overtake an earlier TSO before a comparison with it ends. Where there is no other way, that is only said. */
async function isEndangered({ pool }: DiffLane, old: Moment, hasOther: boolean, signal: AbortSignal): Promise<boolean> {
  const view = (lasting: AbortSignal) => pool.lease('read', lasting);
  const [row] = await look(view, signal, (session) => query(session, 'SELECT @@tidb_gc_life_time'));
  const life = goDuration(String(row?.[0]));
  const age = Date.now() - tsoMillis(BigInt(old.name));
  if (!(age > life * DANGER)) return false;
  if (hasOther) return true;
  pool.notice(
    'source.history-ageing',
    `changes since ${Math.round(age / 1000)} s ago are looked for, and history is kept for ${Math.round(life / 1000)} s: it may be collected before they are found`,
    'Run more often, or raise tidb_gc_life_time.',
  );
  return false;
}

/** The rows in which the target differs from the table at a moment. */
async function* standingDifferences(
  lane: DiffLane,
  moment: Moment,
  cost: TableCost,
  signal: AbortSignal,
): AsyncGenerator<Difference, void, undefined> {
  const { stream } = lane.diffed.change.schema;
  const answer = await lane.standing!(stream, metered(comparerAt(moment), cost), signal);
  if ('refused' in answer) throw notCompared(lane, answer.refused);
  yield* answer.differences;
}

async function* inArrays(differences: AsyncIterable<Difference>): AsyncGenerator<Differing, void, undefined> {
  let found: Difference[] = [];
  for await (const difference of differences) {
    found.push(difference);
    if (found.length < FOUND_AT_ONCE) continue;
    yield { found, pause: true };
    found = [];
  }
  yield { found };
}

/** The rows flow as the table was when the run looked at it; at the moment of the run it may have been another. */
async function requireShape({ diffed }: DiffLane, { view }: Moment, signal: AbortSignal): Promise<void> {
  const { table } = diffed.change;
  const [then] = await look(view, signal, (session) =>
    introspectTables((sql) => query(session, sql), 'tidb', [table.stream]),
  );
  if (then !== undefined && shapeText(then) === shapeText(table)) return;
  const at = diffed.stream;
  throw millraceError('schema.changed', `${at} was altered while the run began`, { at });
}

function shapeText({ columns, key }: StreamSchema): string {
  return JSON.stringify([columns.map(({ name, type, nullable, generated }) => [name, type, nullable, generated]), key]);
}

function notCompared({ diffed }: DiffLane, why: string): Error {
  const at = diffed.stream;
  return millraceError('cdc.not-compared', `changes of ${at} cannot be found: ${why}`, { at });
}

function sayCost({ pool, diffed }: DiffLane, { scanned, hashes, fetched, requestUnits }: TableCost): void {
  const n = (count: number) => Math.round(count).toLocaleString('en-US');
  const message =
    `${diffed.stream} was compared: ${n(scanned)} rows read inside the database (about ${n(requestUnits)} request units), ` +
    `${n(hashes)} hashes and ${n(fetched)} rows fetched`;
  pool.emit({ event: 'notice', at: new Date().toISOString(), code: 'cdc.compared', message });
}
