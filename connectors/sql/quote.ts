import type { StreamName } from '../contract/index.ts';

/** An identifier of any kind as SQL: `` a`b `` becomes `` `a``b` ``. The only place where identifiers are quoted. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A table's qualified name as SQL; without its database where the namespace is ''. */
export function quoteTable(table: StreamName): string {
  return table.namespace === '' ? quoteName(table.name) : `${quoteName(table.namespace)}.${quoteName(table.name)}`;
}

/**
 * A string literal that means the same under every `sql_mode`: plain text between quotes, anything else as hex,
 * because a backslash is an escape or not depending on NO_BACKSLASH_ESCAPES.
 */
export function quoteText(text: string): string {
  if (/^[^\\\p{Cc}]*$/u.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return `_utf8mb4 ${quoteBytes(Buffer.from(text, 'utf8'))}`;
}

/** A binary literal: `x'00ff'`, which may be empty. */
export function quoteBytes(bytes: Uint8Array): string {
  return `x'${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}'`;
}
