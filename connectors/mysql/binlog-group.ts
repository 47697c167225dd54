import {
  type ColumnType,
  type Group,
  type Lane,
  type LaneId,
  type Message,
  millraceError,
  type Position,
  type Positions,
  type Stage,
  type StreamName,
  type StreamRound,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import {
  type ChangeRead,
  type ChangeTable,
  destroySession,
  endpoint,
  execute,
  quoteTable,
  type SqlPool,
  sqlError,
} from '../sql/index.ts';
import { Charsets, isReadable } from './binlog/charsets.ts';
import { LogDecoder } from './binlog/decoder.ts';
import { openLog } from './binlog/open-log.ts';
import { requireSettings } from './binlog-check.ts';
import {
  LOG_LANE,
  type LogPosition,
  logPosition,
  parsed,
  startLaneId,
  type TableStart,
  tableStart,
} from './binlog-position.ts';
import { changes, type LogRead } from './binlog-read.ts';
import { type LogPoint, passedAt } from './log-point.ts';
import { type LogDialect, logEnd, requireHistory } from './log-status.ts';

/** Seconds that a lock for one look at the log's end may be waited for: as long, others wait behind it. */
const LOCK_SECONDS = 3;
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
  const standings = read.tables.map((table) => standing(table, read.committed));
  const fresh = standings.filter(({ round }) => round?.action === 'begin');
  const rounds = new Map(standings.flatMap(({ stream, round }) => (round === undefined ? [] : [[stream, round]])));
  const copy = read.copy(rounds);
  const position = logPosition(read.committed);
  if (position !== undefined && fresh.length < standings.length) await checked(pool, dialect, position, signal);
  return {
    streams: read.tables.map((table) => table.schema.stream),
    async *stages(stop) {
      if (fresh.length > 0) yield startStage(standings, await beginning(pool, dialect, fresh, stop));
      if (copy !== undefined) for await (const stage of copy.stages(stop)) yield givingWay(stage);
      if (standings.some(({ until }) => until === undefined)) {
        yield copiedStage(standings, await endOf(pool, dialect, stop));
      }
      const anew = new Map<string, string>();
      yield logStage(pool, dialect, read, standings, anew);
      if (anew.size > 0) throw readAnew(anew);
    },
  };
}

/** How far a table has come. */
interface Standing {
  readonly stream: string;
  readonly table: StreamName;
  /** The log was settled for its present copy at this point; absent: it will be in this run. */
  since?: LogPoint;
  /** Where the log ended when the copy had; absent: it will be settled in this run. */
  until?: LogPoint;
  /** What is left of its full read; absent: it is done. */
  readonly round?: StreamRound;
}

/** A copy counts only if it began after the log was settled for the table, and the log was read for it ever since. */
function standing({ schema }: ChangeTable, committed: Positions): Standing {
  const stream = streamText(schema.stream);
  const state = committed.streams.get(stream);
  const start = tableStart(committed, stream);
  const followed = logPosition(committed)?.tables.includes(stream);
  if (followed && start !== undefined && state !== undefined && state.generation >= start.generation) {
    const { since, until } = start;
    const table = schema.stream;
    if (state.phase === 'done') return { stream, table, since, ...(until === undefined ? {} : { until }) };
    return { stream, table, since, round: { generation: state.generation, action: 'resume' } };
  }
  const generation = Math.max(start?.generation ?? 0, state?.generation ?? 0) + 1;
  return { stream, table: schema.stream, round: { generation, action: 'begin' } };
}

/** Before anything is copied: a log that cannot be read on would make the copies worthless. */
async function checked(pool: SqlPool, dialect: LogDialect, { log }: LogPosition, signal: AbortSignal): Promise<void> {
  await using lease = await pool.lease('read', signal);
  await requireHistory(lease.session, dialect, log);
}

/**
 * From where on the log is read for tables that are about to be copied: whatever is before it can be seen by the copy. A place in a file passes
 * transactions that are written and not yet to be seen; none can be under way in a table that nobody may write to.
 */
async function beginning(
  pool: SqlPool,
  dialect: LogDialect,
  fresh: readonly Standing[],
  signal: AbortSignal,
): Promise<LogPoint> {
  const end = await endOf(pool, dialect, signal);
  if ('gtid' in end) return end;
  await using lease = await pool.lease('read', signal);
  const { session } = lease;
  try {
    await execute(session, `SET SESSION lock_wait_timeout = ${LOCK_SECONDS}`);
    await execute(session, `LOCK TABLES ${fresh.map(({ table }) => `${quoteTable(table)} READ`).join(', ')}`);
    return await logEnd(session, dialect);
  } finally {
    // Its locks and settings go with it.
    destroySession(session);
  }
}

async function endOf(pool: SqlPool, dialect: LogDialect, signal: AbortSignal): Promise<LogPoint> {
  await using lease = await pool.lease('read', signal);
  await requireSettings(lease.session, dialect);
  return await logEnd(lease.session, dialect);
}

