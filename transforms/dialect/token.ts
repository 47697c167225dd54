/**
 * A piece of SQL text. Tokens joined are the text that they were made of, byte for byte.
 *
 * `quoted` is an identifier in quotes; `operator` is any sign, brackets and commas too. A `string` includes what stands before its
 * quote (`x'61'`), and a dollar-quoted text is one.
 */
export interface Token {
  readonly kind: 'space' | 'comment' | 'word' | 'quoted' | 'string' | 'number' | 'operator';
  readonly text: string;
  /** Where it, or what it was made of, begins in the text. */
  readonly offset: number;
  /** A word or operator in small letters; else empty, so that nothing that is quoted can be taken for one. */
  readonly key: string;
}

/** Line and column in a text, both from 1; columns are UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}
