import {
  type Counts,
  fullReadOf,
  type Identity,
  type LaneId,
  MillraceError,
  millraceError,
  type Position,
  requireCurrent,
} from '../contract/index.ts';
import { execute, query, rollback } from './query.ts';
import { quoteBytes, quoteText } from './quote.ts';
import { dialectOf } from './server.ts';
import { sameRun, serverRun } from './server-run.ts';
import type { Session } from './session.ts';
import { addCountsSql, freshEpoch, type StateTable } from './state.ts';
import { STATE_FORMAT } from './state-ddl.ts';
import { hashLiteral, pipelineLiteral } from './state-key.ts';

/** A lane taken: whoever had it before can no longer commit. */
export interface Fence {
  readonly lane: LaneId;
  readonly epoch: bigint;
  readonly position: Position | undefined;
  readonly ended: boolean;
}

export interface LaneOpening {
  readonly lane: LaneId;
  /** Set where this process had the lane before: ids of its sessions. A lane that was lost to another process is not taken back. */
  readonly held?: ReadonlySet<number>;
  /** Names of the streams whose rows the lane carries. */
  readonly streams: readonly string[];
  readonly source: Identity;
}

/**
 * Takes a lane's fence and then reads its position, in a transaction of its own that waits for a commit still under way. The connection
 * of the former holder is killed where the server lets us and stands it: frozen, it would hold its row locks. Throws `source.identity-changed`, and
 * `lane.fenced` where another process has opened the lane since this one did.
 */
export async function openFence(session: Session, state: StateTable, opening: LaneOpening): Promise<Fence> {
  const where = state.laneWhere(opening.lane);
  await checkHeld(session, state, opening);
  const run = await serverRun(session);
  await killHolder(session, state.table('_millrace_state'), where, run);
  await execute(session, 'START TRANSACTION');
  try {
    await execute(session, raiseSql(session, state, opening, run));
    const [row] = await query(
      session,
      `SELECT epoch, position, ended, source_identity FROM ${state.table('_millrace_state')} WHERE ${where} FOR UPDATE`,
    );
    const [epoch, position, ended, source] = row!;
    checkSource(opening, String(source));
    await execute(session, 'COMMIT');
    const fence: Fence = {
      lane: opening.lane,
      epoch: BigInt(String(epoch)),
      position: position === null ? undefined : String(position),
      ended: ended === '1',
    };
    await requireOpen(session, state, fence, opening.streams.length > 0);
    return fence;
  } catch (thrown) {
    await rollback(session);
    throw thrown;
  }
}

/** Looked at behind the raise: a read that begins later than this look forgets the lane. One that is over leaves none behind. */
async function requireOpen(
  session: Session,
  state: StateTable,
  { lane, epoch }: Fence,
  carriesRows: boolean,
): Promise<void> {
  const read = fullReadOf(lane);
  if (read === undefined) return;
  try {
    requireCurrent(lane, await state.readState(session, read.stream), carriesRows);
  } catch (thrown) {
    if (thrown instanceof MillraceError && thrown.code === 'lane.fenced') {
      const own = `${state.laneWhere(lane)} AND epoch = ${epoch}`;
      await execute(session, `DELETE FROM ${state.table('_millrace_state')} WHERE ${own}`);
    }
    throw thrown;
  }
}

/** Before anything is done to the one who may have the lane now. Not by the epoch: of a raise that was cut nobody knows whether it took place. */
async function checkHeld(session: Session, state: StateTable, { lane, held }: LaneOpening): Promise<void> {
  if (held === undefined) return;
  const table = state.table('_millrace_state');
  const [row] = await query(session, `SELECT connection_id FROM ${table} WHERE ${state.laneWhere(lane)}`);
  if (row === undefined || !held.has(Number(row[0]))) throw lostLane(lane);
}

/** One statement that makes the lane's row or raises its epoch: it locks the row, so that two openers come one after the other. */
function raiseSql(session: Session, state: StateTable, { lane, streams, source }: LaneOpening, run: string): string {
  const names = quoteText(JSON.stringify(streams));
  const values = [
    pipelineLiteral(state.pipeline),
    hashLiteral(lane),
    quoteText(state.pipelineName),
    quoteText(lane),
    names,
    freshEpoch(),
    session.id,
    quoteText(run),
    quoteText(source),
    STATE_FORMAT,
  ];
  return (
    `INSERT INTO ${state.table('_millrace_state')} (pipeline, lane_hash, pipeline_name, lane, streams, epoch, connection_id, server_run, ` +
    `source_identity, format) VALUES (${values.join(', ')}) ON DUPLICATE KEY UPDATE epoch = epoch + 1, ` +
    `connection_id = ${session.id}, server_run = ${quoteText(run)}, streams = ${names}, source_identity = IF(source_identity = '', ${quoteText(source)}, source_identity)`
  );
}

