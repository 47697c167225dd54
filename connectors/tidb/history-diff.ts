import { type Difference, millraceError, type RowKey, type StreamName, streamText } from '../contract/index.ts';
import { type Cells, look, readCells, type View } from '../sql/index.ts';
import {
  boundsSql,
  countSql,
  type DiffTable,
  endsSql,
  hashesSql,
  hashlessSql,
  isCutEvenly,
  piecesSql,
} from './diff-sql.ts';
import { inOrder } from './in-order.ts';
import { type Bound, type KeySpan, pieces } from './key-span.ts';
import type { TableCost } from './scan-meter.ts';

export interface HistorySizes {
  /** Rows of a part: one that differs is looked at by itself. */
  readonly partRows: number;
  /** Parts that one question hashes. */
  readonly windowParts: number;
  /** Rows whose keys and hashes leave the database for one that differs. */
  readonly leafRows: number;
  /** Pieces that a part is cut into at a time. */
  readonly fanOut: number;
}

const usualSizes: HistorySizes = { partRows: 4096, windowParts: 16, leafRows: 64, fanOut: 64 };

/** Windows that are hashed side by side. The server works at each with more than one core; what is ahead is paid for when the run is stopped. */
const WINDOWS_AHEAD = 2;

/** A table at two TSOs. */
export interface History {
  readonly of: DiffTable;
  readonly old: View;
  readonly now: View;
  /** Rows by the server's estimate; 0: it has none. */
  readonly rows: number;
  /** Questions to each TSO that may be under way side by side. */
  readonly parallel: number;
  readonly cost: TableCost;
  readonly sizes?: HistorySizes;
}

/** Differences of a stretch of the table. `source` is the table now, `destination` as it was. */
export interface Differing {
  readonly found: readonly Difference[];
  /** The stretch ends here: a later comparison may begin there. Absent where it cannot. */
  readonly upTo?: Bound;
  /** A good moment to hand over what was found. */
  readonly pause?: true;
}

/** A piece of the table and its rows at both TSOs. */
interface Piece {
  readonly span: KeySpan;
  readonly old: number;
  readonly now: number;
  readonly differs: boolean;
  /** Ends of the first column, where it is cut evenly. */
  readonly low?: bigint;
  readonly high?: bigint;
}

/**
 * The rows in which a table differs between two TSOs, in the table's own order: digests of parts first, at both; then of their pieces, only
 * where parts differ; then keys and hashes of few rows. Order and ranges are the server's own, and it is the same server at both TSOs, so
 * that this is right for text under any collation. Memory is bounded by parts, not by the table. Goes on behind `from`.
 */
export async function* historyDifferences(
  history: History,
  from: Bound | undefined,
  signal: AbortSignal,
): AsyncGenerator<Differing, void, undefined> {
  const windows = inOrder(windowsOf(history, from, signal), WINDOWS_AHEAD, signal, async (window, lasting) => ({
    span: window.span,
    parts: await digested(history, window.span, window.cuts, lasting),
  }));
  for await (const { span, parts } of windows) {
    const differing = parts.filter((part) => part.differs);
    const compared = inOrder(smallParts(history, differing, signal), history.parallel, signal, (part, lasting) =>
      comparePart(history, part, lasting),
    );
    yield* compared;
    if (span.to !== undefined) yield { found: [], pause: true, upTo: span.to };
  }
}

/** Stretches of the table that one question looks at, with the cuts that make parts of them. */
interface Window {
  readonly span: KeySpan;
  readonly cuts: readonly Bound[];
}

function windowsOf(history: History, from: Bound | undefined, signal: AbortSignal): AsyncGenerator<Window> {
  return isCutEvenly(history.of) ? evenWindows(history, from, signal) : orderedWindows(history, from, signal);
}

/** By the values of the first column, which costs nothing to find. Parts may hold many rows or none. */
async function* evenWindows(history: History, from: Bound | undefined, signal: AbortSignal): AsyncGenerator<Window> {
  const { sizes = usualSizes } = history;
  const ends = [
    ...(await ask(history.old, endsSql(history.of), signal)),
    ...(await ask(history.now, endsSql(history.of), signal)),
  ];
  const known = ends.flat().flatMap((text) => (text === null ? [] : [BigInt(text)]));
  const [low, high] = [known.reduce(least, known[0] ?? 0n), known.reduce(greatest, known[0] ?? 0n)];
  const rows = history.rows || Number((await ask(history.now, countSql(history.of), signal))[0]![0]);
  let window: Bound[] = [];
  let start = from;
  for (const cut of evenCuts(low, high, Math.ceil(rows / sizes.partRows))) {
    if (from !== undefined && BigInt(cut[0]!) <= BigInt(from[0]!)) continue;
    window.push(cut);
    if (window.length < sizes.windowParts) continue;
    yield { span: { ...(start === undefined ? {} : { from: start }), to: cut }, cuts: window.slice(0, -1) };
    start = cut;
    window = [];
  }
  yield { span: start === undefined ? {} : { from: start }, cuts: window };
}

