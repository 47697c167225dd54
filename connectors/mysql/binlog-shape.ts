import { keyStream, rowJson, SlabBuilder, valuesEncoder } from '../avro/index.ts';
import {
  type Batch,
  type Column,
  type Layout,
  loadedColumns,
  MillraceError,
  millraceError,
  OP,
  type Reject,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import type { ChangeTable } from '../sql/index.ts';
import type { Value } from '../types/index.ts';
import type { LogRow, LogValues } from './binlog-events.ts';
import { InexactValue, type ReadValue, valueReader } from './binlog-values.ts';

export interface ShapeOptions {
  readonly layout: Layout;
  readonly maxRowBytes: number;
}

/** How the rows of one table are taken, under the columns that it had when they were written. Compiled once. */
export interface RowShape {
  readonly schema: StreamSchema;
  readonly stream: string;
  /** Each loaded column's name and reader, in order. */
  readonly columns: readonly { readonly name: string; readonly read: ReadValue }[];
  /** Places of the key's columns among them. */
  readonly key: readonly number[];
  readonly encodeRow: ReturnType<typeof valuesEncoder>;
  readonly encodeKey: ReturnType<typeof valuesEncoder>;
  readonly maxRowBytes: number;
}

/**
 * The shape of rows that were written with these columns. A column that the table got later has its default in them, which is what the
 * server gave them when it was added; where that cannot be told it is left out, so that the target keeps or gives it. Throws `cdc.not-followed` for a column that the table does not have any more.
 */
export function rowShape(
  { request, table, schema }: ChangeTable,
  columns: readonly string[],
  options: ShapeOptions,
): RowShape {
  const stream = streamText(schema.stream);
  const there = new Set(columns);
  const gone = columns.find((name) => !table.columns.some((column) => column.name === name));
  if (gone !== undefined) {
    const at = `${stream}.${gone}`;
    throw millraceError(
      'cdc.not-followed',
      `the log has rows with the column ${at}, which the table does not have now`,
      {
        at,
      },
    );
  }
  const later = new Map(
    schema.columns.filter(({ name }) => !there.has(name)).map((column) => [column.name, laterValue(column)]),
  );
  const known = schema.columns.filter(({ name, generated }) => generated !== undefined || later.get(name) !== unknown);
  const own = known.length === schema.columns.length ? schema : { ...schema, columns: known };
  const loaded = loadedColumns(own);
  return {
    schema: own,
    stream,
    columns: loaded.map((column) => ({
      name: column.name,
      read: there.has(column.name) ? readerOf(column, request) : () => later.get(column.name) as Value,
    })),
    key: schema.key!.map((name) => loaded.findIndex((column) => column.name === name)),
    encodeRow: valuesEncoder(own, options.layout),
    encodeKey: valuesEncoder(keyStream(own), options.layout),
    maxRowBytes: options.maxRowBytes,
  };
}

function readerOf({ name, type }: Column, { protect }: ChangeTable['request']): ReadValue {
  return protect?.[name] === undefined ? valueReader(type) : masked;
}

const unknown = Symbol('unknown');

/** Types whose default is stated in the form that a value has. */
const stated: ReadonlySet<string> = new Set(['integer', 'decimal', 'text', 'enum', 'set', 'date', 'datetime', 'json']);

/** What rows from before a column was added have in it. */
function laterValue({ type, nullable, default: initial }: Column): Value | typeof unknown {
  if (initial === undefined) return nullable ? null : unknown;
  return initial.kind === 'value' && stated.has(type.kind) ? initial.text : unknown;
}

const masked: ReadValue = (raw) => (raw === null ? null : '***');

/** Changes of one table on their way into a batch. */
export class ChangeBatch {
  readonly shape: RowShape;
  readonly #rows = new SlabBuilder();
  readonly #keys = new SlabBuilder();
  #ops: number[] = [];
  #rejects: Reject[] = [];

  constructor(shape: RowShape) {
    this.shape = shape;
  }

  get rows(): number {
    return this.#ops.length + this.#rejects.length;
  }

  get bytes(): number {
    return this.#rows.byteLength + this.#keys.byteLength;
  }

  add({ before, after }: LogRow): void {
    try {
      this.#add(before && this.#values(before), after && this.#values(after));
    } catch (thrown) {
      this.#reject(thrown, after ?? before ?? {});
    }
  }

  take(): Batch {
    const rejects = this.#rejects;
    const batch: Batch = {
      kind: 'batch',
      schema: this.shape.schema,
      rows: this.#rows.take(),
      keys: this.#keys.take(),
      ops: Uint8Array.from(this.#ops),
      ...(rejects.length === 0 ? {} : { rejects }),
    };
    this.#ops = [];
    this.#rejects = [];
    return batch;
  }

  /** A key that changed is another row. The new one comes first: where it is refused, the old one stays. */
  #add(before: readonly Value[] | undefined, after: readonly Value[] | undefined): void {
    const { key } = this.shape;
    const oldKey = before && key.map((place) => before[place]!);
    const newKey = after && key.map((place) => after[place]!);
    const moved = oldKey !== undefined && newKey !== undefined && !sameValues(oldKey, newKey);
    if (after !== undefined) this.#put(after, newKey!, before === undefined || moved ? OP.insert : OP.update);
    if (after === undefined || moved) this.#put(undefined, oldKey!, OP.delete);
  }

  #put(row: readonly Value[] | undefined, key: readonly Value[], op: number): void {
    if (row === undefined) this.#rows.commitRow();
    else this.#encode(row);
    this.shape.encodeKey(key, this.#keys);
    this.#ops.push(op);
  }

  #encode(row: readonly Value[]): void {
    const { encodeRow, maxRowBytes } = this.shape;
    const size = row.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
    if (size > maxRowBytes) {
      throw millraceError('row.too-large', `the row has ${size} bytes, more than max_row_bytes (${maxRowBytes})`);
    }
    encodeRow(row, this.#rows);
  }

  #values(image: LogValues): Value[] {
    return this.shape.columns.map(({ name, read }) => {
      try {
        return read(image[name]);
      } catch (thrown) {
        if (thrown instanceof InexactValue) throw millraceError('value.inexact', `column ${name} ${thrown.message}`);
        throw thrown;
      }
    });
  }

  #reject(thrown: unknown, image: LogValues): void {
    if (!(thrown instanceof MillraceError)) throw thrown;
    const { schema, stream, columns } = this.shape;
    const values = columns.map(({ name }) => plain(image[name]));
    this.#rejects.push({ stream, code: thrown.code, message: thrown.message, row: rowJson(schema, values) });
  }
}

/** For people to look at. */
function plain(raw: unknown): Value {
  if (raw === null || raw === undefined) return null;
  return raw instanceof Uint8Array ? raw : String(raw);
}

function sameValues(a: readonly Value[], b: readonly Value[]): boolean {
  return a.every((value, i) => {
    const other = b[i]!;
    if (value === null || other === null) return value === other;
    return Buffer.compare(Buffer.from(value), Buffer.from(other)) === 0;
  });
}
