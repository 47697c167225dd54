import {
  type Batch,
  type Column,
  type ErrorCode,
  MillraceError,
  millraceError,
  type StreamName,
} from '../contract/index.ts';
import { selectSql } from '../types/index.ts';
import { readBatches } from './batches.ts';
import { type Loader, makeLoader } from './load-attempt.ts';
import { halve, type Segment, segmentRows, wholeBatches } from './load-changes.ts';
import { loadRows } from './load-group.ts';
import type { Lease } from './pool.ts';
import { execute, rollback } from './query.ts';
import { quoteName, quoteTable } from './quote.ts';
import type { ServerInfo } from './server.ts';
import type { Session } from './session.ts';

/** Bytes of text that one transaction takes at most; below what a service takes they are halved. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Of a row: as much as servers of this family take in one. */
const MOST_ROW_BYTES = 64 * 1024 * 1024;

export interface Fill {
  /** Runs the query: what it says and warns of is looked at on it afterwards. */
  readonly read: Session;
  /** Opens a session that takes the rows: another one after one that was lost, as a load that is refused half-way ends its session. */
  readonly write: () => Promise<Lease>;
  readonly info: ServerInfo;
  /** Emptied first, and filled in many transactions: nobody may read it yet. */
  readonly table: StreamName;
  /** Of the query, with the types that its values have. */
  readonly columns: readonly Column[];
  readonly sql: string;
  readonly signal: AbortSignal;
}

/**
 * Puts the rows of a query into a table through this process, in transactions that the service takes (invariant 7), where one INSERT ... SELECT
 * would be too large. Every row arrives exactly or the fill fails (invariants 2 and 4). Gives the number of rows.
 * @throws MillraceError of the query, `row.*` for a row that does not pass, `load.too-large` for one that never will
 */
export async function fillTable(fill: Fill): Promise<number> {
  const { read, table, columns, info, signal } = fill;
  const schema = { stream: table, columns };
  const loader = makeLoader(
    { target: { table, write: 'append' }, schema, method: 'insert', dialect: info.dialect, rowAlias: info.rowAlias },
    { layout: 'text', lines: true, ...info },
  );
  const { sql, exact } = selectOf(fill);
  await using filling = await Filling.begin(fill.write, loader);
  const shape = { schema, layout: 'text', lines: true, maxRowBytes: MOST_ROW_BYTES, exact } as const;
  for await (const { batch } of readBatches(read, sql, shape, signal)) await filling.take(batch);
  await filling.flush();
  return filling.rows;
}

/** The query with its values as text that tells them exactly, and checks of those that may not. */
function selectOf({ columns, sql, info }: Fill): { sql: string; exact: string[] } {
  const selections = columns.map(({ name, type }) => ({ name, ...selectSql(quoteName(name), type, info.dialect) }));
  const checks = selections.flatMap(({ exact }) => (exact === undefined ? [] : [exact]));
  const list = [...selections.map(({ value }) => value), ...checks].join(', ');
  const exact = selections.filter(({ exact }) => exact !== undefined).map(({ name }) => name);
  return { sql: `SELECT ${list} FROM (\n${sql}\n) AS millrace_rows`, exact };
}

/** Batches on their way into the table, some of them to a transaction. */
class Filling implements AsyncDisposable {
  rows = 0;
  readonly #open: () => Promise<Lease>;
  #lease: Lease;
  readonly #loader: Loader;
  #held: Batch[] = [];
  #bytes = 0;
  #most = MOST_BYTES;

  private constructor(open: () => Promise<Lease>, lease: Lease, loader: Loader) {
    this.#open = open;
    this.#lease = lease;
    this.#loader = loader;
  }

  static async begin(open: () => Promise<Lease>, loader: Loader): Promise<Filling> {
    const filling = new Filling(open, await open(), loader);
    await execute(filling.#session, `TRUNCATE TABLE ${quoteTable(loader.target.table)}`);
    return filling;
  }

  get #session(): Session {
    return this.#lease.session;
  }

  async take(batch: Batch): Promise<void> {
    const [reject] = batch.rejects ?? [];
    if (reject !== undefined) throw refused(reject, this.#loader);
    this.#held.push(batch);
    this.#bytes += batch.rows.bytes.length;
    if (this.#bytes >= this.#most) await this.flush();
  }

  async flush(): Promise<void> {
    const batches = this.#held;
    this.#held = [];
    this.#bytes = 0;
    await this.#commit(wholeBatches(batches));
    for (const batch of batches) batch.release?.();
  }

  /**
   * In one transaction; in two where that is too large, and the next ones are smaller from the start. A server that closes the connection on what
   * is too large may do so before its error is read: what was lost before its commit was sent is not there, and is sent in two as well.
   */
  async #commit(parts: readonly Segment[]): Promise<void> {
    const rows = segmentRows(parts);
    if (rows === 0) return;
    let isSent = false;
    try {
      await this.#load(parts);
      isSent = true;
      await execute(this.#session, 'COMMIT');
      this.rows += rows;
    } catch (thrown) {
      await rollback(this.#session);
      const tooLarge = hasCode(thrown, 'load.too-large');
      if (rows === 1 || !(tooLarge || (hasCode(thrown, 'connect.lost') && !isSent))) throw thrown;
      if (this.#session.lost) await this.#reopen();
      if (tooLarge) this.#most = Math.max(1, Math.min(this.#most, bytesOf(parts)) / 2);
      for (const half of halve(parts)) await this.#commit(half);
    }
  }

  async #reopen(): Promise<void> {
    await this.#lease[Symbol.asyncDispose]();
    this.#lease = await this.#open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lease[Symbol.asyncDispose]();
  }

  async #load(parts: readonly Segment[]): Promise<void> {
    await execute(this.#session, 'BEGIN');
    const reject = (row: { code: string; message: string; row: string }) => {
      throw refused(row, this.#loader);
    };
    await loadRows(this.#loader, parts, { session: this.#session, reject, sent: () => undefined, rowsBefore: 0 });
  }
}

function hasCode(thrown: unknown, code: ErrorCode): boolean {
  return thrown instanceof MillraceError && thrown.code === code;
}

function bytesOf(parts: readonly Segment[]): number {
  const start = ({ rows, from }: Segment) => (from === 0 ? 0 : rows.ends[from - 1]!);
  return parts.reduce((sum, part) => sum + part.rows.ends[part.to - 1]! - start(part), 0);
}

function refused({ code, message }: { code: string; message: string }, { target }: Loader): MillraceError {
  const known = { 'row.duplicate': 'row.duplicate', 'row.too-large': 'row.too-large' } as const;
  return millraceError(known[code as keyof typeof known] ?? 'row.refused', message, {
    at: `${target.table.namespace}.${target.table.name}`,
  });
}