const least = (a: bigint, b: bigint) => (a < b ? a : b);
const greatest = (a: bigint, b: bigint) => (a > b ? a : b);

/** Distinct values that cut the range into at most so many parts of equal width. */
function* evenCuts(low: bigint, high: bigint, count: number): Generator<Bound> {
  const width = high - low + 1n;
  const parts = least(BigInt(Math.max(1, count)), width);
  for (let i = 1n; i < parts; i++) yield [String(low + (width * i) / parts)];
}

/** By the rows' order, which has to be read for it: keys of other types than integers. */
async function* orderedWindows(history: History, from: Bound | undefined, signal: AbortSignal): AsyncGenerator<Window> {
  const { sizes = usualSizes } = history;
  for (let start = from; ; ) {
    const span: KeySpan = start === undefined ? {} : { from: start };
    const sql = boundsSql(history.of, span, sizes.partRows, sizes.partRows * sizes.windowParts);
    const cuts = (await ask(history.now, sql, signal)).map((cells) => cells.map(String));
    history.cost.passOver(cuts.length * sizes.partRows);
    if (cuts.length < sizes.windowParts) return yield { span, cuts };
    const to = cuts.at(-1)!;
    yield { span: { ...span, to }, cuts: cuts.slice(0, -1) };
    start = to;
  }
}

/** Parts of some thousand rows at most; larger ones that differ are cut and hashed again. */
async function* smallParts(
  history: History,
  parts: readonly Piece[],
  signal: AbortSignal,
): AsyncGenerator<Piece, void, undefined> {
  const { sizes = usualSizes } = history;
  for (const part of parts) {
    const cuts = fuller(part) <= 2 * sizes.partRows ? [] : await cutsOf(history, part, sizes.partRows, signal);
    if (cuts.length === 0) yield part;
    else {
      const smaller = await digested(history, part.span, cuts, signal);
      yield* smallParts(
        history,
        smaller.filter(({ differs }) => differs),
        signal,
      );
    }
  }
}

async function comparePart(history: History, part: Piece, signal: AbortSignal): Promise<Differing> {
  const leaves = await leavesOf(history, part, signal);
  const rows = async (view: View, side: 'old' | 'now') => {
    const some = leaves.filter((leaf) => leaf[side] > 0);
    if (some.length === 0) return new Map<string, HashedRow>();
    const hashed = await hashedRows(history, view, some, signal);
    const counted = some.reduce((sum, leaf) => sum + leaf[side], 0);
    if (hashed.size !== counted) throw inconsistent(history.of.table.stream, counted, hashed.size);
    return hashed;
  };
  const [old, now] = await Promise.all([rows(history.old, 'old'), rows(history.now, 'now')]);
  const { to } = part.span;
  return { found: compared(old, now), ...(to === undefined ? {} : { upTo: to }) };
}

/** The pieces of a part that differ, down to few rows each. Where one TSO has no rows all of them differ. */
async function leavesOf(history: History, part: Piece, signal: AbortSignal): Promise<Piece[]> {
  const { sizes = usualSizes } = history;
  if (fuller(part) <= sizes.leafRows || Math.min(part.old, part.now) === 0) return [part];
  const cuts = await cutsOf(history, part, sizes.leafRows, signal);
  if (cuts.length === 0) return [part];
  const found: Piece[] = [];
  for (const piece of await digested(history, part.span, cuts, signal)) {
    if (piece.differs) found.push(...(await leavesOf(history, piece, signal)));
  }
  return found;
}

function fuller({ old, now }: Piece): number {
  return Math.max(old, now);
}

