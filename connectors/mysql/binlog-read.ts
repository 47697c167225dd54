import {
  type Batch,
  type Message,
  millraceError,
  OP,
  type Position,
  type StreamName,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import type { ChangeTable } from '../sql/index.ts';
import type { LogDecoder } from './binlog/decoder.ts';
import type { LogEvent, RowsEvent } from './binlog/event.ts';
import type { OpenLog } from './binlog/open-log.ts';
import { payloadEvents } from './binlog/payload.ts';
import type { TableMap } from './binlog/table-map.ts';
import type { Packet } from './binlog/wire.ts';
import { sameDefault } from './binlog-added.ts';
import { changedColumn } from './binlog-modified.ts';
import type { LogPosition } from './binlog-position.ts';
import { ChangeBatch, collationsOf, type RowShape, rowShape, type ShapeOptions } from './binlog-shape.ts';
import { type StatementEffect, statementEffect } from './binlog-statement.ts';
import { beforeTest, type LogMark, type LogPoint, type Passed, passedAt } from './log-point.ts';

/** Changes are handed on at this many rows or bytes, or after so long. */
const BATCH_ROWS = 5000;
const BATCH_BYTES = 1024 * 1024;
const BATCH_MS = 1000;

/** A log that is followed is caught up when nothing came for so long, or when nothing waits and the first change has waited for so long. */
const QUIET_MS = 3;
const WAITED_MS = 20;
const IDLE_MS = 1000;
/** The clock is asked at each so many transactions. */
const LATE_EVERY = 64;

/** By `streamText`: the table was copied after this point, and has its changes from before it already. */
export type Since = ReadonlyMap<string, LogPoint | undefined>;
/** By `streamText`: changes up to this point may be older than rows of the table's copy. */
export type Until = ReadonlyMap<string, LogPoint | undefined>;

export interface LogRead extends ShapeOptions {
  readonly position: LogPosition;
  readonly since: Since;
  readonly until: Until;
  readonly tables: readonly ChangeTable[];
  /** The tables as they are now. */
  readonly look: () => Promise<readonly ChangeTable[]>;
  /**
   * Told of each table that is another one now under the same name (`isThere`), or gone. Its changes are not taken any more; the read ends where
   * one is to be copied anew. Absent: the log stops there.
   */
  readonly replaced?: (stream: string, what: string, isThere: boolean) => void;
  /** Makes known what text of these collations means. */
  readonly learn: (collations: readonly number[], table: string) => Promise<void>;
  /** Where the log ended when the read began: there it ends. Absent: it is followed. */
  readonly end?: LogPoint;
  /** Images before changes are wanted too. */
  readonly before?: true;
}

/** A log as messages, up to the first end of a transaction behind `end`; without one, until the log says that it is over. */
export async function* changes(
  log: OpenLog,
  decoder: LogDecoder,
  read: LogRead,
): AsyncGenerator<Message, void, undefined> {
  const state = new LogState(read);
  for (;;) {
    const packets = await log.take(state.patienceMs);
    if (packets === undefined) break;
    yield* events(packets, decoder, state);
    if (state.atEnd) break;
    if (state.isCaughtUp(packets.length)) yield* state.close();
  }
  yield* state.close();
}

async function* events(
  packets: readonly Packet[],
  decoder: LogDecoder,
  state: LogState,
): AsyncGenerator<Message, void, undefined> {
  for (let i = 0; i < packets.length; i++) {
    const { buffer, start, end } = packets[i]!;
    const event = decoder.read(buffer, start, end);
    if (event === undefined) continue;
    if (event.kind === 'payload') {
      for await (const inner of payloadEvents(event)) yield* innerEvents(inner, decoder, state);
      continue;
    }
    const due = state.take(event);
    if (due !== undefined) yield* due;
  }
}

async function* innerEvents(
  packets: readonly Packet[],
  decoder: LogDecoder,
  state: LogState,
): AsyncGenerator<Message, void, undefined> {
  for (const { buffer, start, end } of packets) {
    const event = decoder.event(buffer, start, end);
    const due = event === undefined || event.kind === 'payload' ? undefined : state.take(event);
    if (due !== undefined) yield* due;
  }
}

type Taken = Exclude<LogEvent, { kind: 'payload' }>;
type Due = Iterable<Message> | AsyncIterable<Message> | undefined;

/** A table as it is read at present. */
interface Reading {
  readonly table: ChangeTable;
  /** Whether a change is in the table's copy already; absent: no more. */
  readonly isCopied: ((mark: LogMark) => boolean) | undefined;
  readonly shapes: Map<TableMap, RowShape>;
  /** The columns as the newest rows were written. */
  newest?: TableMap | undefined;
  /** Changes up to here may be older than rows of the copy; absent: no more. */
  until?: LogPoint | undefined;
  /** Bytes that its last batch had. */
  room: number;
}

const nothing = { rows: 0, bytes: 0 };

/** Where a read of the log stands: what was passed, and what was taken and not yet handed on. */
class LogState {
  readonly #read: LogRead;
  readonly #passed: Passed;
  readonly #tables = new Map<string, Reading>();
  /** By stream; a batch has one shape. */
  readonly #filling = new Map<string, ChangeBatch>();
  #filled: Batch[] = [];
  #rows = 0;
  #bytes = 0;
  /** Of both, what is of transactions that have ended. */
  #ended = nothing;
  #handedAt = performance.now();
  /** When the first change that was not handed on came. */
  #waitsSince = 0;
  /** Transactions since something was handed on. */
  #transactions = 0;
  /** Changed rows of the open transaction so far, and those of it that were committed by an earlier run. */
  #inside = 0;
  #skip: number;
  #inTransaction = false;
  /** Something of the open transaction was handed on: its end is then, or the next would be glued to it. */
  #isSplit = false;
  #wasCaughtUp = false;
  /** A table has to be copied anew before the log goes on. */
  #isOver = false;
  #committedAt: Date | undefined;

  constructor(read: LogRead) {
    this.#read = read;
    this.#passed = passedAt(read.position.log);
    this.#skip = read.position.rows ?? 0;
    this.#learn(read.tables);
  }

  /** How long it makes sense to wait for more before what is there is handed on. */
  get patienceMs(): number {
    return this.#rows > 0 && !this.#inTransaction ? QUIET_MS : IDLE_MS;
  }

  get atEnd(): boolean {
    const { end } = this.#read;
    return !this.#inTransaction && (this.#isOver || (end !== undefined && this.#passed.includes(end)));
  }

  /** Whether a log that is followed has nothing more at present, which has not been said. */
  isCaughtUp(packets: number): boolean {
    if (this.#read.end !== undefined || this.#inTransaction) return false;
    // That there was nothing from the beginning is said once.
    if (packets === 0) return this.#transactions > 0 || !this.#wasCaughtUp;
    return this.#transactions > 0 && this.#rows > 0 && performance.now() - this.#waitsSince > WAITED_MS;
  }

  /** Messages that are due after the event. */
  take(event: Taken): Due {
    if (event.kind === 'rows') return this.#takeRows(event);
    if (event.kind === 'statement') return this.#statement(event);
    return this.#commit(event.mark, event.at);
  }

  #takeRows(event: RowsEvent): Due {
    this.#inTransaction = true;
    const reading = this.#tables.get(streamText(event.map.table));
    if (reading === undefined || reading.isCopied?.(event.mark)) return undefined;
    const shape = reading.shapes.get(event.map);
    if (shape === undefined) return this.#newShape(reading, event);
    this.#add(shape, event);
    return this.#isLarge ? this.#handOn({ split: true }) : undefined;
  }

  /** The first rows under columns that were not met before. */
  async *#newShape(reading: Reading, event: RowsEvent): AsyncGenerator<Message, void, undefined> {
    const { table, shapes } = reading;
    await this.#read.learn(collationsOf(table, event.map), streamText(event.map.table));
    const shape = rowShape(table, event.map, this.#read);
    shapes.set(event.map, shape);
    reading.newest = event.map;
    this.#add(shape, event);
    if (this.#isLarge) yield* this.#handOn({ split: true });
  }

  #add(shape: RowShape, event: RowsEvent): void {
    const batch = this.#batch(shape);
    const [rows, bytes] = [batch.rows, batch.bytes];
    this.#inside += batch.add(event, Math.max(0, this.#skip - this.#inside));
    if (this.#rows === 0) this.#waitsSince = performance.now();
    this.#rows += batch.rows - rows;
    this.#bytes += batch.bytes - bytes;
  }

  #commit(mark: LogMark, at: Date): Due {
    this.#passed.add(mark);
    this.#transactions++;
    this.#inTransaction = false;
    this.#inside = 0;
    this.#skip = 0;
    this.#committedAt = at;
    this.#ended = { rows: this.#rows, bytes: this.#bytes };
    if (this.#isFull || this.#isSplit) return this.#handOn({});
    if (this.#transactions % LATE_EVERY !== 0 || this.#rows === 0) return undefined;
    return performance.now() - this.#handedAt > BATCH_MS ? this.#handOn({}) : undefined;
  }

  async *#statement(event: Extract<LogEvent, { kind: 'statement' }>): AsyncGenerator<Message, void, undefined> {
    const effect = statementEffect(event.sql, event.database);
    const touched = effect === undefined ? [] : this.#touched(effect, event.mark);
    if (effect?.what === 'ROLLBACK' && this.#inside > 0) throw notFollowed(effect, [...this.#tables.keys()]);
    if (touched.length > 0 && effect?.effect === 'lost') throw notFollowed(effect, touched);
    if (effect !== undefined && touched.length > 0) yield* this.#follow(touched, effect, event.at);
    if (event.alone) yield* this.#commit(event.mark, event.at) ?? [];
  }

  #follow(touched: readonly string[], effect: StatementEffect, at: Date): AsyncIterable<Message> | Iterable<Message> {
    if (effect.effect === 'emptied') return this.#empty(touched, at);
    return effect.effect === 'replaced' ? this.#replace(touched, effect) : this.#reshape(touched, effect);
  }

  /** A batch of its own, right after a checkpoint. */
  *#empty(touched: readonly string[], at: Date): Generator<Message> {
    for (const stream of touched) {
      yield* this.#handOn({});
      yield emptied(this.#tables.get(stream)!.table.schema);
    }
    this.#committedAt = at;
    this.#isSplit = true;
  }

  /**
   * The position names the tables whose changes were taken: from before the statement on it does not name these. Whoever goes on from it copies
   * what is there under the name.
   */
  async *#replace(touched: readonly string[], effect: StatementEffect): AsyncGenerator<Message, void, undefined> {
    const there = new Set((await this.#read.look()).map(({ schema }) => streamText(schema.stream)));
    yield* this.#leave(touched, effect, there);
  }

  *#leave(touched: readonly string[], effect: StatementEffect, there: ReadonlySet<string>): Generator<Message> {
    const { replaced } = this.#read;
    if (replaced === undefined) throw notFollowed(effect, touched);
    for (const stream of touched) this.#tables.delete(stream);
    yield* this.#handOn({});
    for (const stream of touched) replaced(stream, effect.what, there.has(stream));
    this.#isOver ||= touched.some((stream) => there.has(stream));
  }

  /** What is left is handed on, and there is nothing more for now. */
  *close(): Generator<Message> {
    if (this.#inTransaction) return;
    yield* this.#handOn({ idle: true });
  }

  get #isFull(): boolean {
    return this.#rows >= BATCH_ROWS || this.#bytes >= BATCH_BYTES;
  }

  /** The open transaction alone is more than what is handed on at once. A smaller one is waited for, so that its end is in the same batch. */
  get #isLarge(): boolean {
    return this.#rows - this.#ended.rows >= BATCH_ROWS || this.#bytes - this.#ended.bytes >= BATCH_BYTES;
  }

  #learn(tables: readonly ChangeTable[]): void {
    for (const table of tables) {
      const stream = streamText(table.schema.stream);
      const known = this.#tables.get(stream);
      const isCopied = known === undefined ? this.#copied(stream) : known.isCopied;
      const until = known === undefined ? this.#read.until.get(stream) : known.until;
      this.#tables.set(stream, { table, isCopied, shapes: new Map(), newest: known?.newest, until, room: 0 });
    }
  }

  #copied(stream: string): Reading['isCopied'] {
    const since = this.#read.since.get(stream);
    return since === undefined || this.#passed.includes(since) ? undefined : beforeTest(since);
  }

  #batch(shape: RowShape): ChangeBatch {
    const filling = this.#filling.get(shape.stream);
    if (filling?.shape === shape) return filling;
    if (filling !== undefined && filling.rows > 0) this.#filled.push(filling.take());
    const catchingUp = this.#isCatchingUp(shape.stream);
    const { room } = this.#tables.get(shape.stream)!;
    const batch = new ChangeBatch(shape, { catchingUp, before: this.#read.before === true, room });
    this.#filling.set(shape.stream, batch);
    return batch;
  }

  #isCatchingUp(stream: string): boolean {
    const reading = this.#tables.get(stream)!;
    if (reading.until !== undefined && this.#passed.includes(reading.until)) reading.until = undefined;
    return reading.until !== undefined;
  }

  #touched({ tables, database }: StatementEffect, mark: LogMark): string[] {
    const names = new Set(tables.map(streamText));
    const isMeant = (stream: StreamName) => names.has(streamText(stream)) || stream.namespace === database;
    return [...this.#tables]
      .filter(([, reading]) => isMeant(reading.table.schema.stream) && reading.isCopied?.(mark) !== true)
      .map(([stream]) => stream);
  }

  /** The position is before the statement: whoever goes on from it meets the statement again. */
  async *#reshape(touched: readonly string[], effect: StatementEffect): AsyncGenerator<Message, void, undefined> {
    yield* this.#handOn({});
    const before = new Map(this.#tables);
    const now = (await this.#read.look()).filter(({ schema }) => before.has(streamText(schema.stream)));
    const there = new Set(now.map(({ schema }) => streamText(schema.stream)));
    this.#learn(now);
    const gone = touched.filter((stream) => !there.has(stream));
    if (gone.length > 0) yield* this.#leave(gone, effect, there);
    for (const stream of touched.filter((one) => there.has(one))) {
      const now = this.#tables.get(stream)!;
      const changed = changedColumn(before.get(stream)!.table, now.table, now.newest, effect);
      if (changed !== undefined) {
        throw notFollowed({ ...effect, what: `an ALTER TABLE of ${changed} that may have changed values` }, [stream]);
      }
      const other = otherDefault(now.table, effect);
      if (other !== undefined)
        throw notFollowed({ ...effect, what: `a default of ${other} that was changed later` }, [stream]);
      yield {
        kind: 'schema',
        before: before.get(stream)!.table.schema,
        after: this.#tables.get(stream)!.table.schema,
      };
    }
  }

  *#handOn(kind: { readonly split?: true; readonly idle?: true }): Generator<Message> {
    const batches = [
      ...this.#filled,
      ...[...this.#filling.values()].filter(({ rows }) => rows > 0).map((one) => one.take()),
    ];
    this.#filled = [];
    this.#filling.clear();
    this.#rows = 0;
    this.#bytes = 0;
    this.#ended = nothing;
    this.#handedAt = performance.now();
    this.#transactions = 0;
    this.#isSplit = kind.split === true;
    this.#wasCaughtUp ||= kind.idle === true;
    for (const batch of batches) this.#expect(batch);
    yield* batches;
    const at = this.#committedAt;
    yield { kind: 'checkpoint', position: this.#position(), ...kind, ...(at === undefined ? {} : { committedAt: at }) };
  }

  /** The next batch of the table will be about as large. */
  #expect({ schema, rows }: Batch): void {
    const reading = this.#tables.get(streamText(schema.stream));
    if (reading !== undefined)
      reading.room = Math.min(rows.bytes.length + BATCH_BYTES / 16, BATCH_BYTES + BATCH_BYTES / 4);
  }

  #position(): Position {
    const position: LogPosition = {
      version: 1,
      log: this.#passed.point(),
      ...(this.#inside === 0 ? {} : { rows: Math.max(this.#inside, this.#skip) }),
      tables: [...this.#tables.keys()],
    };
    return JSON.stringify(position);
  }
}

/** A column that was added with another default than it has now: rows from before have a value that is nowhere any more. */
function otherDefault({ table }: ChangeTable, { added = new Map() }: StatementEffect): string | undefined {
  const column = table.columns.find(({ name, generated, default: now }) => {
    if (generated !== undefined || !added.has(name)) return false;
    return now?.kind === 'expression' || !sameDefault(added.get(name), now?.text ?? null);
  });
  return column?.name;
}

/** All rows of a table are gone at once. */
function emptied(schema: StreamSchema): Batch {
  const one = { bytes: new Uint8Array(0), ends: Uint32Array.of(0) };
  return { kind: 'batch', schema, rows: one, keys: one, ops: Uint8Array.of(OP.truncate) };
}

function notFollowed({ what }: StatementEffect, streams: readonly string[]): Error {
  const at = streams.join(', ');
  return millraceError('cdc.not-followed', `the log has ${what}, which cannot be followed on ${at}`, { at });
}
