import { keyStream, lineDecoder, valuesDecoder } from '../avro/index.ts';
import {
  type Batch,
  type Layout,
  loadedColumns,
  OP,
  type Slab,
  type StreamSchema,
  slabRows,
} from '../contract/index.ts';
import type { Value } from '../types/index.ts';

/** Rows `from` (inclusive) to `to` (exclusive) of a batch. */
export interface Segment {
  readonly rows: Slab;
  readonly from: number;
  readonly to: number;
}

/** The order of keys: what was known before some changes, and what the last of each came to. Keys as `keyTexts` gives them. */
export interface KeyOrder {
  readonly known: ReadonlyMap<string, bigint>;
  readonly latest: Map<string, bigint>;
}

/** What some changes come to: the last one of each key. */
export interface NetChanges {
  /** Everything before was removed by a TRUNCATE. */
  readonly truncated: boolean;
  /** Rows as they are at the end, in the order of their last change. */
  readonly rows: readonly Segment[];
  /** Keys of those rows, in the order of `schema.key`. */
  readonly rowKeys: () => readonly (readonly Value[])[];
  /** Keys that are gone at the end. */
  readonly gone: readonly (readonly Value[])[];
  /** Changes that a later one of the same key made void. */
  readonly superseded: number;
  /** Changes that were done before, by their order. */
  readonly alreadyApplied: number;
}

interface Last {
  readonly batch: Batch;
  readonly row: number;
  readonly gone: boolean;
}

/**
 * The net effect of batches of one stream, in order. At every prefix of a log the source's own unique keys held, so that removing all
 * touched keys and then adding the rows of the end state cannot clash, however values moved between rows in between. With `order` a change
 * that is not newer than the last one of its key is left out (invariant 6), and `order.latest` is brought up to date.
 */
export function netChanges(
  schema: StreamSchema,
  layout: Layout,
  batches: readonly Batch[],
  order?: KeyOrder,
): NetChanges {
  const keys = keyReader(schema, layout);
  let last = new Map<string, Last>();
  let truncated = false;
  let all = 0;
  let older = 0;
  let alreadyApplied = 0;
  for (const batch of batches) {
    for (let row = 0; row < slabRows(batch.rows); row++) {
      const op = batch.ops?.[row] ?? OP.put;
      if (op === OP.truncate) {
        last = new Map();
        truncated = true;
        continue;
      }
      const key = keys.text(batch, row);
      const seq = batch.seq?.[row] ?? 0n;
      const ordered = orderKey(batch, key);
      const newest = order?.latest.get(ordered) ?? order?.known.get(ordered) ?? 0n;
      if (seq !== 0n && (seq < newest || (seq === newest && batch.seqTies !== true))) {
        if (seq === newest) alreadyApplied++;
        else older++;
        continue;
      }
      all++;
      order?.latest.set(ordered, seq);
      // Deleted first, so that the map's order is that of the last changes.
      last.delete(key);
      last.set(key, { batch, row, gone: op === OP.delete });
    }
  }
  const ends = [...last.values()];
  const rows = ends.filter((end) => !end.gone);
  return {
    truncated,
    rows: segments(rows),
    rowKeys: () => rows.map((end) => keys.values(end.batch, end.row)),
    gone: ends.filter((end) => end.gone).map((end) => keys.values(end.batch, end.row)),
    superseded: all - ends.length + older,
    alreadyApplied,
  };
}

/** The keys that the batches touch, and whether any change of theirs has an order. */
export function keyTexts(schema: StreamSchema, layout: Layout, batches: readonly Batch[]) {
  const { text } = keyReader(schema, layout);
  const keys = new Set<string>();
  let ordered = false;
  for (const batch of batches) {
    for (let row = 0; row < slabRows(batch.rows); row++) keys.add(orderKey(batch, text(batch, row)));
    ordered ||= batch.seq?.some((seq) => seq !== 0n) ?? false;
  }
  return { keys: [...keys], ordered };
}

/** Whose order it is: of the key, within a domain. */
function orderKey({ seqDomain }: Batch, key: string): string {
  return seqDomain === undefined ? key : `${seqDomain}\0${key}`;
}

/** Reads a row's key: from the key record, or from the row itself where the batch has none. */
function keyReader(schema: StreamSchema, layout: Layout) {
  const decodeKey = valuesDecoder(keyStream(schema), layout);
  const [decodeLine, decodeRow] = [lineDecoder(schema), valuesDecoder(schema, layout)];
  const places = (schema.key ?? []).map((name) => loadedColumns(schema).findIndex((column) => column.name === name));
  const values = ({ keys, rows, lines }: Batch, row: number): Value[] => {
    if (keys !== undefined) return decodeKey(keys, row);
    const all = lines ? decodeLine(rows, row) : decodeRow(rows, row);
    return places.map((place) => all[place] ?? null);
  };
  const text = (batch: Batch, row: number): string => {
    if (batch.keys !== undefined) return recordText(batch.keys, row);
    return JSON.stringify(values(batch, row).map((value) => (value instanceof Uint8Array ? hex(value) : value)));
  };
  return { values, text };
}

/** A record's bytes as a map key: equal for equal bytes only. */
function recordText({ bytes, ends }: Slab, row: number): string {
  const from = row === 0 ? 0 : ends[row - 1]!;
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, ends[row]! - from).toString('latin1');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Single rows as segments; neighbours become one. */
function segments(rows: readonly Last[]): Segment[] {
  const found: { rows: Slab; from: number; to: number }[] = [];
  for (const { batch, row } of rows) {
    const before = found.at(-1);
    if (before !== undefined && before.rows === batch.rows && before.to === row) before.to = row + 1;
    else found.push({ rows: batch.rows, from: row, to: row + 1 });
  }
  return found;
}

/** Whole batches as segments. */
export function wholeBatches(batches: readonly Batch[]): Segment[] {
  return batches.map(({ rows }) => ({ rows, from: 0, to: slabRows(rows) })).filter(({ to }) => to > 0);
}

export function segmentRows(parts: readonly Segment[]): number {
  return parts.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** The parts in two halves by rows; at least two rows are needed. */
export function halve(parts: readonly Segment[]): [Segment[], Segment[]] {
  let left = Math.floor(segmentRows(parts) / 2);
  const halves: [Segment[], Segment[]] = [[], []];
  for (const { rows, from, to } of parts) {
    const cut = Math.min(to, from + left);
    if (cut > from) halves[0].push({ rows, from, to: cut });
    if (to > cut) halves[1].push({ rows, from: cut, to });
    left -= cut - from;
  }
  return halves;
}
