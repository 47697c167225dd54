import {
  type Group,
  type Lane,
  type Message,
  millraceError,
  type Position,
  type Positions,
  type Stage,
  type StreamRound,
  streamText,
} from '../contract/index.ts';
import { type ChangeRead, type ChangeTable, type SqlPool, sqlError } from '../sql/index.ts';
import { readLog } from './binlog-events.ts';
import { type CapturedTable, type LogPosition, logPositionText, parseLogPosition } from './binlog-position.ts';
import { changes } from './binlog-read.ts';
import { isCarried } from './binlog-values.ts';
import { passedAt } from './log-point.ts';
import { type LogDialect, logEnd, requireHistory } from './log-status.ts';

/** The log of a server is one lane for all tables that are read by it. */
const LANE = 'binlog';

/** Milliseconds for a connection to the log of a server that is awake. */
const CONNECT_MS = 30_000;

/**
 * Copy, then changes: a lane that settles from where the log is to be read, full reads, and the log's lane from there, which never ends for
 * good. What changed while a table was copied comes again by the log, so that by key the target converges. Tables that are new go through
 * the first two steps; a change of theirs before the copy began is not sent.
 */
export async function logGroup(
  pool: SqlPool,
  dialect: LogDialect,
  read: ChangeRead,
  signal: AbortSignal,
): Promise<Group> {
  for (const table of read.tables) requireCarried(table, dialect);
  const log = read.committed.lanes.get(LANE);
  const position = log === undefined ? undefined : parseLogPosition(log.position);
  const standings = read.tables.map((table) => standing(table, position, read.committed));
  const fresh = standings.filter((one) => one.round?.action === 'begin');
  const rounds = new Map(standings.flatMap(({ stream, round }) => (round === undefined ? [] : [[stream, round]])));
  const copy = read.copy(rounds);
  if (position !== undefined && fresh.length < standings.length) await checked(pool, dialect, position, signal);
  return {
    streams: read.tables.map((table) => table.schema.stream),
    async *stages(stop) {
      if (fresh.length > 0) yield { streams: [], lanes: [startLane(pool, dialect, standings)] };
      if (copy !== undefined) yield* copy.stages(stop);
      yield logStage(pool, dialect, read);
    },
  };
}

/** How far a table has come. */
interface Standing {
  readonly stream: string;
  readonly captured: CapturedTable;
  /** What is left of its full read; absent: it is done. */
  readonly round?: StreamRound;
}

/** A copy counts only if it began after the log was settled for the table, and was not forgotten since. */
function standing({ schema }: ChangeTable, position: LogPosition | undefined, committed: Positions): Standing {
  const stream = streamText(schema.stream);
  const captured = position?.tables[stream];
  const state = committed.streams.get(stream);
  if (captured !== undefined && state !== undefined && state.generation >= captured.generation) {
    if (state.phase === 'done') return { stream, captured };
    return { stream, captured, round: { generation: state.generation, action: 'resume' } };
  }
  const generation = Math.max(captured?.generation ?? 0, state?.generation ?? 0) + 1;
  return { stream, captured: { generation }, round: { generation, action: 'begin' } };
}

/** Before anything is copied: a log that cannot be read on would make the copies worthless. */
async function checked(pool: SqlPool, dialect: LogDialect, { log }: LogPosition, signal: AbortSignal): Promise<void> {
  await using lease = await pool.lease('read', signal);
  await requireHistory(lease.session, dialect, log);
}

/** Settles where the log is to be read from, for tables whose copy is about to begin. The lane goes on later. */
function startLane(pool: SqlPool, dialect: LogDialect, standings: readonly Standing[]): Lane {
  return {
    id: LANE,
    async *read(after, signal): AsyncGenerator<Message> {
      await using lease = await pool.lease('read', signal);
      const now = await logEnd(lease.session, dialect);
      yield { kind: 'checkpoint', position: settled(after, standings, now), idle: true };
    },
  };
}

/** Where no table was copied before, the log begins now. Rows of a transaction that was split come again: what was counted may be other tables'. */
function settled(after: Position | undefined, standings: readonly Standing[], now: LogPosition['log']): Position {
  const kept = standings
    .filter((one) => one.round?.action !== 'begin')
    .map(({ stream, captured }) => [stream, captured]);
  const log = after === undefined || kept.length === 0 ? now : parseLogPosition(after).log;
  const since = passedAt(log).includes(now) ? {} : { since: now };
  const fresh = standings
    .filter((one) => one.round?.action === 'begin')
    .map(({ stream, captured }) => [stream, { ...captured, ...since }]);
  return logPositionText({ version: 1, log, tables: Object.fromEntries([...kept, ...fresh]) });
}

function logStage(pool: SqlPool, dialect: LogDialect, read: ChangeRead): Stage {
  const lane: Lane = { id: LANE, read: (after, signal) => readLane(pool, dialect, read, after, signal) };
  return { lanes: [lane], streams: read.tables.map(({ schema }) => ({ schema })) };
}

async function* readLane(
  pool: SqlPool,
  dialect: LogDialect,
  read: ChangeRead,
  after: Position | undefined,
  signal: AbortSignal,
): AsyncGenerator<Message, void, undefined> {
  if (after === undefined)
    throw millraceError('source.history-lost', 'the position in the log was forgotten meanwhile');
  const position = parseLogPosition(after);
  // Held while the log is read: the server is awake as long.
  await using lease = await pool.lease('read', signal);
  const { session } = lease;
  const end = await logEnd(session, dialect);
  if (passedAt(position.log).includes(end)) return;
  await requireHistory(session, dialect, position.log);
  const events = readLog(
    {
      connection: await pool.wireOptions(CONNECT_MS),
      from: position.log,
      tables: read.tables.map(({ schema }) => schema.stream),
      at: session.at,
      onError: (thrown) => sqlError(thrown, 'source', session.at),
    },
    signal,
  );
  yield* changes(events, {
    position,
    tables: await read.look(signal),
    look: () => read.look(signal),
    end,
    layout: read.layout,
    maxRowBytes: read.maxRowBytes,
  });
}

/** Throws for what the log does not give, or not exactly. */
function requireCarried({ request, schema }: ChangeTable, dialect: LogDialect): void {
  const at = streamText(schema.stream);
  const refuse = (what: string, fix: string) => millraceError('config.invalid', `${at}: ${what}`, { at, fix });
  if (request.where !== undefined) throw refuse('`where` cannot be asked of the log', 'Leave it out, or read `full`.');
  if (schema.key === undefined || request.once) {
    throw refuse(
      'changes are found by key, and rows come again while it is copied',
      'Write by `upsert`, to a table with a key.',
    );
  }
  for (const { name, type, generated } of schema.columns) {
    if (generated !== undefined || request.protect?.[name]?.kind === 'mask') continue;
    if (request.protect?.[name] !== undefined)
      throw refuse(`\`hash\` of ${name} cannot be made of the log`, 'Use `mask`.');
    if (!isCarried(type, dialect)) {
      throw millraceError('type.unsupported', `${at}.${name} is of a type that is not read from the log yet`, {
        at: `${at}.${name}`,
        fix: `Leave it out (\`exclude_columns: [${name}]\`), or read the table by \`full\`.`,
      });
    }
  }
}
