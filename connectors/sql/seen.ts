import { createHash } from 'node:crypto';
import { valuesDecoder } from '../avro/index.ts';
import { type Batch, type Layout, millraceError, type Slab, streamText } from '../contract/index.ts';
import { keyPlaces } from './batches.ts';
import { atLeast, type Cursor } from './cursor.ts';

/** Rows of an overlap that a position can hold; more would make every commit heavy. */
const MOST_SEEN = 20_000;

/** Which rows of the overlap were sent before: 128 bits of each row's hash. For destinations that append. */
export class Seen {
  readonly #cursor: Cursor;
  readonly #before: ReadonlySet<string>;
  readonly #now: Set<string>;
  /** The next window reads again from here: rows at or behind it are remembered. */
  readonly #from: string;

  /** `before`: sent by earlier windows; `now`: sent by this one before it was cut short. */
  constructor(cursor: Cursor, before: readonly string[], now: readonly string[], from: string) {
    this.#cursor = cursor;
    this.#before = new Set(before);
    this.#now = new Set(now);
    this.#from = from;
  }

  /** The batch without the rows that were sent before. */
  fresh(batch: Batch, layout: Layout): Batch {
    const decode = valuesDecoder(batch.schema, layout);
    const [place] = keyPlaces(batch.schema, [this.#cursor.column.name]);
    const keep: number[] = [];
    for (let row = 0; row < batch.rows.ends.length; row++) {
      const hash = hashOf(rowBytes(batch.rows, row));
      if (!this.#before.has(hash)) keep.push(row);
      const value = decode(batch.rows, row)[place!];
      if (typeof value === 'string' && atLeast(this.#cursor.column.type, value, this.#from)) this.#now.add(hash);
    }
    if (this.#now.size > MOST_SEEN) throw tooMany(batch);
    return keep.length === batch.rows.ends.length ? batch : { ...batch, rows: pick(batch.rows, keep) };
  }

  /** Hashes for the next window. */
  hashes(): string[] {
    return [...this.#now];
  }
}

function rowBytes(slab: Slab, row: number): Uint8Array {
  return slab.bytes.subarray(row === 0 ? 0 : slab.ends[row - 1], slab.ends[row]);
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest().subarray(0, 16).toString('base64');
}

/** The chosen records of a slab as one of their own. */
function pick(slab: Slab, rows: readonly number[]): Slab {
  const ends = new Uint32Array(rows.length);
  const parts = rows.map((row) => rowBytes(slab, row));
  let end = 0;
  parts.forEach((part, i) => {
    end += part.length;
    ends[i] = end;
  });
  return { bytes: Buffer.concat(parts), ends };
}

function tooMany({ schema }: Batch) {
  const at = streamText(schema.stream);
  return millraceError(
    'cursor.overlap-too-large',
    `${at}: more than ${MOST_SEEN} rows lie in the overlap of the cursor`,
    { at },
  );
}
