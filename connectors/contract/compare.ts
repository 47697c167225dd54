import type { Column, ColumnType, StreamName } from './schema.ts';

/** A hash that both sides can compute on canonical text, in lower-case hex. The first that both have is used. */
export type HashName = 'md5' | 'sha256';

/**
 * Rows to compare: `columns` in the same order and of the same logical types on both sides, which are the source's.
 * A row's text is, for each column, `N` for NULL, else `<bytes of the canonical text>:<the text>`; its hash is the hash of that.
 */
export interface CompareTable {
  readonly stream: StreamName;
  readonly columns: readonly Column[];
  /** Names among `columns`, never empty. Rows need not differ in them: a table without a key has all columns here. */
  readonly key: readonly string[];
  /** A condition in this side's own SQL, e.g. a row filter or "not softly deleted". */
  readonly where?: string;
  /** Only rows with this text in this column, which need not be among `columns`: one shard of many. */
  readonly equals?: { readonly column: string; readonly value: string };
  /** The other side's `Comparer.dialect`: canonical texts are made so that both sides have the same. Absent: the own one. */
  readonly peer?: string;
}

/** Values of the first key column that are >= `from` and < `to`, both canonical texts; absent: unbounded. */
export interface Range {
  readonly from?: string;
  readonly to?: string;
}

/**
 * Whether every database orders the values of a type alike, so that a range may be cut over them. TIME and decimals of more
 * than 38 digits are not among them: some databases keep them as text.
 */
export function isRanged(type: ColumnType): boolean {
  if (type.kind === 'decimal') return type.precision <= 38;
  return ['integer', 'date', 'datetime', 'timestamp', 'bytes'].includes(type.kind);
}

/** A part of a table: rows that are in the range (where there is one) and in the bucket (where there is one). `{}` is the whole table. */
export interface Part {
  /** Used only where the first key column is NOT NULL and `isRanged` on both sides. */
  readonly range?: Range;
  /** The first hex digits of the hash of the row's key, the key's text being made as a row's text of the key columns in key order. */
  readonly bucket?: string;
}

/** The key of a row as canonical texts in key order, null for NULL. */
export type RowKey = readonly (string | null)[];

/**
 * Count of rows and, over their hashes, the exact sums of the first and of the second 8 bytes as big-endian unsigned integers.
 * Sums and not XOR: rows that are there twice would cancel out.
 */
export interface Digest {
  readonly rows: number;
  readonly high: bigint;
  readonly low: bigint;
}

/** Rows of a part, and lowest and highest canonical text of the first key column; these are absent where there are no rows or it is not `isRanged`. */
export interface Extent {
  readonly rows: number;
  readonly low?: string;
  readonly high?: string;
}

/** One row: its key, the hash of the key's text, and the hash of the row's. */
export interface RowDigest {
  readonly key: RowKey;
  readonly keyHash: string;
  readonly hash: string;
}

/** One row: its key, the hash of the key's text, and the canonical texts of its columns, null for NULL. */
export interface RowTexts {
  readonly key: RowKey;
  readonly keyHash: string;
  readonly texts: readonly (string | null)[];
}

/** A row in which two sides differ, by its key. */
export interface Difference {
  readonly kind: 'only-source' | 'only-destination' | 'different';
  readonly key: RowKey;
}

/** Tables compared by checksums computed inside their database. */
export interface Comparer {
  /** Whose rules the values of its tables follow, e.g. `mysql`. */
  dialect(signal: AbortSignal): Promise<string>;
  hashes(signal: AbortSignal): Promise<readonly HashName[]>;
  /** The columns that a table has now, without the generated ones; undefined: no such table. */
  columns(stream: StreamName, signal: AbortSignal): Promise<readonly Column[] | undefined>;
  /** Names of columns that no canonical text shared with the peer tells apart entirely, e.g. JSON that each server spells in its own way. */
  partial(table: CompareTable, signal: AbortSignal): Promise<readonly string[]>;
  /** Never asked for a part with a bucket. */
  extent(table: CompareTable, part: Part, signal: AbortSignal): Promise<Extent>;
  /** One digest for each part, same order. Parts of one call do not overlap and their ranges ascend; those with buckets have equal ranges and prefixes of equal length, up to 65,536 of them. */
  digests(table: CompareTable, parts: readonly Part[], hash: HashName, signal: AbortSignal): Promise<Digest[]>;
  /** The rows of all the parts, ordered by the key's hash, in arrays of at most some thousand. Parts as for `digests`. */
  rows(
    table: CompareTable,
    parts: readonly Part[],
    hash: HashName,
    signal: AbortSignal,
  ): AsyncIterable<readonly RowDigest[]>;
  /**
   * As `rows`, with texts instead of hashes: for columns that `partial` names, asked with a table without `peer`, so that each side
   * writes whole values in its own way. Absent: such columns stay compared in part.
   */
  texts?(
    table: CompareTable,
    parts: readonly Part[],
    hash: HashName,
    signal: AbortSignal,
  ): AsyncIterable<readonly RowTexts[]>;
  /**
   * Whole rows by key as canonical texts (null for NULL) in the order of `columns`, for showing differences: all that have the key.
   * Keys of the result are `JSON.stringify(key)`; keys without a row are left out.
   */
  fetch(
    table: CompareTable,
    keys: readonly RowKey[],
    signal: AbortSignal,
  ): Promise<Map<string, readonly (readonly (string | null)[])[]>>;
}