/** Settles from where the log is read, for the tables whose copy is about to begin. The log's lane goes on later. */
function startStage(standings: readonly Standing[], now: LogPoint): Stage {
  const lanes = standings.flatMap((one) => {
    if (one.round?.action !== 'begin') return [];
    one.since = now;
    const start: TableStart = { version: 1, generation: one.round.generation, since: now };
    return [settling(startLaneId(one.stream), () => start)];
  });
  return { streams: [], lanes: [...lanes, settling(LOG_LANE, (after) => settled(after, standings, now))] };
}

/** The copies are whole: changes up to the log's present end may be older than they are, and later ones are not. */
function copiedStage(standings: readonly Standing[], now: LogPoint): Stage {
  const lanes = standings.flatMap((one) => {
    if (one.until !== undefined) return [];
    one.until = now;
    return [settling(startLaneId(one.stream), (after) => ({ ...parsed<TableStart>(after)!, until: now }))];
  });
  return { streams: [], lanes };
}

/** Rows of a copy are read at different times: two of them may have had the same unique value one after the other. The log brings both again. */
function givingWay(stage: Stage): Stage {
  return {
    ...stage,
    lanes: stage.lanes.map((lane) => ({
      ...lane,
      async *read(after, signal) {
        for await (const message of lane.read(after, signal)) {
          yield message.kind === 'batch' ? { ...message, catchingUp: true } : message;
        }
      },
    })),
  };
}

/** A lane that only states a position, and never ends. */
function settling(id: LaneId, position: (after: Position | undefined) => TableStart | LogPosition): Lane {
  return {
    id,
    async *read(after): AsyncGenerator<Message> {
      yield { kind: 'checkpoint', position: JSON.stringify(position(after)), idle: true };
    },
  };
}

/**
 * Where no table was followed before, the log begins now. Of a transaction that was split all rows come again: those that were counted may
 * have been of other tables.
 */
function settled(after: Position | undefined, standings: readonly Standing[], now: LogPoint): LogPosition {
  const begins = standings.every(({ round }) => round?.action === 'begin');
  const log = begins ? now : (parsed<LogPosition>(after)?.log ?? now);
  return { version: 1, log, tables: standings.map(({ stream }) => stream) };
}

/** The position does not name these tables any more: who begins from it copies them. */
function readAnew(tables: ReadonlyMap<string, string>): Error {
  const at = [...tables.keys()].join(', ');
  const what = [...new Set(tables.values())].join(', ');
  return millraceError('cdc.replaced', `${at}: by ${what} in the log it is another table now, and is copied anew`, {
    at,
  });
}

/** `anew` is told of tables that have to be copied once more. */
function logStage(
  pool: SqlPool,
  dialect: LogDialect,
  read: ChangeRead,
  standings: readonly Standing[],
  anew: Map<string, string>,
): Stage {
  const bounds = {
    replaced: (stream: string, what: string, isThere: boolean) => {
      if (isThere) anew.set(stream, what);
      else sayGone(pool, stream, what);
    },
    since: new Map(standings.map(({ stream, since }) => [stream, since])),
    until: new Map(standings.map(({ stream, until }) => [stream, until])),
  };
  const lane: Lane = {
    id: LOG_LANE,
    aheadBytes: AHEAD_BYTES,
    read: (after, signal) => readLane(pool, dialect, read, bounds, after, signal),
  };
  return { lanes: [lane], streams: read.tables.map(({ schema }) => ({ schema })) };
}

/** About what one commit takes: while that is applied, the next is taken apart. */
const AHEAD_BYTES = 16 * 1024 * 1024;

function sayGone(pool: SqlPool, stream: string, what: string): void {
  pool.notice(
    'cdc.gone',
    `${stream} is not there any more (${what}): its rows stay in the target, and the log goes on without it`,
  );
}

async function* readLane(
  pool: SqlPool,
  dialect: LogDialect,
  read: ChangeRead,
  bounds: Pick<LogRead, 'since' | 'until' | 'replaced'>,
  after: Position | undefined,
  signal: AbortSignal,
): AsyncGenerator<Message, void, undefined> {
  const position = parsed<LogPosition>(after);
  if (position === undefined)
    throw millraceError('source.history-lost', 'the position in the log was forgotten meanwhile');
  const look = await lookedAt(pool, dialect, position, signal);
  if (look === undefined && read.follow !== true) return;
  const tables = await read.look(signal);
  for (const stream of missing(read.tables, tables)) sayGone(pool, stream, 'it was dropped or renamed');
  yield* changedSince(read.tables, tables, position);
  const at = endpoint(pool.config);
  const names = new Set(tables.map(({ schema }) => streamText(schema.stream)));
  using _awake = pool.awake();
  await using log = await openLog(
    {
      dialect,
      connection: await pool.wireOptions(CONNECT_MS),
      from: position.log,
      follow: read.follow === true,
      at,
      onError: (thrown) => sqlError(thrown, 'source', at),
    },
    signal,
  );
  const decoder = new LogDecoder({ from: position.log, at, isWanted: (table) => names.has(streamText(table)) });
  const charsets = new Charsets();
  yield* changes(log, decoder, {
    position: sameTables(position, tables) ? position : withoutRows(position),
    ...bounds,
    tables,
    look: () => read.look(signal),
    learn: async (collations, table) => {
      await using lease = await pool.lease('read', signal);
      await charsets.learn(lease.session, collations, table);
    },
    charsets,
    ...(read.follow === true ? {} : { end: look! }),
    layout: read.layout,
    maxRowBytes: read.maxRowBytes,
    ...(read.before === undefined ? {} : { before: read.before }),
  });
}

