import {
  type Batch,
  type Message,
  millraceError,
  type Position,
  type StreamName,
  streamText,
} from '../contract/index.ts';
import type { ChangeTable } from '../sql/index.ts';
import { sameDefault } from './binlog-added.ts';
import type { LogEvent } from './binlog-events.ts';
import type { LogPosition } from './binlog-position.ts';
import { ChangeBatch, type RowShape, rowShape, type ShapeOptions } from './binlog-shape.ts';
import { type StatementEffect, statementEffect } from './binlog-statement.ts';
import { beforeTest, type LogMark, type LogPoint, type Passed, passedAt } from './log-point.ts';

/** Changes are handed on at this many rows or bytes, or after so long. */
const BATCH_ROWS = 5000;
const BATCH_BYTES = 1024 * 1024;
const BATCH_MS = 1000;

/** By `streamText`: the table was copied after this point, and has its changes from before it already. */
export type Since = ReadonlyMap<string, LogPoint | undefined>;

export interface LogRead extends ShapeOptions {
  readonly position: LogPosition;
  readonly since: Since;
  readonly tables: readonly ChangeTable[];
  /** The tables as they are now. */
  readonly look: () => Promise<readonly ChangeTable[]>;
  /** Where the log ended when the read began: there it ends. */
  readonly end: LogPoint;
}

/** Events of a log as messages, up to the first end of a transaction behind `end`. */
export async function* changes(
  events: AsyncIterable<LogEvent>,
  read: LogRead,
): AsyncGenerator<Message, void, undefined> {
  const state = new LogState(read);
  for await (const event of events) {
    if (event.kind === 'rows') yield* state.rows(event);
    else if (event.kind === 'statement') yield* state.statement(event);
    else yield* state.commit(event.mark, event.at);
    if (state.atEnd) break;
  }
  yield* state.close();
}

/** A table as it is read at present. */
interface Reading {
  readonly table: ChangeTable;
  /** Whether a change is in the table's copy already; absent: no more. */
  readonly isCopied: ((mark: LogMark) => boolean) | undefined;
  readonly shapes: Map<string, RowShape>;
}

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
  #handedAt = performance.now();
  /** Changed rows of the open transaction so far, and those of it that were committed by an earlier run. */
  #inside = 0;
  #skip: number;
  #inTransaction = false;
  #committedAt: Date | undefined;

  constructor(read: LogRead) {
    this.#read = read;
    this.#passed = passedAt(read.position.log);
    this.#skip = read.position.rows ?? 0;
    this.#learn(read.tables);
  }

  get atEnd(): boolean {
    return !this.#inTransaction && this.#passed.includes(this.#read.end);
  }

  *rows(event: Extract<LogEvent, { kind: 'rows' }>): Generator<Message> {
    this.#inTransaction = true;
    const reading = this.#tables.get(streamText(event.table));
    if (reading === undefined || reading.isCopied?.(event.mark)) return;
    const batch = this.#batch(reading, event.columns);
    for (const row of event.rows) {
      this.#inside++;
      if (this.#inside <= this.#skip) continue;
      const [rows, bytes] = [batch.rows, batch.bytes];
      batch.add(row);
      this.#rows += batch.rows - rows;
      this.#bytes += batch.bytes - bytes;
    }
    if (this.#isFull) yield* this.#handOn({ split: true });
  }

  *commit(mark: LogMark, at: Date): Generator<Message> {
    this.#passed.add(mark);
    this.#inTransaction = false;
    this.#inside = 0;
    this.#skip = 0;
    this.#committedAt = at;
    const late = performance.now() - this.#handedAt > BATCH_MS;
    if (this.#isFull || (late && this.#rows > 0)) yield* this.#handOn({});
  }

  async *statement(event: Extract<LogEvent, { kind: 'statement' }>): AsyncGenerator<Message, void, undefined> {
    const effect = statementEffect(event.sql, event.database);
    const touched = effect === undefined ? [] : this.#touched(effect, event.mark);
    if (effect?.what === 'ROLLBACK' && this.#inside > 0) throw notFollowed(effect, [...this.#tables.keys()]);
    if (touched.length > 0 && effect?.effect === 'lost') throw notFollowed(effect, touched);
    if (effect !== undefined && touched.length > 0) yield* this.#reshape(touched, effect);
    if (event.alone) yield* this.commit(event.mark, event.at);
  }

  /** What is left is handed on, and there is nothing more for now. */
  *close(): Generator<Message> {
    if (this.#inTransaction) return;
    yield* this.#handOn({ idle: true });
  }

  get #isFull(): boolean {
    return this.#rows >= BATCH_ROWS || this.#bytes >= BATCH_BYTES;
  }

  #learn(tables: readonly ChangeTable[]): void {
    for (const table of tables) {
      const stream = streamText(table.schema.stream);
      const known = this.#tables.get(stream);
      const isCopied = known === undefined ? this.#copied(stream) : known.isCopied;
      this.#tables.set(stream, { table, isCopied, shapes: new Map() });
    }
  }

  #copied(stream: string): Reading['isCopied'] {
    const since = this.#read.since.get(stream);
    return since === undefined || this.#passed.includes(since) ? undefined : beforeTest(since);
  }

  #batch({ table, shapes }: Reading, columns: readonly string[]): ChangeBatch {
    const id = columns.join('\0');
    const shape = shapes.get(id) ?? rowShape(table, columns, this.#read);
    shapes.set(id, shape);
    const filling = this.#filling.get(shape.stream);
    if (filling?.shape === shape) return filling;
    if (filling !== undefined && filling.rows > 0) this.#filled.push(filling.take());
    const batch = new ChangeBatch(shape);
    this.#filling.set(shape.stream, batch);
    return batch;
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
    this.#learn(await this.#read.look());
    for (const stream of touched) {
      const other = otherDefault(this.#tables.get(stream)!.table, effect);
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
    this.#handedAt = performance.now();
    yield* batches;
    const at = this.#committedAt;
    yield { kind: 'checkpoint', position: this.#position(), ...kind, ...(at === undefined ? {} : { committedAt: at }) };
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

function notFollowed({ what }: StatementEffect, streams: readonly string[]): Error {
  const at = streams.join(', ');
  return millraceError('cdc.not-followed', `the log has ${what}, which cannot be followed on ${at}`, { at });
}
