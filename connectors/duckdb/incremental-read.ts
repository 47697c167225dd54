import { createHash } from 'node:crypto';
import {
  type Batch,
  type Column,
  type Group,
  type Lane,
  type Message,
  millraceError,
  type Position,
  type StreamRequest,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import { type MarkedBatch, type ReadLimits, readFlow } from './part-reader.ts';
import { quoteName } from './quote.ts';
import type { Flow } from './relation.ts';
import type { Session } from './session.ts';

/** Seconds that a late row may be behind, and units for numbers. */
const DEFAULT_SECONDS = 60;
const DEFAULT_UNITS = 1000;
/** Rows of an overlap that a position can hold; more would make every commit heavy. */
const MOST_SEEN = 20_000;

/** What the lane's position says. */
interface CursorPosition {
  readonly column: string;
  /** The highest place of the cursor sent, see `placeSql`; null: only rows without a cursor, or none. */
  readonly at: string | null;
  /** For `once`: hashes of the rows sent from the overlap behind `at`. */
  readonly seen?: readonly string[];
}

export interface IncrementalRead {
  readonly flow: Flow;
  /** The stream before columns were chosen: the cursor need not travel. */
  readonly whole: StreamSchema;
  readonly limits: ReadLimits;
  readonly session: () => Promise<Session>;
}

/** An incremental read as a group of one lane, which never ends for good. */
export function incrementalGroup(read: IncrementalRead): Group {
  const { request, schema } = read.flow;
  const cursor = cursorOf(read.whole, request);
  const lane: Lane = {
    id: `incremental/${streamText(request.stream)}`,
    read: (after, signal) => readFrom(read, cursor, positionOf(cursor, after, request), signal),
  };
  return {
    streams: [request.stream],
    async *stages() {
      yield { lanes: [lane], streams: [{ schema }] };
    },
  };
}

interface Cursor {
  readonly column: Column;
  /** The cursor's place as SQL: an integer that grows with it, microseconds or units of the last digit. */
  readonly place: string;
  /** In places. */
  readonly overlap: bigint;
}

const temporal: ReadonlySet<string> = new Set(['date', 'datetime', 'timestamp']);

/** Throws `config.invalid` where the cursor's type has no usable order. */
export function cursorOf(schema: StreamSchema, request: StreamRequest): Cursor {
  const column = schema.columns.find(({ name }) => name === request.cursor)!;
  const { type } = column;
  const name = quoteName(column.name);
  if (temporal.has(type.kind)) {
    const seconds = request.overlap ?? DEFAULT_SECONDS;
    return { column, place: `epoch_us(${name})`, overlap: BigInt(Math.round(seconds * 1e6)) };
  }
  if (type.kind === 'integer') {
    return { column, place: `${name}::HUGEINT`, overlap: BigInt(Math.ceil(request.overlap ?? DEFAULT_UNITS)) };
  }
  if (type.kind === 'decimal') {
    const overlap = BigInt(Math.ceil((request.overlap ?? 0) * 10 ** type.scale));
    return {
      column,
      place: `(CAST(${name} AS DECIMAL(38, ${type.scale})) * 1e${type.scale}::DECIMAL(38, 0))::HUGEINT`,
      overlap,
    };
  }
  const at = `${streamText(schema.stream)}.${column.name}`;
  throw millraceError(
    'config.invalid',
    `the cursor ${at} is ${column.native ?? type.kind}; a number, date or time is needed`,
    { at },
  );
}

function positionOf({ column }: Cursor, after: Position | undefined, { stream }: StreamRequest): CursorPosition {
  if (after === undefined) return { column: column.name, at: null };
  const position = JSON.parse(after) as CursorPosition;
  if (position.column === column.name) return position;
  const at = streamText(stream);
  throw millraceError(
    'cursor.changed',
    `${at} was read by \`${position.column}\` before, and is now to be read by \`${column.name}\``,
    { at },
  );
}

/** Rows from the overlap on, in the cursor's order, so that every batch is a place to go on from. Rows without a cursor come first, once. */
async function* readFrom(
  read: IncrementalRead,
  cursor: Cursor,
  from: CursorPosition,
  signal: AbortSignal,
): AsyncGenerator<Message> {
  const { flow, limits } = read;
  const low = from.at === null ? undefined : BigInt(from.at) - cursor.overlap;
  const conditions = [
    ...(low === undefined ? [] : [`${cursor.place} >= ${low}`]),
    ...(flow.request.where === undefined ? [] : [`(${flow.request.where})`]),
  ];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const tail = `${flow.relation.from}${where} ORDER BY ${cursor.place} ASC NULLS FIRST`;
  const seen = flow.request.once === true ? new Seen(from.seen ?? [], cursor.overlap) : undefined;
  await using session = await read.session();
  let at = from.at;
  for await (const marked of readFlow(session, flow, tail, cursor.place, limits, signal)) {
    at = highest(at, marked.last);
    yield seen === undefined ? marked.batch : seen.fresh(marked, flow);
    yield { kind: 'checkpoint', position: positionText(cursor, at, seen) };
  }
  if (!signal.aborted) yield { kind: 'checkpoint', position: positionText(cursor, at, seen), idle: true };
}

function positionText({ column }: Cursor, at: string | null, seen: Seen | undefined): Position {
  const position: CursorPosition = {
    column: column.name,
    at,
    ...(seen === undefined ? {} : { seen: seen.hashes(at) }),
  };
  return JSON.stringify(position);
}

function highest(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return BigInt(a) >= BigInt(b) ? a : b;
}

/** Which rows of the overlap were sent before, each as often as it was sent. For destinations that append. */
class Seen {
  readonly #before = new Map<string, number>();
  readonly #overlap: bigint;
  #sent: { readonly hash: string; readonly place: string | null }[] = [];

  constructor(hashes: readonly string[], overlap: bigint) {
    for (const hash of hashes) this.#before.set(hash, (this.#before.get(hash) ?? 0) + 1);
    this.#overlap = overlap;
  }

  /** The batch without the rows that were sent before. */
  fresh({ batch, marks }: MarkedBatch, flow: Flow): Batch {
    const { bytes, ends } = batch.rows;
    const kept: Uint8Array[] = [];
    for (let row = 0; row < ends.length; row++) {
      const body = bytes.subarray(row === 0 ? 0 : ends[row - 1]!, ends[row]!);
      const hash = createHash('sha256').update(body).digest().subarray(0, 12).toString('base64');
      const left = this.#before.get(hash) ?? 0;
      if (left > 0) this.#before.set(hash, left - 1);
      else kept.push(body);
      this.#sent.push({ hash, place: marks[row]! });
    }
    this.hashes(marks.at(-1) ?? null);
    if (this.#sent.length > MOST_SEEN) throw tooMany(flow);
    let end = 0;
    const newEnds = Uint32Array.from(kept, (body) => (end += body.length));
    return { ...batch, rows: { bytes: Buffer.concat(kept), ends: newEnds } };
  }

  /** Hashes of the rows that the next read will meet again, from `at` less the overlap on. */
  hashes(at: string | null): string[] {
    if (at !== null) {
      const low = BigInt(at) - this.#overlap;
      this.#sent = this.#sent.filter(({ place }) => place !== null && BigInt(place) >= low);
    }
    return this.#sent.map(({ hash }) => hash);
  }
}

function tooMany({ request }: Flow): Error {
  const at = streamText(request.stream);
  return millraceError(
    'cursor.overlap-too-large',
    `${at}: more than ${MOST_SEEN} rows lie in the overlap of the cursor`,
    { at },
  );
}
