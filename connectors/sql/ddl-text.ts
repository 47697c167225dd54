/**
 * A string literal for places where the grammar takes nothing but a plain one (COMMENT, DEFAULT).
 * Right only in a session without NO_BACKSLASH_ESCAPES, which is how all sessions of millrace are set.
 */
export function ddlText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\0', '\\0')}'`;
}
