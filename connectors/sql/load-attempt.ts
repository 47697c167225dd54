import {
  ByteSink,
  type LoadTextEncoder,
  lineDecoder,
  loadTextEncoder,
  rowStart,
  valuesDecoder,
} from '../avro/index.ts';
import type { Layout, MillraceError, Slab } from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import { isRowError, serverNumber, sqlError } from './error.ts';
import { loadData } from './load.ts';
import type { Segment } from './load-changes.ts';
import { insertRow, insertStatement, type LoadPlan, loadStatement } from './load-statement.ts';
import { execute, query } from './query.ts';
import type { Session } from './session.ts';

/** Bytes of text encoded at a time. */
const PIECE_BYTES = 256 * 1024;
/** Rows and bytes of one INSERT statement. */
const INSERT_ROWS = 500;
const INSERT_BYTES = 1024 * 1024;

/** Errors of size that are about one row, whatever else is in the transaction. */
const rowSizeNumbers = new Set([1118, 1153, 1301, 8025]);

/** A load plan with what it is carried out by. */
export interface Loader extends LoadPlan {
  readonly layout: Layout;
  /** Makes the text of rows; absent: they are lines as they come. */
  readonly encoder: LoadTextEncoder | undefined;
  readonly decode: (slab: Slab, row: number) => Value[];
  /** LOAD DATA LOCAL; else INSERT statements. */
  readonly local: boolean;
  /** Largest statement, in bytes. */
  readonly maxStatement: number;
  /** Where text is written before it is sent, again and again: the loads of a writer come one after the other. */
  readonly text: ByteSink;
}

/** Rows in order: all at hand, or still coming. */
export type Segments = Iterable<Segment> | AsyncIterable<Segment>;

/** Why rows did not pass: what the server said, absent where it only counted warnings. */
export interface Refusal {
  readonly error?: MillraceError;
}

export interface LoaderOptions {
  readonly layout: Layout;
  readonly lines: boolean;
  readonly localInfile: boolean;
  readonly maxAllowedPacket: number;
}

export function makeLoader(plan: LoadPlan, { layout, lines, localInfile, maxAllowedPacket }: LoaderOptions): Loader {
  return {
    ...plan,
    layout,
    encoder: lines ? undefined : loadTextEncoder(plan.schema, layout),
    decode: lines ? lineDecoder(plan.schema) : valuesDecoder(plan.schema, layout),
    local: localInfile && plan.method !== 'update',
    maxStatement: Math.min(INSERT_BYTES, maxAllowedPacket / 2),
    text: new ByteSink(),
  };
}

/**
 * Puts the rows in, all or not: undefined means that every one arrived as it was sent. Refused rows may be half in: the caller rolls
 * back to its savepoint. Throws what is not about the rows. `sent` is told the bytes.
 */
export async function attempt(
  session: Session,
  loader: Loader,
  parts: Segments,
  sent: (bytes: number) => void,
): Promise<Refusal | undefined> {
  try {
    const passed = loader.local
      ? await loadParts(session, loader, parts, sent)
      : await insertParts(session, loader, parts, sent);
    return passed ? undefined : {};
  } catch (thrown) {
    const error = sqlError(thrown, session.side, session.at);
    if (isRowError(error) || error.code === 'load.too-large') return { error };
    throw error;
  }
}

/** Whether a refusal for size may be the fault of one of several rows, so that halving finds it. */
export function isRowSize(error: MillraceError): boolean {
  return rowSizeNumbers.has(serverNumber(error) ?? 0);
}

/** A load passes only with Records = sent, Skipped = 0 and Warnings = 0: anything else was changed on the way in. */
async function loadParts(session: Session, loader: Loader, parts: Segments, sent: (bytes: number) => void) {
  let rows = 0;
  const told = (count: number, bytes: number) => {
    rows += count;
    sent(bytes);
  };
  const result = await loadData(session, loadStatement(loader), textOf(loader, parts, told));
  return result.records === rows && result.skipped === 0 && result.warnings === 0;
}

/** The text of the rows, piece by piece: as it came, or in one buffer. */
async function* textOf({ encoder, text }: Loader, parts: Segments, told: (rows: number, bytes: number) => void) {
  for await (const { rows, from, to } of parts) {
    if (encoder === undefined) {
      const lines = rows.bytes.subarray(rowStart(rows, from), rowStart(rows, to));
      told(to - from, lines.length);
      yield lines;
      continue;
    }
    for (let at = from; at < to; ) {
      const next = pieceEnd(rows, at, to);
      text.length = 0;
      encoder.encode(rows, at, next, text);
      told(next - at, text.length);
      at = next;
      yield text.bytes.subarray(0, text.length);
    }
  }
}

/** The row before which a piece of about `PIECE_BYTES` ends; one row at least. */
function pieceEnd({ ends }: Slab, from: number, to: number): number {
  const start = from === 0 ? 0 : ends[from - 1]!;
  let end = from + 1;
  while (end < to && ends[end]! - start <= PIECE_BYTES) end++;
  return end;
}

async function insertParts(session: Session, loader: Loader, parts: Segments, sent: (bytes: number) => void) {
  let rows: string[] = [];
  let bytes = 0;
  const flush = async () => {
    if (rows.length === 0) return true;
    const { affected, warnings } = await execute(session, insertStatement(loader, rows));
    sent(bytes);
    const arrived = loader.method === 'replace' || loader.method === 'update' || affected === rows.length;
    rows = [];
    bytes = 0;
    return arrived && warnings === 0;
  };
  for await (const part of parts) {
    for (let at = part.from; at < part.to; at++) {
      const row = insertRow(loader, loader.decode(part.rows, at));
      const size = Buffer.byteLength(row);
      if ((bytes + size > loader.maxStatement || rows.length >= INSERT_ROWS) && !(await flush())) return false;
      rows.push(row);
      bytes += size;
    }
  }
  return flush();
}

/** What the server says about the one row of the load just before. */
export async function refusalText(session: Session, refusal: Refusal): Promise<{ code: string; message: string }> {
  if (refusal.error !== undefined) return rejectOf(refusal.error);
  const warnings = await query(session, 'SHOW WARNINGS');
  const [first] = [...warnings].sort(([a], [b]) => Number(a === 'Note') - Number(b === 'Note'));
  if (first === undefined)
    return { code: 'row.refused', message: 'the server did not take the row and did not say why' };
  const [, number, message] = first.map(String);
  return rejectOf(sqlError(Object.assign(new Error(message), { errno: Number(number) }), session.side, session.at));
}

function rejectOf(error: MillraceError): { code: string; message: string } {
  const code = error.code === 'load.too-large' ? 'row.too-large' : isRowError(error) ? error.code : 'row.refused';
  return { code, message: error.message };
}
