import { createRequire } from 'node:module';
import type { DuckDBDataChunk } from '@duckdb/node-api';

type Chunk = DuckDBDataChunk['chunk'];
/** DuckDB's vector: a column of a chunk. */
export type Vector = { readonly __duckdb_type: 'duckdb_vector' };

/** What is used of DuckDB's C API as its bindings have it: memory of vectors is written whole, not value by value. */
interface Bindings {
  data_chunk_get_vector(chunk: Chunk, column: number): Vector;
  list_vector_get_child(vector: Vector): Vector;
  list_vector_reserve(vector: Vector, capacity: number): void;
  list_vector_set_size(vector: Vector, size: number): void;
  vector_get_data(vector: Vector, bytes: number): Uint8Array;
  vector_assign_string_element_len(vector: Vector, index: number, data: Uint8Array): void;
  vector_ensure_validity_writable(vector: Vector): void;
  copy_data_to_vector(to: Vector, at: number, from: ArrayBuffer, start: number, bytes: number): void;
  copy_data_to_vector_validity(to: Vector, at: number, from: ArrayBuffer, start: number, bytes: number): void;
}

/** The very bindings that node-api stands on, whose exact version it names: found from there, not by a version of our own. */
export const duckdb: Bindings = createRequire(import.meta.resolve('@duckdb/node-api'))('@duckdb/node-bindings');