/** The log from its end on, to be looked at: no table of the read was copied. */
export async function* watchedLog(
  pool: SqlPool,
  dialect: LogDialect,
  read: ChangeRead,
  signal: AbortSignal,
): AsyncGenerator<Message, void, undefined> {
  const log = await endOf(pool, dialect, signal);
  const position: LogPosition = { version: 1, log, tables: read.tables.map(({ schema }) => streamText(schema.stream)) };
  const bounds = { since: new Map(), until: new Map() };
  yield* readLane(pool, dialect, { ...read, follow: true }, bounds, JSON.stringify(position), signal);
}

/** Where the log ends; undefined: everything before it is committed already. Throws where it cannot be read on. */
async function lookedAt(
  pool: SqlPool,
  dialect: LogDialect,
  { log }: LogPosition,
  signal: AbortSignal,
): Promise<LogPoint | undefined> {
  await using lease = await pool.lease('read', signal);
  const { session } = lease;
  await requireSettings(session, dialect);
  const end = await logEnd(session, dialect);
  if (passedAt(log).includes(end)) return undefined;
  await requireHistory(session, dialect, log);
  return end;
}

function missing(planned: readonly ChangeTable[], now: readonly ChangeTable[]): string[] {
  const there = new Set(now.map(({ schema }) => streamText(schema.stream)));
  return planned.map(({ schema }) => streamText(schema.stream)).filter((stream) => !there.has(stream));
}

/** Tables that were altered between the look at which their targets were planned and now. */
function* changedSince(
  planned: readonly ChangeTable[],
  tables: readonly ChangeTable[],
  position: LogPosition,
): Generator<Message> {
  const known = new Map(planned.map(({ schema }) => [streamText(schema.stream), schema]));
  for (const { schema: after } of tables) {
    const before = known.get(streamText(after.stream))!;
    if (columnsText(before) === columnsText(after)) continue;
    yield { kind: 'checkpoint', position: JSON.stringify(position) };
    yield { kind: 'schema', before, after };
  }
}

function columnsText({ columns, key }: StreamSchema): string {
  return JSON.stringify([columns, key]);
}

/** The rows of a transaction that was split were counted over these tables. */
function sameTables({ tables }: LogPosition, now: readonly ChangeTable[]): boolean {
  const names = new Set(now.map(({ schema }) => streamText(schema.stream)));
  return tables.length === names.size && tables.every((table) => names.has(table));
}

function withoutRows({ rows: _, ...position }: LogPosition): LogPosition {
  return position;
}

/** Throws for what the log does not give, or not exactly. */
export function requireCarried({ request, schema }: ChangeTable): void {
  const at = streamText(schema.stream);
  const refuse = (what: string, fix: string) => millraceError('config.invalid', `${at}: ${what}`, { at, fix });
  if (request.where !== undefined) throw refuse('`where` cannot be asked of the log', 'Leave it out, or read `full`.');
  if (schema.key === undefined || request.once) {
    throw refuse(
      'changes are found by key, and rows come again while it is copied',
      'Write by `upsert`, to a table with a key.',
    );
  }
  for (const { name, type, native, generated } of schema.columns) {
    if (generated !== undefined || request.protect?.[name]?.kind === 'mask') continue;
    if (request.protect?.[name] !== undefined)
      throw refuse(`\`hash\` of ${name} cannot be made of the log`, 'Use `mask`.');
    const why = notCarried(type, native);
    if (why === undefined) continue;
    throw millraceError('type.unsupported', `${at}.${name} ${why}, which is not read from the log`, {
      at: `${at}.${name}`,
      fix: `Leave it out (\`exclude_columns: [${name}]\`), or read the table by \`full\`.`,
    });
  }
}

/** Why a column's values in the log cannot be made the same as a copy gives; undefined: they are. */
function notCarried(type: ColumnType, native = ''): string | undefined {
  if (/ COMPRESSED\b/.test(native)) return 'is COMPRESSED';
  if (type.kind === 'unknown' && type.as === 'text') return 'is taken as text';
  const charset = 'charset' in type ? type.charset : undefined;
  return isReadable(charset) ? undefined : `is text in ${charset}`;
}
