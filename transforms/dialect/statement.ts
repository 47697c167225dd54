import type { Dialect } from './adapt.ts';
import { tokensOf, UnendedToken } from './lexer.ts';
import type { Token } from './token.ts';

/**
 * The statements of a text, without the semicolons between them and what holds nothing but blanks and comments. Text that ends in the
 * middle of something is one statement: the server says what is wrong with it.
 */
export function statementsOf(sql: string, dialect: Dialect): string[] {
  const tokens = readable(sql, dialect);
  if (tokens === undefined) return [sql];
  const found: Token[][] = [[]];
  for (const token of tokens) {
    if (token.key === ';') found.push([]);
    else found.at(-1)!.push(token);
  }
  return found
    .filter((statement) => statement.some(({ kind }) => kind !== 'space' && kind !== 'comment'))
    .map((statement) =>
      statement
        .map(({ text }) => text)
        .join('')
        .trim(),
    );
}

function readable(sql: string, dialect: Dialect): Token[] | undefined {
  try {
    return tokensOf(sql, dialect);
  } catch (thrown) {
    if (thrown instanceof UnendedToken) return undefined;
    throw thrown;
  }
}
