import type {
  Arguments,
  BinaryName,
  CallNode,
  Comparison,
  Expression,
  FilterNode,
  Keyword,
  SliceNode,
  Target,
} from './ast.ts';
import { describe } from './token.ts';
import type { TokenStream } from './token-stream.ts';

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);

/** `a if b else c` is not taken where a loop's own `if` may follow. */
export function parseExpression(stream: TokenStream, withCondition = true): Expression {
  return withCondition ? parseCondition(stream) : parseOr(stream);
}

function parseCondition(stream: TokenStream): Expression {
  let { line } = stream.current;
  let result = parseOr(stream);
  while (stream.skipName('if')) {
    const test = parseOr(stream);
    const no = stream.skipName('else') ? parseCondition(stream) : undefined;
    result = { kind: 'condition', test, yes: result, no, line };
    line = stream.current.line;
  }
  return result;
}

function parseOr(stream: TokenStream): Expression {
  const { line } = stream.current;
  let left = parseAnd(stream);
  while (stream.skipName('or')) left = { kind: 'or', left, right: parseAnd(stream), line };
  return left;
}

function parseAnd(stream: TokenStream): Expression {
  const { line } = stream.current;
  let left = parseNot(stream);
  while (stream.skipName('and')) left = { kind: 'and', left, right: parseNot(stream), line };
  return left;
}

function parseNot(stream: TokenStream): Expression {
  if (!stream.isName('not')) return parseCompare(stream);
  const { line } = stream.next();
  return { kind: 'not', operand: parseNot(stream), line };
}

function parseCompare(stream: TokenStream): Expression {
  const { line } = stream.current;
  const first = parseSum(stream);
  const rest: { operator: Comparison; value: Expression }[] = [];
  for (;;) {
    const operator = comparison(stream);
    if (operator === undefined) break;
    rest.push({ operator, value: parseSum(stream) });
  }
  return rest.length === 0 ? first : { kind: 'compare', first, rest, line };
}

function comparison(stream: TokenStream): Comparison | undefined {
  const token = stream.current;
  if (token.type === 'operator' && COMPARISONS.has(token.text)) {
    stream.next();
    return token.text as Comparison;
  }
  if (stream.skipName('in')) return 'in';
  const { following } = stream;
  if (!stream.isName('not') || following.type !== 'name' || following.text !== 'in') return undefined;
  stream.next();
  stream.next();
  return 'not in';
}

/** A chain of operators of one rank, from left to right. */
function chain(operators: readonly string[], parse: (stream: TokenStream) => Expression) {
  return (stream: TokenStream): Expression => {
    let { line } = stream.current;
    let left = parse(stream);
    while (stream.is('operator') && operators.includes(stream.current.text)) {
      const operator = stream.next().text as BinaryName;
      left = { kind: 'binary', operator, left, right: parse(stream), line };
      line = stream.current.line;
    }
    return left;
  };
}

const parsePower = chain(['**'], (stream) => parseUnary(stream));
const parseProduct = chain(['*', '/', '//', '%'], parsePower);
const parseSum = chain(['+', '-'], parseConcat);

/** `~` binds more tightly than `+`, and less than `*`. */
function parseConcat(stream: TokenStream): Expression {
  const { line } = stream.current;
  const parts = [parseProduct(stream)];
  while (stream.skipOperator('~')) parts.push(parseProduct(stream));
  return parts.length === 1 ? parts[0]! : { kind: 'concat', parts, line };
}

