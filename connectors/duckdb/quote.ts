import { millraceError, type StreamName } from '../contract/index.ts';

/** An identifier of any kind as DuckDB's SQL: `a"b` becomes `"a""b"`. Throws `config.invalid` for a NUL, which ends DuckDB's statements. */
export function quoteName(name: string): string {
  if (name.includes('\0'))
    throw millraceError('config.invalid', `DuckDB takes no name with a NUL: ${JSON.stringify(name)}`);
  return `"${name.replaceAll('"', '""')}"`;
}

/** DuckDB's schema of a stream: the source's database, `main` where there is none. */
export function schemaOf(table: StreamName): string {
  return table.namespace === '' ? 'main' : table.namespace;
}

/**
 * A table's name as SQL with its catalog, which DuckDB names after the file: a schema of that name would make a shorter one ambiguous.
 */
export function quoteTable(catalog: string, table: StreamName): string {
  return `${quoteName(catalog)}.${quoteName(schemaOf(table))}.${quoteName(table.name)}`;
}

/** A text literal. Not for text with NULs, which must be bound. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
