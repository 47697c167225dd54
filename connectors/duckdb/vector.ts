import { BLOB, DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api';
import { duckdb, type Vector } from './bindings.ts';

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

/** A column of lists of FLOAT: where each begins and how long it is (64 bits each), over one run of numbers. */
export class ListBuffer extends ColumnBuffer {
  readonly #entries: Uint32Array;
  numbers = new Float32Array(CHUNK_ROWS);
  length = 0;

  constructor() {
    super(16);
    this.#entries = new Uint32Array(this.data.buffer);
  }

  put(row: number, numbers: readonly number[]): void {
    if (this.length + numbers.length > this.numbers.length) {
      const larger = new Float32Array(2 * (this.length + numbers.length));
      larger.set(this.numbers.subarray(0, this.length));
      this.numbers = larger;
    }
    this.numbers.set(numbers, this.length);
    this.#entries[4 * row] = this.length;
    this.#entries[4 * row + 2] = numbers.length;
    this.length += numbers.length;
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
      if (column instanceof ListBuffer) fillList(vector, column);
      duckdb.vector_ensure_validity_writable(vector);
      duckdb.copy_data_to_vector_validity(vector, 0, column.validity.buffer, 0, column.validity.length);
    }
    for (const column of this.#columns) if (column instanceof ListBuffer) column.length = 0;
    return this.chunk;
  }
}

function fillList(vector: Vector, { numbers, length }: ListBuffer): void {
  duckdb.list_vector_reserve(vector, length);
  duckdb.list_vector_set_size(vector, length);
  duckdb.copy_data_to_vector(duckdb.list_vector_get_child(vector), 0, numbers.buffer, 0, length * 4);
}
