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

interface Rule {
  readonly kind: Token['kind'];
  /** Sticky. */
  readonly pattern: RegExp;
}

const OPERATORS =
  '<=>|->>|!~\\*|::|\\|\\||&&|<=|>=|<>|!=|->|=>|==|\\*\\*|//|:=|<<|>>|~\\*|!~|~~|[-+*/%<>=!&|^~#@?:;,.()\\[\\]{}$\\\\]';

const WORD = '[A-Za-z_\\u0080-\\u{10ffff}][\\w$\\u0080-\\u{10ffff}]*';

/** A number, unless more of a word follows: MySQL has identifiers such as 1a. */
const NUMBER = `(?:0[xX][0-9a-fA-F]+|0[bB][01]+|(?:\\d+(?:_\\d+)*(?:\\.(?:\\d+(?:_\\d+)*)?)?|\\.\\d+)(?:[eE][-+]?\\d+)?)(?![\\w$\\u0080-\\u{10ffff}])`;

const shared: readonly Rule[] = [
  rule('space', '\\s+'),
  rule('number', NUMBER),
  rule('word', `\\d*${WORD}|\\d+`),
  rule('operator', OPERATORS),
];

/** What is before a quote and part of the literal; `e` is for texts with escapes. */
const PREFIX = '(?:[xXbBnN]|_[A-Za-z]\\w*)?';

const rules: Readonly<Record<Syntax, readonly Rule[]>> = {
  standard: [
    rule('comment', '--[^\\n]*'),
    rule('string', `${PREFIX}'(?:[^']|'')*'`),
    rule('string', "[eE]'(?:[^'\\\\]|''|\\\\[\\s\\S])*'"),
    rule('string', '(\\$(?:[A-Za-z_]\\w*)?\\$)[\\s\\S]*?\\1'),
    rule('quoted', '"(?:[^"]|"")*"|`(?:[^`]|``)*`'),
    ...shared,
  ],
  mysql: [
    rule('comment', '--(?=[\\s\\x00-\\x1f]|$)[^\\n]*|#[^\\n]*|/\\*[\\s\\S]*?\\*/'),
    rule('string', `${PREFIX}'(?:[^'\\\\]|''|\\\\[\\s\\S])*'|"(?:[^"\\\\]|""|\\\\[\\s\\S])*"`),
    rule('quoted', '`(?:[^`]|``)*`'),
    ...shared,
  ],
};

function rule(kind: Token['kind'], source: string): Rule {
  return { kind, pattern: new RegExp(source, 'uy') };
}

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
  if (syntax === 'standard' && sql.startsWith('/*', offset)) {
    return { kind: 'comment', text: nestedComment(sql, offset), offset, key: '' };
  }
  for (const { kind, pattern } of rules[syntax]) {
    pattern.lastIndex = offset;
    const text = pattern.exec(sql)?.[0];
    if (text === undefined) continue;
    if (text === '/' && sql[offset + 1] === '*') throw new UnendedToken('a comment', offset);
    return { kind, text, offset, key: kind === 'word' || kind === 'operator' ? text.toLowerCase() : '' };
  }
  const unended = { "'": 'a text in quotes', '"': 'a name in quotes', '`': 'a name in quotes' }[sql[offset]!];
  if (unended !== undefined) throw new UnendedToken(unended, offset);
  return { kind: 'operator', text: String.fromCodePoint(sql.codePointAt(offset)!), offset, key: sql[offset]! };
}

/** Comments nest in the standard, not in MySQL. */
function nestedComment(sql: string, start: number): string {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (let found = edge.exec(sql); found !== null; found = edge.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return sql.slice(start, edge.lastIndex);
  }
  throw new UnendedToken('a comment', start);
}
