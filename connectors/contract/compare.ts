import type { Column, StreamName } from './schema.ts';

/** A hash that both sides can compute on canonical text. The first that both have is used. */
export type HashName = 'md5' | 'sha256';

/** A table to compare: `columns` in the same order and of the same logical types on both sides (names may differ). */
export interface CompareTable {
  readonly stream: StreamName;
  readonly columns: readonly Column[];
  /** Key columns' names, among `columns`; never empty. */
  readonly key: readonly string[];
  /** A condition in this side's own SQL, e.g. a row filter or "not softly deleted". */
  readonly where?: string;
}

/**
 * A part of a table.
 * `range`: rows whose first key column is >= `from` and < `to` (canonical texts; absent: unbounded), only for integer, decimal, temporal and binary keys;
 * `bucket`: rows whose canonical key's hash starts with the `bits` bits `value`, for any key.
 */
export type Part =
  | { readonly kind: 'range'; readonly from?: string; readonly to?: string }
  | { readonly kind: 'bucket'; readonly bits: number; readonly value: number };

/** Rows and XOR of both 64-bit halves of each row's hash, over the length-prefixed canonical texts of its columns. */
export interface Digest {
  readonly rows: number;
  readonly high: bigint;
  readonly low: bigint;
}

/** One row: its key as canonical texts, and its hash (hex). */
export interface RowDigest {
  readonly key: readonly string[];
  readonly hash: string;
}

/** Tables compared by checksums computed inside their database. */
export interface Comparer {
  hashes(signal: AbortSignal): Promise<readonly HashName[]>;
  /** Lowest and highest canonical text of the first key column, and the row count; texts absent for an empty table. */
  extent(table: CompareTable, signal: AbortSignal): Promise<{ rows: number; low?: string; high?: string }>;
  /** One digest for each part, same order. */
  digests(table: CompareTable, parts: readonly Part[], hash: HashName, signal: AbortSignal): Promise<Digest[]>;
  /** The rows of a part, unordered, in arrays of some thousand. */
  rows(table: CompareTable, part: Part, hash: HashName, signal: AbortSignal): AsyncIterable<RowDigest[]>;
  /** Full rows by key as canonical texts (null for NULL), for showing differences; missing keys are left out. Key text is `JSON.stringify(key)`. */
  fetch(
    table: CompareTable,
    keys: readonly (readonly string[])[],
    signal: AbortSignal,
  ): Promise<Map<string, (string | null)[]>>;
}
