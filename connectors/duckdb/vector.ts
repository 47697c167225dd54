import { BLOB, DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

/** Rows of a DuckDB data chunk: its standard vector size. */
export const CHUNK_ROWS = 2048;

/** One column of a chunk on our side: `width` bytes a row and a validity bit a row, copied into DuckDB's vector as they are. */
export class ColumnBuffer {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly validity = new Uint8Array(CHUNK_ROWS / 8);
  readonly width: number;

  constructor(width: number) {
    this.width = width;
    this.data = new Uint8Array(width * CHUNK_ROWS);
  }

  setValid(row: number): void {
    this.validity[row >> 3]! |= 1 << (row & 7);
  }

  setNull(row: number): void {
    this.validity[row >> 3]! &= ~(1 << (row & 7));
  }
}

/**
 * Bytes that DuckDB holds outside the vectors which point at them. DuckDB's string (`duckdb_string_t` of its C header) is 16 bytes:
 * the length, then up to 12 bytes in place, or 4 bytes of prefix and a pointer. One copy of a whole slab and pointers into it
 * stand for one call a value.
 */
export class TextHeap {
  readonly #chunk = DuckDBDataChunk.create([BLOB]);
  /** The address of the bytes held, as two halves: low and high 32 bits. */
  low = 0;
  high = 0;

  /** Copies the bytes; those of the call before are let go. */
  hold(bytes: Uint8Array): void {
    this.#chunk.reset();
    const vector = duckdb.data_chunk_get_vector(this.#chunk.chunk, 0);
    duckdb.vector_assign_string_element_len(vector, 0, bytes);
    const text = duckdb.vector_get_data(vector, 16);
    const view = new DataView(text.buffer, text.byteOffset, 16);
    this.low = view.getUint32(8, true);
    this.high = view.getUint32(12, true);
  }
}

/** A chunk that is filled by column buffers and handed to DuckDB whole. */
export class ColumnChunk {
  readonly chunk: DuckDBDataChunk;
  readonly #columns: readonly ColumnBuffer[];

  constructor(types: readonly DuckDBType[], columns: readonly ColumnBuffer[]) {
    this.chunk = DuckDBDataChunk.create(types);
    this.#columns = columns;
  }

  /** The chunk with the first `rows` rows of the buffers. Valid until the next call. */
  fill(rows: number): DuckDBDataChunk {
    this.chunk.reset();
    this.chunk.rowCount = rows;
    for (const [index, column] of this.#columns.entries()) {
      const vector = duckdb.data_chunk_get_vector(this.chunk.chunk, index);
      duckdb.copy_data_to_vector(vector, 0, column.data.buffer, 0, rows * column.width);
      duckdb.vector_ensure_validity_writable(vector);
      duckdb.copy_data_to_vector_validity(vector, 0, column.validity.buffer, 0, column.validity.length);
    }
    return this.chunk;
  }
}
