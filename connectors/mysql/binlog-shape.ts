import { keyStream, rowJson, SlabBuilder } from '../avro/index.ts';
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
import type { Charsets } from './binlog/charsets.ts';
import type { RowsEvent } from './binlog/event.ts';
import { RecordWriter, shownValues } from './binlog/record-writer.ts';
import { RowImage, sameCell } from './binlog/row-image.ts';
import type { TableMap } from './binlog/table-map.ts';

export interface ShapeOptions {
  readonly layout: Layout;
  readonly maxRowBytes: number;
  readonly charsets: Charsets;
}

/** How the rows of one table are taken, under the columns that it had when they were written. Compiled once. */
export interface RowShape {
  readonly schema: StreamSchema;
  readonly stream: string;
  readonly map: TableMap;
  /** Places of the key's columns among the map's. */
  readonly key: readonly number[];
  readonly row: RecordWriter;
  readonly keyRecord: RecordWriter;
  readonly show: ReturnType<typeof shownValues>;
  readonly maxRowBytes: number;
}

/**
 * The shape of rows that were written with these columns. A column that the table got later has its default in them, which is what the
 * server gave them when it was added; where that cannot be told it is left out, so that the target keeps or gives it. Throws `cdc.not-followed` for a column that the table does not have any more.
 */
