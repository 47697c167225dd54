import type { Token } from './token.ts';

/** How text is read: `standard` as DuckDB and PostgreSQL do, `mysql` as MySQL does under its own `sql_mode`. */
export type Syntax = 'standard' | 'mysql';

/** Text that ends in the middle of something. */
export class UnendedToken extends Error {
  readonly what: string;
  readonly offset: number;

  constructor(what: string, offset: number) {
    super(`${what} has no end`);
    this.what = what;
    this.offset = offset;
  }
}

const OPERATOR = /<=>|->>|!~\*|::|\|\||&&|<=|>=|<>|!=|->|=>|==|\*\*|\/\/|:=|<<|>>|~\*|!~|~~|[\s\S]/uy;

const SPACE = /\s+/y;
const WORD = /\d*[A-Za-z_\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*|\d+/uy;

/** A number, unless more of a word follows: MySQL has identifiers such as 1a. */
const NUMBER =
  /(?:0[xX][\da-fA-F]+|0[bB][01]+|(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+)(?:[eE][-+]?\d+)?)(?![\w$\u0080-\u{10ffff}])/uy;

const DOLLAR_TAG = /\$(?:[A-Za-z_]\w*)?\$/y;

/** What is before a quote and part of the text; in the standard syntax `e` too, for texts with escapes. */
const PREFIX = /^(?:[xbn]|_[a-z]\w*)$/i;

/**
 * The tokens of a text.
 * @throws UnendedToken for a text, name or comment without an end
 */
export function tokensOf(sql: string, syntax: Syntax = 'standard'): Token[] {
  const tokens: Token[] = [];
  for (let offset = 0; offset < sql.length; ) {
    const token = tokenAt(sql, offset, syntax);
    tokens.push(token);
    offset += token.text.length;
  }
  return tokens;
}

function tokenAt(sql: string, offset: number, syntax: Syntax): Token {
  const first = sql[offset]!;
  const space = matchAt(SPACE, sql, offset);
  if (space !== undefined) return { kind: 'space', text: space, offset, key: '' };
  const end = commentEnd(sql, offset, syntax);
  if (end !== undefined) return { kind: 'comment', text: sql.slice(offset, end), offset, key: '' };
  if (first === "'" || (first === '"' && syntax === 'mysql')) return textAt(sql, offset, offset, syntax === 'mysql');
  if (first === '"' || first === '`') {
    return { kind: 'quoted', text: sql.slice(offset, quoteEnd(sql, offset, false)), offset, key: '' };
  }
  if (first === '$' && syntax === 'standard') {
    const tag = matchAt(DOLLAR_TAG, sql, offset);
    const close = tag === undefined ? -1 : sql.indexOf(tag, offset + tag.length);
    if (close >= 0) return { kind: 'string', text: sql.slice(offset, close + tag!.length), offset, key: '' };
  }
  const number = matchAt(NUMBER, sql, offset);
  if (number !== undefined) return { kind: 'number', text: number, offset, key: '' };
  const word = matchAt(WORD, sql, offset);
  if (word !== undefined) return wordAt(sql, offset, word, syntax);
  const text = matchAt(OPERATOR, sql, offset) ?? first;
  return { kind: 'operator', text, offset, key: text };
}

function matchAt(pattern: RegExp, sql: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(sql)?.[0];
}

/** A word, or the text whose prefix it is. */
function wordAt(sql: string, offset: number, word: string, syntax: Syntax): Token {
  const quote = offset + word.length;
  if (sql[quote] === "'") {
    const escapes = syntax === 'standard' && (word === 'e' || word === 'E');
    if (escapes || PREFIX.test(word)) return textAt(sql, offset, quote, escapes || syntax === 'mysql');
  }
  return { kind: 'word', text: word, offset, key: word.toLowerCase() };
}

function textAt(sql: string, offset: number, quote: number, backslash: boolean): Token {
  return { kind: 'string', text: sql.slice(offset, quoteEnd(sql, quote, backslash)), offset, key: '' };
}

/** Behind the quote that ends what the one at `start` begins. Two of them are one of the text; a backslash is before any sign where it is one. */
function quoteEnd(sql: string, start: number, backslash: boolean): number {
  const quote = sql[start]!;
  for (let at = start + 1; ; at += 2) {
    at = backslash ? quoteOrBackslash(sql, at, quote) : sql.indexOf(quote, at);
    if (at < 0) throw new UnendedToken(quote === "'" ? 'a text in quotes' : 'a name in quotes', start);
    if (sql[at] === quote && sql[at + 1] !== quote) return at + 1;
  }
}

function quoteOrBackslash(sql: string, from: number, quote: string): number {
  const sign = quote === "'" ? /['\\]/g : /["\\]/g;
  sign.lastIndex = from;
  return sign.exec(sql)?.index ?? -1;
}

/** Behind the comment that begins at a place; undefined where none does. */
function commentEnd(sql: string, offset: number, syntax: Syntax): number | undefined {
  if (sql.startsWith('/*', offset)) return blockEnd(sql, offset, syntax === 'standard');
  const dashes = sql.startsWith('--', offset) && (syntax === 'standard' || !/[^\s]/.test(sql[offset + 2] ?? ' '));
  if (!dashes && !(syntax === 'mysql' && sql[offset] === '#')) return undefined;
  const end = sql.indexOf('\n', offset);
  return end < 0 ? sql.length : end;
}

/** Comments nest in the standard, not in MySQL. */
function blockEnd(sql: string, start: number, nests: boolean): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (let found = edge.exec(sql); found !== null; found = edge.exec(sql)) {
    if (found[0] === '*/') depth--;
    else if (nests || depth === 0) depth++;
    if (depth === 0) return edge.lastIndex;
  }
  throw new UnendedToken('a comment', start);
}