function checkSource({ lane, source }: LaneOpening, known: string): void {
  if (known === source) return;
  throw millraceError(
    'source.identity-changed',
    `the position of lane ${lane} was taken from ${known}, now it is ${source}`,
    {
      at: lane,
    },
  );
}

/**
 * Kills the connection that last held the lane, where it is still there. Ids are given again by a server that was started anew and by
 * other nodes: only within the life of the server that gave it the id means the holder, and the user must be our own as well.
 *
 * Never on TiDB: KILL of a session that holds nothing but row locks ends the whole server there (seen with 8.5: `BEGIN; SELECT ... FOR UPDATE`,
 * and KILL from elsewhere, with or without QUERY). Its own `tidb_idle_transaction_timeout` frees what a frozen holder has locked.
 */
async function killHolder(session: Session, table: string, where: string, run: string): Promise<void> {
  try {
    const [holder] = await query(session, `SELECT connection_id, server_run, VERSION() FROM ${table} WHERE ${where}`);
    if (holder === undefined || dialectOf(String(holder[2])) === 'tidb' || !sameRun(String(holder[1]), run)) return;
    const [row] = await query(
      session,
      `SELECT ID FROM INFORMATION_SCHEMA.PROCESSLIST WHERE ID = ${String(holder[0])} ` +
        "AND USER = SUBSTRING_INDEX(USER(), '@', 1) AND ID <> CONNECTION_ID()",
    );
    if (row !== undefined) await execute(session, `KILL ${String(row[0])}`);
  } catch (thrown) {
    // It may be gone by now, KILL may not be allowed, and MySQL cannot even list statements that hold a 4-byte character (3854): the
    // fence holds without it, after the lock wait of the server.
    if (session.lost) throw thrown;
  }
}

/** Records that the lane's next transaction runs on another connection. Throws `lane.fenced`. */
export async function moveFence(session: Session, state: StateTable, fence: Fence): Promise<void> {
  const run = quoteText(await serverRun(session));
  await fenced(session, state, fence, `connection_id = ${session.id}, server_run = ${run}`);
}

/**
 * Why a writer failed: `lane.fenced` where the lane is another's by now, who may have taken the very tables away, else what it failed with. The
 * session is one outside of the transaction that failed.
 */
export async function causeOf(
  thrown: unknown,
  session: Session,
  state: StateTable,
  { lane, epoch }: Fence,
): Promise<unknown> {
  const table = state.table('_millrace_state');
  const [row] = await query(session, `SELECT epoch FROM ${table} WHERE ${state.laneWhere(lane)}`);
  return row !== undefined && BigInt(String(row[0])) === epoch ? thrown : lostLane(lane);
}

/** Sets the lane's position inside the open transaction and holds its row until the end. Throws `lane.fenced`. */
export async function advanceFence(
  session: Session,
  state: StateTable,
  fence: Fence,
  { position, ended, counts }: { position: Position; ended: boolean; counts: Counts },
): Promise<void> {
  const sets = [
    `position = ${quoteBytes(Buffer.from(position))}`,
    `ended = ${ended ? 1 : 0}`,
    addCountsSql(counts),
    'committed_at = UTC_TIMESTAMP(6)',
  ];
  await fenced(session, state, fence, sets.join(', '));
}

/** Matched rows are counted, not changed ones: the session has the FOUND_ROWS flag. */
async function fenced(session: Session, state: StateTable, { lane, epoch }: Fence, sets: string): Promise<void> {
  const sql = `UPDATE ${state.table('_millrace_state')} SET ${sets} WHERE ${state.laneWhere(lane)} AND epoch = ${epoch}`;
  const { affected } = await execute(session, sql);
  if (affected !== 1) throw lostLane(lane);
}

function lostLane(lane: LaneId): Error {
  return millraceError('lane.fenced', `lane ${lane} was opened by another process`, { at: lane });
}