export function rowShape({ request, table, schema }: ChangeTable, map: TableMap, options: ShapeOptions): RowShape {
  const stream = streamText(schema.stream);
  const columns = map.columns!;
  const there = new Set(columns.map(({ name }) => name));
  const gone = columns.find(({ name }) => !table.columns.some((column) => column.name === name));
  if (gone !== undefined) {
    const at = `${stream}.${gone.name}`;
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
  const source = {
    columns,
    request,
    layout: options.layout,
    charsets: options.charsets,
    later: later as Map<string, Value>,
  };
  return {
    schema: own,
    stream,
    map,
    key: schema.key!.map((name) => columns.findIndex((column) => column.name === name)),
    row: new RecordWriter(own, source),
    keyRecord: new RecordWriter(keyStream(own), source),
    show: shownValues(own, source),
    maxRowBytes: options.maxRowBytes,
  };
}

const unknown = Symbol('unknown');

/** Types whose default is stated in the form that a value has. */
const stated: ReadonlySet<string> = new Set(['integer', 'decimal', 'text', 'enum', 'set', 'date', 'datetime', 'json']);

/** What rows from before a column was added have in it. */
function laterValue({ type, nullable, default: initial, generated }: Column): Value | typeof unknown {
  if (generated !== undefined) return null;
  if (initial === undefined) return nullable ? null : unknown;
  return initial.kind === 'value' && stated.has(type.kind) ? initial.text : unknown;
}

/** The collations of a table's columns that are taken: what their bytes mean has to be known before rows are read. */
export function collationsOf({ schema }: ChangeTable, map: TableMap): number[] {
  const taken = new Set(loadedColumns(schema).map(({ name }) => name));
  return (map.columns ?? [])
    .filter(({ name }) => name !== undefined && taken.has(name))
    .map(({ collation }) => collation);
}

export interface ChangeBatchOptions {
  readonly catchingUp: boolean;
  readonly before: boolean;
  /** Bytes of rows that are expected: a buffer that grows is copied each time. */
  readonly room: number;
}

const LEAST_ROOM = 16 * 1024;

/** Changes of one table on their way into a batch. */
export class ChangeBatch {
  readonly shape: RowShape;
  readonly #catchingUp: boolean;
  readonly #rows: SlabBuilder;
  readonly #keys = new SlabBuilder();
  /** Images before the changes, where they are asked for; of an insert an empty one. */
  readonly #befores: SlabBuilder | undefined;
  #ops = new Uint8Array(1024);
  #count = 0;
  #rejects: Reject[] = [];
  #before: RowImage | undefined;
  #after: RowImage | undefined;
  #present = '';

  constructor(shape: RowShape, { catchingUp, before, room }: ChangeBatchOptions) {
    this.shape = shape;
    this.#catchingUp = catchingUp;
    this.#rows = new SlabBuilder(Math.max(room, LEAST_ROOM));
    this.#befores = before ? new SlabBuilder() : undefined;
  }

  /** Changes taken, those that were rejected among them. */
  get rows(): number {
    return this.#count + this.#rejects.length;
  }

  get bytes(): number {
    return this.#rows.byteLength + this.#keys.byteLength;
  }

  /** Takes the rows of an event but for the first `skip` of them; gives how many there were. Throws where the images are not whole. */
  add(event: RowsEvent, skip: number): number {
    const { buffer, end, what } = event;
    const [before, after] = this.#images(event);
    let rows = 0;
    for (let at = event.at; at < end; rows++) {
      if (what !== 'insert') at = before.read(buffer, at);
      if (what !== 'delete') at = after.read(buffer, at);
      if (at > end)
        throw millraceError('cdc.undecodable', `a row of ${this.shape.stream} is cut`, { at: this.shape.stream });
      if (rows >= skip) this.#change(event, before, after);
    }
    return rows;
  }

  take(): Batch {
    const rejects = this.#rejects;
    const batch: Batch = {
      kind: 'batch',
      schema: this.shape.schema,
      rows: this.#rows.take(),
      keys: this.#keys.take(),
      ops: this.#ops.slice(0, this.#count),
      ...(this.#befores === undefined ? {} : { before: this.#befores.take() }),
      ...(this.#catchingUp ? { catchingUp: true } : {}),
      ...(rejects.length === 0 ? {} : { rejects }),
    };
    this.#count = 0;
    this.#rejects = [];
    return batch;
  }

  /** Made again where an event leaves out other columns than the one before. */
  #images({ present, presentAfter, what }: RowsEvent): readonly [RowImage, RowImage] {
    const id = `${present.toString('latin1')}/${presentAfter.toString('latin1')}`;
    if (this.#before === undefined || this.#after === undefined || this.#present !== id) {
      const columns = this.shape.map.columns!;
      this.#present = id;
      this.#before = new RowImage(columns, present);
      this.#after = new RowImage(columns, what === 'update' ? presentAfter : present);
    }
    return [this.#before, this.#after];
  }

  #change({ buffer, what }: RowsEvent, before: RowImage, after: RowImage): void {
    try {
      if (what === 'delete') this.#delete(buffer, before);
      else if (what === 'insert') this.#put(buffer, after, OP.insert);
      else if (this.#moved(buffer, before, after)) this.#move(buffer, before, after);
      else this.#put(buffer, after, OP.update, before);
    } catch (thrown) {
      this.#rows.rollbackRow();
      this.#keys.rollbackRow();
      this.#befores?.rollbackRow();
      this.#reject(thrown, buffer, what === 'delete' ? before : after);
    }
  }

  #moved(buffer: Buffer, before: RowImage, after: RowImage): boolean {
    const { key } = this.shape;
    for (let i = 0; i < key.length; i++) if (!sameCell(buffer, before, after, key[i]!)) return true;
    return false;
  }

  /** A key that changed is another row. Where the new one cannot be written, the old one stays: it is tried first. */
  #move(buffer: Buffer, before: RowImage, after: RowImage): void {
    this.#encode(buffer, after);
    this.#rows.rollbackRow();
    this.#delete(buffer, before);
    this.#put(buffer, after, OP.insert);
  }

  #delete(buffer: Buffer, before: RowImage): void {
    this.shape.keyRecord.write(buffer, before, this.#keys.sink);
    this.#remember(buffer, before);
    this.#commit(OP.delete);
  }

  #put(buffer: Buffer, after: RowImage, op: number, before?: RowImage): void {
    this.#encode(buffer, after);
    if (before !== undefined) this.#remember(buffer, before);
    this.shape.keyRecord.write(buffer, after, this.#keys.sink);
    this.#commit(op);
  }

  #remember(buffer: Buffer, before: RowImage): void {
    if (this.#befores !== undefined) this.shape.row.write(buffer, before, this.#befores.sink);
  }

  #encode(buffer: Buffer, image: RowImage): void {
    const { row, maxRowBytes } = this.shape;
    row.write(buffer, image, this.#rows.sink);
    const size = this.#rows.sink.length - this.#rows.byteLength;
    if (size <= maxRowBytes) return;
    throw millraceError('row.too-large', `the row has ${size} bytes, more than max_row_bytes (${maxRowBytes})`);
  }

  #commit(op: number): void {
    if (this.#count === this.#ops.length) {
      const grown = new Uint8Array(this.#count * 2);
      grown.set(this.#ops);
      this.#ops = grown;
    }
    this.#ops[this.#count++] = op;
    this.#rows.commitRow();
    this.#keys.commitRow();
    this.#befores?.commitRow();
  }

  /** Only what is wrong with one row: what is wrong with the log stops. */
  #reject(thrown: unknown, buffer: Buffer, image: RowImage): void {
    if (!(thrown instanceof MillraceError) || thrown.code.startsWith('cdc.')) throw thrown;
    const { schema, stream, show } = this.shape;
    const row = rowJson(schema, show(buffer, image));
    this.#rejects.push({ stream, code: thrown.code, message: thrown.message, row });
  }
}
