import type { DuckDBAppender } from '@duckdb/node-api';
import type { Field } from '../avro/index.ts';
import { millraceError } from '../contract/index.ts';
import { rowDecoder } from './row-decoder.ts';
import { sinkOf } from './sink.ts';
import type { Sink } from './sink-form.ts';
import { CHUNK_ROWS, ColumnChunk, TextHeap } from './vector.ts';

/** Chunks that DuckDB collects before it stores them: storing blocks this thread for some 30 ms. */
const FLUSH_CHUNKS = 8;

/** A table as an appender takes it: all its columns, in order. */
export interface LoadTable {
  readonly columns: readonly { readonly name: string; readonly notNull: boolean }[];
}

/**
 * Appends Avro bodies to a table column by column, 2,048 rows at a time. A row is put into the sinks at `row`,
 * then kept by `next`; one that is not kept leaves no trace. `hold` comes before the rows of its bytes.
 */
export class ChunkLoader {
  readonly #appender: DuckDBAppender;
  readonly #heap = new TextHeap();
  readonly #sinks: ReadonlyMap<string, Sink>;
  readonly #notNull: ReadonlyMap<string, boolean>;
  readonly #all: readonly Sink[];
  readonly #chunk: ColumnChunk;
  #rows = 0;
  #chunks = 0;

  constructor(appender: DuckDBAppender, table: LoadTable, heaps: ReadonlyMap<string, TextHeap> = new Map()) {
    this.#appender = appender;
    const types = table.columns.map((_, index) => appender.columnType(index));
    this.#all = table.columns.map(({ name }, index) => {
      const sink = sinkOf(types[index]!, heaps.get(name) ?? this.#heap);
      if (sink === undefined)
        throw millraceError('schema.refused', `column ${name} has a type that is never written: ${types[index]}`);
      return sink;
    });
    this.#sinks = new Map(table.columns.map(({ name }, index) => [name, this.#all[index]!]));
    this.#notNull = new Map(table.columns.map(({ name, notNull }) => [name, notNull]));
    this.#chunk = new ColumnChunk(
      types,
      this.#all.map((sink) => sink.buffer),
    );
  }

  /** The row that is being made, within its chunk. */
  get row(): number {
    return this.#rows;
  }

  sink(column: string): Sink {
    return this.#sinks.get(column)!;
  }

  /** Compiles the way of these fields into the columns of these names, same order; see `rowDecoder`. */
  decoder(
    fields: readonly Field[],
    columns: readonly string[],
  ): (bytes: Uint8Array, start: number, row: number) => number {
    return rowDecoder(
      fields,
      columns.map((name) => this.sink(name)),
      columns.map((name) => this.#notNull.get(name)!),
    );
  }

  /** The same text in every row of a column that has a heap of its own. */
  fill(column: string, heap: TextHeap, text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    heap.hold(bytes);
    const sink = this.sink(column);
    for (let row = 0; row < CHUNK_ROWS; row++) {
      sink.buffer.setValid(row);
      sink.text(bytes, 0, bytes.length, row);
    }
  }

  hold(bytes: Uint8Array): void {
    this.#heap.hold(bytes);
  }

  /** Keeps the row made. */
  next(): void {
    this.#rows++;
    if (this.#rows === CHUNK_ROWS) this.send();
  }

  /** Hands over the rows kept: needed before other bytes are held, and at the end. */
  send(): void {
    if (this.#rows === 0) return;
    this.#appender.appendDataChunk(this.#chunk.fill(this.#rows));
    this.#rows = 0;
    this.#chunks++;
    if (this.#chunks % FLUSH_CHUNKS === 0) this.#appender.flushSync();
  }

  /** Stores everything in the transaction. */
  close(): void {
    this.send();
    this.#appender.closeSync();
  }
}
