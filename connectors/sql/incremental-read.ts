import {
  type Group,
  type Message,
  millraceError,
  type Position,
  type StreamRequest,
  streamText,
} from '../contract/index.ts';
import { atLeast, type Cursor, cursorOf, lessOverlapSql, windowSql } from './cursor.ts';
import type { Moment } from './full-read.ts';
import { type KeyMark, whereSql } from './keyset.ts';
import { type Cell, query } from './query.ts';
import { quoteName, quoteTable } from './quote.ts';
import { Seen } from './seen.ts';
import { readPages, type TableRead } from './table-read.ts';

/** One table to read by its cursor. */
export interface IncrementalRead {
  readonly request: StreamRequest;
  readonly read: Omit<TableRead, 'view'>;
  /** The moment of this window: now, or on TiDB a few seconds ago. */
  readonly begin: (signal: AbortSignal) => Promise<Moment>;
}

/** What the lane's position says. */
interface CursorPosition {
  readonly column: string;
  /** All rows up to here were sent; null: none yet. */
  readonly cursor: string | null;
  /** A window that was cut short: it is read on to the same end. */
  readonly window?: Window;
  /** For `once`: hashes of the rows sent from the overlap behind `cursor`, and of those that the window has sent for the next overlap. */
  readonly seen?: readonly string[];
  readonly sent?: readonly string[];
}

interface Window {
  readonly low: string | null;
  readonly high: string;
  /** `high` less the overlap. */
  readonly from: string;
  readonly order: 'cursor' | 'key';
  readonly after: KeyMark | null;
}

/** An incremental read as a group of one lane, which never ends for good. */
export function incrementalGroup(incremental: IncrementalRead): Group {
  const { request, read } = incremental;
  const cursor = cursorOf(read.projection.schema, request);
  const lane = {
    id: `incremental/${streamText(request.stream)}`,
    read: (after: Position | undefined, signal: AbortSignal) =>
      readWindow(incremental, cursor, positionOf(cursor, after, request), signal),
  };
  return {
    streams: [request.stream],
    async *stages() {
      yield { lanes: [lane], streams: [{ schema: read.projection.schema }] };
    },
  };
}

function positionOf(cursor: Cursor, after: Position | undefined, { stream }: StreamRequest): CursorPosition {
  const column = cursor.column.name;
  if (after === undefined) return { column, cursor: null };
  const position = JSON.parse(after) as CursorPosition;
  if (position.column === column) return position;
  const at = streamText(stream);
  throw millraceError(
    'cursor.changed',
    `${at} was read by \`${position.column}\` before, and is now to be read by \`${column}\``,
    { at },
  );
}

async function* readWindow(
  { request, read, begin }: IncrementalRead,
  cursor: Cursor,
  position: CursorPosition,
  signal: AbortSignal,
): AsyncGenerator<Message, void, undefined> {
  const moment = await begin(signal);
  const window = position.window ?? (await nextWindow(read, cursor, position, moment, request.where, signal));
  if (window === undefined) return;
  const { low, high, from } = window;
  const table = ordered({ ...read, view: moment.view }, cursor, window.order);
  const conditions = [
    windowSql(cursor, low, high, read.dialect),
    ...(request.where === undefined ? [] : [request.where]),
  ];
  const seen = request.once === true ? new Seen(cursor, position.seen ?? [], position.sent ?? [], from) : undefined;
  const column = cursor.column.name;
  const pages = readPages(table, conditions, window.after ?? undefined, signal, ({ mark, last }) => {
    const hashes = seen?.hashes();
    const next: CursorPosition = last
      ? { column, cursor: high, ...(hashes === undefined ? {} : { seen: hashes }) }
      : {
          column,
          cursor: position.cursor,
          window: { ...window, after: mark ?? null },
          ...(hashes === undefined ? {} : { seen: position.seen ?? [], sent: hashes }),
        };
    return { kind: 'checkpoint', position: JSON.stringify(next), ...(last ? { idle: true as const } : {}) };
  });
  for await (const message of pages) {
    yield message.kind === 'batch' && seen !== undefined ? seen.fresh(message, read.layout) : message;
  }
}

/** The table in the window's order: by its key, or by cursor and key where an index gives that order. */
function ordered(table: TableRead, { column }: Cursor, order: Window['order']): TableRead {
  const { key, projection } = table;
  if (order === 'key' || key === undefined) return table;
  const both = [column, ...key.filter(({ name }) => name !== column.name)];
  const rowKey = key.every(({ name }) => projection.rowKey?.includes(name)) ? both.map(({ name }) => name) : undefined;
  return { ...table, key: both, projection: { ...projection, rowKey } };
}

/** The window from the last cursor to the highest value there is; undefined where there is nothing to read. */
async function nextWindow(
  read: Omit<TableRead, 'view'>,
  cursor: Cursor,
  { cursor: low }: CursorPosition,
  moment: Moment,
  where: string | undefined,
  signal: AbortSignal,
): Promise<Window | undefined> {
  await using lease = await moment.view(signal);
  const name = quoteName(cursor.column.name);
  const ask = async (sql: string) => {
    const [row] = await query(lease.session, sql);
    return textOf(row?.[0]);
  };
  const highest = await ask(
    `SELECT MAX(${name}) FROM ${quoteTable(read.table)} WHERE ${whereSql(where === undefined ? [] : [where])}`,
  );
  if (highest === undefined) return undefined;
  // Newest rows may be gone: the cursor never goes back, or the next overlap would hold rows that nobody remembers as sent.
  const high = low !== null && atLeast(cursor.column.type, low, highest) ? low : highest;
  const from = (await ask(`SELECT ${lessOverlapSql(cursor, high, read.dialect)}`)) ?? high;
  return { low, high, from, order: cursor.indexed && low !== null ? 'cursor' : 'key', after: null };
}

function textOf(cell: Cell | undefined): string | undefined {
  return cell === null || cell === undefined ? undefined : String(cell);
}