function parseUnary(stream: TokenStream, withFilter = true): Expression {
  const { line } = stream.current;
  let node: Expression;
  if (stream.skipOperator('-')) node = { kind: 'negative', operand: parseUnary(stream, false), line };
  else if (stream.skipOperator('+')) node = { kind: 'positive', operand: parseUnary(stream, false), line };
  else node = parsePrimary(stream);
  node = parsePostfix(stream, node);
  return withFilter ? parseFilters(stream, node) : node;
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

function parsePrimary(stream: TokenStream, withNamespace = false): Expression {
  const token = stream.current;
  const { line } = token;
  if (token.type === 'name') return parseName(stream, withNamespace);
  if (token.type === 'string') {
    let value = '';
    while (stream.is('string')) value += stream.next().text;
    return { kind: 'constant', value, line };
  }
  if (token.type === 'integer' || token.type === 'float') {
    stream.next();
    return { kind: 'constant', value: token.number!, line };
  }
  if (stream.skipOperator('(')) {
    const node = parseTuple(stream, { parentheses: true });
    stream.expectOperator(')');
    return node;
  }
  if (stream.isOperator('[')) return parseList(stream);
  if (stream.isOperator('{')) return parseDict(stream);
  throw stream.error(`unexpected '${describe(token)}'`);
}

function parseName(stream: TokenStream, withNamespace: boolean): Expression {
  const { text, line } = stream.next();
  const word = WORDS.get(text);
  if (word !== undefined) return { kind: 'constant', value: word, line };
  if (withNamespace && stream.skipOperator('.')) {
    return { kind: 'namespace', name: text, attribute: stream.expect('name').text, line };
  }
  return { kind: 'name', name: text, use: 'load', line };
}

interface TupleRules {
  /** Names and literals only, as targets are. */
  readonly simple?: boolean;
  readonly withCondition?: boolean;
  readonly withNamespace?: boolean;
  /** A name that ends it. */
  readonly end?: string;
  /** Whether it stands in parentheses, and so may be empty. */
  readonly parentheses?: boolean;
}

/** One expression, or a tuple where commas follow. */
export function parseTuple(stream: TokenStream, rules: TupleRules = {}): Expression {
  const { line } = stream.current;
  const items: Expression[] = [];
  let isTuple = false;
  for (;;) {
    if (items.length > 0) stream.expectOperator(',');
    if (endsTuple(stream, rules.end)) break;
    items.push(
      rules.simple
        ? parsePrimary(stream, rules.withNamespace ?? false)
        : parseExpression(stream, rules.withCondition ?? true),
    );
    if (!stream.isOperator(',')) break;
    isTuple = true;
  }
  if (!isTuple && items.length > 0) return items[0]!;
  if (!isTuple && !rules.parentheses) {
    throw stream.error(`Expected an expression, got '${describe(stream.current)}'`);
  }
  return { kind: 'tuple', items, line };
}

function endsTuple(stream: TokenStream, end: string | undefined): boolean {
  if (stream.is('variable_end') || stream.is('block_end') || stream.isOperator(')')) return true;
  return end !== undefined && stream.isName(end);
}

function parseList(stream: TokenStream): Expression {
  const { line } = stream.next();
  const items: Expression[] = [];
  while (!stream.isOperator(']')) {
    if (items.length > 0) stream.expectOperator(',');
    if (stream.isOperator(']')) break;
    items.push(parseExpression(stream));
  }
  stream.next();
  return { kind: 'list', items, line };
}

function parseDict(stream: TokenStream): Expression {
  const { line } = stream.next();
  const entries: [Expression, Expression][] = [];
  while (!stream.isOperator('}')) {
    if (entries.length > 0) stream.expectOperator(',');
    if (stream.isOperator('}')) break;
    const key = parseExpression(stream);
    stream.expectOperator(':');
    entries.push([key, parseExpression(stream)]);
  }
  stream.next();
  return { kind: 'dict', entries, line };
}

function parsePostfix(stream: TokenStream, start: Expression): Expression {
  let node = start;
  for (;;) {
    if (stream.isOperator('.') || stream.isOperator('[')) node = parseSubscript(stream, node);
    else if (stream.isOperator('(')) node = parseCall(stream, node);
    else return node;
  }
}

function parseFilters(stream: TokenStream, start: Expression): Expression {
  let node = start;
  for (;;) {
    if (stream.isOperator('|')) node = parseFilter(stream, node)!;
    else if (stream.isName('is')) node = parseTest(stream, node);
    else if (stream.isOperator('(')) node = parseCall(stream, node);
    else return node;
  }
}

function parseSubscript(stream: TokenStream, of: Expression): Expression {
  const { text, line } = stream.next();
  if (text === '.') {
    const token = stream.next();
    if (token.type === 'name') return { kind: 'attribute', of, name: token.text, line };
    if (token.type !== 'integer') throw stream.error('expected name or number', token.line);
    return { kind: 'item', of, key: { kind: 'constant', value: token.number!, line }, line };
  }
  const keys: Expression[] = [];
  while (!stream.isOperator(']')) {
    if (keys.length > 0) stream.expectOperator(',');
    keys.push(parseKey(stream));
  }
  stream.next();
  return { kind: 'item', of, key: keys.length === 1 ? keys[0]! : { kind: 'tuple', items: keys, line }, line };
}

function parseKey(stream: TokenStream): Expression {
  const { line } = stream.current;
  const start = stream.isOperator(':') ? undefined : parseExpression(stream);
  if (!stream.skipOperator(':')) return start!;
  const bound = () =>
    stream.isOperator(':') || stream.isOperator(']') || stream.isOperator(',') ? undefined : parseExpression(stream);
  const stop = bound();
  const ended = !stream.skipOperator(':');
  const step = ended || stream.isOperator(']') || stream.isOperator(',') ? undefined : parseExpression(stream);
  return { kind: 'slice', start, stop, step, line } satisfies SliceNode;
}

export function parseCall(stream: TokenStream, callee: Expression): CallNode {
  const { line } = stream.current;
  return { kind: 'call', callee, given: parseArguments(stream), line };
}

function parseArguments(stream: TokenStream): Arguments {
  const { line } = stream.expectOperator('(');
  const args: Expression[] = [];
  const keywords: Keyword[] = [];
  let starArgs: Expression | undefined;
  let starKeywords: Expression | undefined;
  const ensure = (holds: boolean) => {
    if (!holds) throw stream.error('invalid syntax for function call expression', line);
  };
  for (let first = true; !stream.isOperator(')'); first = false) {
    if (!first) stream.expectOperator(',');
    if (stream.isOperator(')')) break;
    if (stream.skipOperator('*')) {
      ensure(starArgs === undefined && starKeywords === undefined);
      starArgs = parseExpression(stream);
    } else if (stream.skipOperator('**')) {
      ensure(starKeywords === undefined);
      starKeywords = parseExpression(stream);
    } else if (stream.is('name') && stream.following.type === 'operator' && stream.following.text === '=') {
      ensure(starKeywords === undefined);
      const name = stream.next().text;
      stream.next();
      keywords.push({ name, value: parseExpression(stream) });
    } else {
      ensure(starArgs === undefined && starKeywords === undefined && keywords.length === 0);
      args.push(parseExpression(stream));
    }
  }
  stream.next();
  return {
    args,
    keywords,
    ...(starArgs === undefined ? {} : { starArgs }),
    ...(starKeywords === undefined ? {} : { starKeywords }),
  };
}

const NO_ARGUMENTS: Arguments = { args: [], keywords: [] };

function dottedName(stream: TokenStream): string {
  let name = stream.expect('name').text;
  while (stream.skipOperator('.')) name += `.${stream.expect('name').text}`;
  return name;
}

/** Filters as long as a `|` follows; `inline` where the first comes without one. */
export function parseFilter(
  stream: TokenStream,
  input: Expression | undefined,
  inline = false,
): FilterNode | undefined {
  let node = input;
  for (let bare = inline; bare || stream.isOperator('|'); bare = false) {
    if (!bare) stream.next();
    const { line } = stream.current;
    const name = dottedName(stream);
    const given = stream.isOperator('(') ? parseArguments(stream) : NO_ARGUMENTS;
    node = { kind: 'filter', input: node, name, given, line };
  }
  return node as FilterNode | undefined;
}

function parseTest(stream: TokenStream, input: Expression): Expression {
  const { line } = stream.next();
  const negated = stream.skipName('not');
  const name = dottedName(stream);
  const test: Expression = { kind: 'test', input, name, given: testArguments(stream), line };
  return negated ? { kind: 'not', operand: test, line } : test;
}

function testArguments(stream: TokenStream): Arguments {
  if (stream.isOperator('(')) return parseArguments(stream);
  const { type, text } = stream.current;
  const starts =
    type === 'string' ||
    type === 'integer' ||
    type === 'float' ||
    (type === 'operator' && (text === '[' || text === '{'));
  const named = type === 'name' && text !== 'else' && text !== 'or' && text !== 'and';
  if (!starts && !named) return NO_ARGUMENTS;
  if (stream.isName('is')) throw stream.error('You cannot chain multiple tests with is');
  return { args: [parsePostfix(stream, parsePrimary(stream))], keywords: [] };
}

interface TargetRules {
  readonly withNamespace?: boolean;
  readonly end?: string;
}

/** What is assigned to. @throws TemplateSyntaxError where it cannot be */
export function parseTarget(stream: TokenStream, rules: TargetRules = {}, use: 'store' | 'param' = 'store'): Target {
  return asTarget(stream, parseTuple(stream, { simple: true, ...rules }), use);
}

function asTarget(stream: TokenStream, node: Expression, use: 'store' | 'param'): Target {
  if (node.kind === 'name') {
    return { ...node, use };
  }
  if (node.kind === 'namespace') return node;
  if (node.kind === 'tuple') return { ...node, items: node.items.map((item) => asTarget(stream, item, use)) };
  throw stream.error(`can't assign to '${node.kind === 'constant' ? 'const' : node.kind}'`, node.line);
}
