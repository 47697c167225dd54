/** Whose SQL is spoken, and whose rules hold for a type. */
export type Dialect = 'mysql' | 'mariadb' | 'tidb' | 'duckdb';

/** A column's type in the words of INFORMATION_SCHEMA.COLUMNS: DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME. */
export interface NativeColumn {
  readonly dataType: string;
  readonly columnType: string;
  readonly charset?: string;
  readonly collation?: string;
}

/** A value in its canonical text; bytes for the kinds `bytes` and `bit`; null for NULL. */
export type Value = string | Uint8Array | null;

/** What to SELECT for a column so that its text is exact. */
export interface Selection {
  readonly value: string;
  /**
   * A further expression, where text may be inexact: 1 means that this row's value has an exact text. Else it is 0, followed by the value's own
   * bytes as hex where the text does not show them.
   */
  readonly exact?: string;
}