/** Cuts that make pieces of about so many rows, inside of where the rows lie. None where the rows cannot be told apart. */
async function cutsOf(history: History, piece: Piece, rows: number, signal: AbortSignal): Promise<Bound[]> {
  const { sizes = usualSizes } = history;
  const { low, high } = piece;
  if (low !== undefined && high !== undefined && low < high) {
    return [...evenCuts(low, high, Math.min(sizes.fanOut, Math.ceil(fuller(piece) / rows)))];
  }
  if (isCutEvenly(history.of) && history.of.order.length === 1) return [];
  const step = Math.max(rows, Math.ceil(fuller(piece) / sizes.fanOut));
  const view = piece.old > piece.now ? history.old : history.now;
  const found = await ask(view, boundsSql(history.of, piece.span, step), signal);
  return found.map((cells) => cells.map(String));
}

/** Digests at both TSOs of the pieces of a span. */
async function digested(
  history: History,
  span: KeySpan,
  cuts: readonly Bound[],
  signal: AbortSignal,
): Promise<Piece[]> {
  const { old, now, cost } = history;
  const [before, after] = await Promise.all([old, now].map((view) => digests(history, view, span, cuts, signal)));
  return pieces(span, cuts).map((piece, i) => {
    const [a, b] = [before!.get(i) ?? nothing, after!.get(i) ?? nothing];
    cost.scan(a.rows + b.rows);
    const ends = [a.low, a.high, b.low, b.high].filter((end) => end !== undefined);
    return {
      span: piece,
      old: a.rows,
      now: b.rows,
      differs: a.rows !== b.rows || a.hash !== b.hash,
      ...(ends.length === 0 ? {} : { low: ends.reduce(least), high: ends.reduce(greatest) }),
    };
  });
}

interface Digest {
  readonly rows: number;
  readonly hash: string;
  readonly low?: bigint;
  readonly high?: bigint;
}

const nothing: Digest = { rows: 0, hash: '' };

async function digests(
  { of }: History,
  view: View,
  span: KeySpan,
  cuts: readonly Bound[],
  signal: AbortSignal,
): Promise<Map<number, Digest>> {
  const answer = await ask(view, piecesSql(of, span, cuts), signal);
  // A row without a hash would be one whose changes nobody sees.
  if (answer.some(([, , large]) => large !== '0')) {
    const [[hashless] = []] = await ask(view, hashlessSql(of, span), signal);
    if (hashless !== '0') throw tooLarge(of);
  }
  return new Map(
    answer.map(([place, rows, , high, low, first, last]) => {
      const known = typeof first === 'string' && typeof last === 'string';
      const ends = known ? { low: BigInt(first), high: BigInt(last) } : {};
      return [Number(place), { rows: Number(rows), hash: `${high} ${low}`, ...ends }];
    }),
  );
}

interface HashedRow {
  readonly key: RowKey;
  readonly hash: string;
}

async function hashedRows(
  { of, cost }: History,
  view: View,
  leaves: readonly Piece[],
  signal: AbortSignal,
): Promise<Map<string, HashedRow>> {
  const answer = await ask(
    view,
    hashesSql(
      of,
      leaves.map(({ span }) => span),
    ),
    signal,
  );
  cost.hashes += answer.length;
  return new Map(
    answer.map((cells) => {
      const key = cells.slice(0, -1);
      const hash = cells.at(-1);
      if (typeof hash !== 'string') throw tooLarge(of);
      return [JSON.stringify(key), { key, hash }];
    }),
  );
}

function compared(old: ReadonlyMap<string, HashedRow>, now: ReadonlyMap<string, HashedRow>): Difference[] {
  const found: Difference[] = [];
  for (const [id, { key }] of old) if (!now.has(id)) found.push({ kind: 'only-destination', key });
  for (const [id, { key, hash }] of now) {
    const before = old.get(id);
    if (before === undefined) found.push({ kind: 'only-source', key });
    else if (before.hash !== hash) found.push({ kind: 'different', key });
  }
  return found;
}

/** Streamed, although few rows come: a question takes long, and a stream ends when the signal does. */
async function ask(view: View, sql: string, signal: AbortSignal): Promise<Cells[]> {
  return look(view, signal, async (session) => (await Array.fromAsync(readCells(session, sql, signal))).flat());
}

/** At one TSO a table is always the same: what was counted there must be found there. */
export function inconsistent(stream: StreamName, expected: number, found: number): Error {
  const at = streamText(stream);
  const message = `${at}: of ${expected} rows seen at a TSO the server showed ${found} when asked again at that TSO`;
  return millraceError('source.inconsistent-read', message, { at });
}

function tooLarge({ table }: DiffTable): Error {
  const at = streamText(table.stream);
  return millraceError('compare.row-too-large', `${at} has a row too large for a checksum`, { at });
}
