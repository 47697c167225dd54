import type { Layout, Message, Pace, StreamSchema } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';
import { keyPlaces, type ReadBatch, readBatches } from './batches.ts';
import { behindSql, type KeyColumn, type KeyMark, keyMark, orderSql, whereSql } from './keyset.ts';
import { look } from './look.ts';
import type { Lease } from './pool.ts';
import type { Projection } from './projection.ts';
import { query } from './query.ts';
import { quoteTable } from './quote.ts';

/** Rows of one SELECT: enough that paging costs little, few enough that a connection's or a snapshot's life is never the limit. */
export const PAGE_ROWS = 50_000;
/** A row's size where the server has no estimate. */
const USUAL_ROW_BYTES = 200;
/** Of a paced page this much is held in memory, so that no connection waits for it to be moved. */
const HELD_BYTES = 4 * 1024 * 1024;

/** A session on which tables stand as this read must see them: now, at a TSO, or inside one transaction. */
export type View = (signal: AbortSignal) => Promise<Lease>;

/** A table as one read sees it. */
export interface TableRead {
  readonly table: StreamSchema['stream'];
  readonly projection: Projection;
  readonly dialect: Dialect;
  readonly layout: Layout;
  /** Rows come as lines of LOAD DATA. */
  readonly lines?: true;
  readonly maxRowBytes: number;
  readonly view: View;
  /** What pages are ordered by; absent: the table is read in one go and cannot be resumed. */
  readonly key: readonly KeyColumn[] | undefined;
  /** Rows may not be sent twice, so a read that cannot be resumed is committed whole. */
  readonly once: boolean;
  /** The run is throttled: pages are small and their connections given back before their rows are moved. */
  readonly pace?: Pace;
}

/** Where pages go on, as kept in a position. */
export interface PageMark {
  readonly mark: KeyMark | undefined;
  /** The table has no more pages. */
  readonly last: boolean;
}

/**
 * Reads the rows that meet the conditions in key order, page by page, from behind `mark`. After each batch whose last row tells the key, and
 * after each page, a checkpoint is made of where the next read goes on.
 */
export async function* readPages(
  read: TableRead,
  conditions: readonly string[],
  mark: KeyMark | undefined,
  signal: AbortSignal,
  position: (at: PageMark) => Message,
): AsyncGenerator<Message, void, undefined> {
  if (read.key === undefined) {
    for await (const batch of readWhole(read, conditions, signal)) {
      yield batch;
      if (!read.once) yield position({ mark: undefined, last: false });
    }
    yield position({ mark: undefined, last: true });
    return;
  }
  const pages =
    read.projection.rowKey === undefined || !sameNames(read.projection.rowKey, read.key) ? boundedPage : keyedPage;
  for (let at = mark; ; ) {
    const page = pages(read, read.key, conditions, at, signal);
    let last = true;
    for await (const step of page) {
      if (step.kind === 'page') {
        at = step.mark ?? at;
        last = step.last;
      } else if (step.kind === 'mark') yield position({ mark: step.mark, last: false });
      else yield step;
    }
    signal.throwIfAborted();
    yield position({ mark: at, last });
    if (last) return;
  }
}

type PageStep =
  | Message
  | { readonly kind: 'mark'; readonly mark: KeyMark }
  | { readonly kind: 'page'; readonly mark: KeyMark | undefined; readonly last: boolean };

function sameNames(rowKey: readonly string[], key: readonly KeyColumn[]): boolean {
  return rowKey.length === key.length && rowKey.every((name, i) => name === key[i]!.name);
}

/** A page whose rows hold the key: its end is known from the last row. */
async function* keyedPage(
  read: TableRead,
  key: readonly KeyColumn[],
  conditions: readonly string[],
  mark: KeyMark | undefined,
  signal: AbortSignal,
): AsyncGenerator<PageStep, void, undefined> {
  const places = keyPlaces(
    read.projection.schema,
    key.map((column) => column.name),
  );
  const behind = mark === undefined ? [] : [behindSql(key, mark, read.dialect)];
  const sql = `${selectSql(read, [...conditions, ...behind])} ORDER BY ${orderSql(key)} LIMIT ${pageRows(read)}`;
  let rows = 0;
  let end: KeyMark | undefined;
  for await (const { batch, last } of pageBatches(read, sql, signal)) {
    rows += batch.rows.ends.length + (batch.rejects?.length ?? 0);
    const values = last();
    end = keyMark(places.map((place) => values[place]!));
    yield batch;
    yield { kind: 'mark', mark: end };
  }
  yield { kind: 'page', mark: end, last: rows < pageRows(read) };
}

/** A page ordered by something that does not travel (a hidden row id, a protected key): its end is asked for first. */
async function* boundedPage(
  read: TableRead,
  key: readonly KeyColumn[],
  conditions: readonly string[],
  mark: KeyMark | undefined,
  signal: AbortSignal,
): AsyncGenerator<PageStep, void, undefined> {
  const behind = mark === undefined ? [] : [behindSql(key, mark, read.dialect)];
  const order = orderSql(key);
  const from = quoteTable(read.table);
  const ask = `SELECT ${order} FROM ${from} WHERE ${whereSql([...conditions, ...behind])} ORDER BY ${order} LIMIT 1 OFFSET ${pageRows(read) - 1}`;
  const [bound] = await look(read.view, signal, (session) => query(session, ask));
  const end = bound === undefined ? undefined : keyMark(bound);
  const within = end === undefined ? [] : [`NOT (${behindSql(key, end, read.dialect)})`];
  const sql = selectSql(read, [...conditions, ...behind, ...within]);
  for await (const { batch } of pageBatches(read, sql, signal)) yield batch;
  yield { kind: 'page', mark: end, last: end === undefined };
}

/** Rows of a page at most. */
function pageRows({ pace, projection }: TableRead): number {
  const { rows = 0, bytes = 0 } = projection.schema;
  const rowBytes = rows > 0 && bytes > 0 ? bytes / rows : USUAL_ROW_BYTES;
  const limits = [PAGE_ROWS, pace?.rows ?? PAGE_ROWS, (pace?.bytes ?? Number.POSITIVE_INFINITY) / rowBytes];
  return Math.max(1, Math.floor(Math.min(...limits)));
}

/** The batches of a page. Those of a paced one are read before the first is handed on, as far as memory goes. */
async function* pageBatches(read: TableRead, sql: string, signal: AbortSignal): AsyncGenerator<ReadBatch> {
  const held: ReadBatch[] = [];
  let free = read.pace === undefined ? 0 : HELD_BYTES;
  {
    await using lease = await read.view(signal);
    for await (const item of readBatches(lease.session, sql, shapeOf(read), signal)) {
      held.push(item);
      free -= item.batch.rows.bytes.byteLength;
      if (free < 0) yield* held.splice(0);
    }
  }
  yield* held;
}

async function* readWhole(
  read: TableRead,
  conditions: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Message> {
  await using lease = await read.view(signal);
  for await (const { batch } of readBatches(lease.session, selectSql(read, conditions), shapeOf(read), signal))
    yield batch;
}

function selectSql(read: TableRead, conditions: readonly string[]): string {
  return `SELECT ${read.projection.select} FROM ${quoteTable(read.table)} WHERE ${whereSql(conditions)}`;
}

function shapeOf({ projection, layout, maxRowBytes, lines }: TableRead) {
  return { schema: projection.schema, layout, ...(lines ? { lines } : {}), maxRowBytes, exact: projection.exact };
}
