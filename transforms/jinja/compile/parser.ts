import type { ForNode, IfNode, MacroNode, OutputPart, Statement, TemplateNode } from './ast.ts';
import { parseDocs, parseMaterialization, parseTest } from './dbt-tags.ts';
import { parseExpression, parseFilter, parseTarget, parseTuple } from './expression-parser.ts';
import { tokenize } from './lexer.ts';
import { MACRO_PREFIX, parseMacroName, parseSignature } from './signature.ts';
import { TemplateSyntaxError } from './syntax-error.ts';
import { TokenStream } from './token-stream.ts';

/** Reads a template. @throws TemplateSyntaxError with the line */
export function parseTemplate(source: string): TemplateNode {
  try {
    return new Parser(new TokenStream(tokenize(source))).template();
  } catch (thrown) {
    if (thrown instanceof RangeError) throw new TemplateSyntaxError('the template is nested too deeply', 1);
    throw thrown;
  }
}

type TagParser = (parser: Parser, line: number) => Statement;

/** Statements. What stands inside them is for the expression parser. */
export class Parser {
  readonly stream: TokenStream;
  readonly #open: string[] = [];
  readonly #ends: (readonly string[])[] = [];

  constructor(stream: TokenStream) {
    this.stream = stream;
  }

  template(): TemplateNode {
    return { body: this.#statements(undefined) };
  }

  /** Statements up to a tag of these names, which becomes the current token. */
  body(...ends: readonly string[]): readonly Statement[] {
    this.stream.skipOperator(':');
    this.stream.expect('block_end');
    const body = this.#statements(ends);
    if (this.stream.is('eof')) throw this.#endOfTemplate(ends);
    return body;
  }

  /** The same with one end, whose name is passed over. */
  bodyTo(end: string): readonly Statement[] {
    const body = this.body(end);
    this.stream.next();
    return body;
  }

  #statements(ends: readonly string[] | undefined): Statement[] {
    const body: Statement[] = [];
    let parts: OutputPart[] = [];
    const flush = () => {
      if (parts.length > 0) body.push({ kind: 'output', parts, line: parts[0]!.line });
      parts = [];
    };
    if (ends !== undefined) this.#ends.push(ends);
    while (!this.stream.is('eof')) {
      const token = this.stream.next();
      if (token.type === 'data') parts.push({ kind: 'data', text: token.text, line: token.line });
      else if (token.type === 'variable_begin') {
        parts.push(parseTuple(this.stream));
        this.stream.expect('variable_end');
      } else {
        flush();
        if (ends?.some((end) => this.stream.isName(end))) break;
        body.push(this.#statement());
        this.stream.expect('block_end');
      }
    }
    flush();
    if (ends !== undefined) this.#ends.pop();
    return body;
  }

  #statement(): Statement {
    const { type, text, line } = this.stream.current;
    if (type !== 'name') throw this.stream.error('tag name expected');
    const parse = Object.hasOwn(TAGS, text) ? TAGS[text] : undefined;
    if (parse === undefined) throw this.#unknownTag(text);
    this.#open.push(text);
    this.stream.next();
    const statement = parse(this, line);
    this.#open.pop();
    return statement;
  }

  #unknownTag(name: string): TemplateSyntaxError {
    const known = this.#ends.some((ends) => ends.includes(name));
    return this.#lost(`Encountered unknown tag '${name}'.`, this.#ends.at(-1), known);
  }

  #endOfTemplate(ends: readonly string[]): TemplateSyntaxError {
    return this.#lost('Unexpected end of template.', ends, false);
  }

  #lost(what: string, ends: readonly string[] | undefined, nesting: boolean): TemplateSyntaxError {
    const wanted = ends?.map((end) => `'${end}'`).join(' or ');
    const parts = [what];
    if (wanted !== undefined) {
      parts.push(
        nesting
          ? `You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for ${wanted}.`
          : `Jinja was looking for the following tags: ${wanted}.`,
      );
    }
    const innermost = this.#open.at(-1);
    if (innermost !== undefined) parts.push(`The innermost block that needs to be closed is '${innermost}'.`);
    return this.stream.error(parts.join(' '));
  }
}

const TAGS: Readonly<Record<string, TagParser>> = {
  for: parseFor,
  if: parseIf,
  set: parseSet,
  do: (parser, line) => ({ kind: 'do', value: parseTuple(parser.stream), line }),
  macro: parseMacro,
  call: parseCallBlock,
  filter: parseFilterBlock,
  with: parseWith,
  autoescape: parseEscape,
  block: parseBlock,
  print: parsePrint,
  include: parseInclude,
  import: parseImport,
  from: parseFrom,
  extends: (parser, line) => ({ kind: 'load', template: parseExpression(parser.stream), binds: [], line }),
  break: (_parser, line) => ({ kind: 'break', line }),
  continue: (_parser, line) => ({ kind: 'continue', line }),
  materialization: parseMaterialization,
  docs: parseDocs,
  test: parseTest,
};

function parseFor(parser: Parser, line: number): ForNode {
  const { stream } = parser;
  const target = parseTarget(stream, { end: 'in' });
  stream.expectName('in');
  const over = parseTuple(stream, { withCondition: false, end: 'recursive' });
  const test = stream.skipName('if') ? parseExpression(stream) : undefined;
  const recursive = stream.skipName('recursive');
  const body = parser.body('endfor', 'else');
  const otherwise = stream.next().text === 'endfor' ? [] : parser.bodyTo('endfor');
  return { kind: 'for', target, over, test, recursive, body, otherwise, line };
}

function parseIf(parser: Parser, line: number): IfNode {
  const { stream } = parser;
  const branch = (at: number) => {
    const test = parseTuple(stream, { withCondition: false });
    return { kind: 'if' as const, test, body: parser.body('elif', 'else', 'endif'), line: at };
  };
  const first = branch(line);
  const elseIfs: IfNode[] = [];
  for (;;) {
    const { text } = stream.next();
    if (text === 'elif') elseIfs.push({ ...branch(stream.current.line), elseIfs: [], otherwise: [] });
    else return { ...first, elseIfs, otherwise: text === 'else' ? parser.bodyTo('endif') : [] };
  }
}

function parseSet(parser: Parser, line: number): Statement {
  const { stream } = parser;
  const target = parseTarget(stream, { withNamespace: true });
  if (stream.skipOperator('=')) return { kind: 'set', target, value: parseTuple(stream), line };
  const filter = parseFilter(stream, undefined);
  return { kind: 'set-block', target, filter, body: parser.bodyTo('endset'), line };
}

function parseMacro(parser: Parser, line: number): MacroNode {
  const name = MACRO_PREFIX + parseMacroName(parser);
  const parameters = parseSignature(parser);
  return { kind: 'macro', name, parameters, body: parser.bodyTo('endmacro'), line };
}

function parseCallBlock(parser: Parser, line: number): Statement {
  const { stream } = parser;
  const parameters = stream.isOperator('(') ? parseSignature(parser) : [];
  const call = parseExpression(stream);
  if (call.kind !== 'call') throw stream.error('expected call', line);
  return { kind: 'call-block', call, parameters, body: parser.bodyTo('endcall'), line };
}

function parseFilterBlock(parser: Parser, line: number): Statement {
  const filter = parseFilter(parser.stream, undefined, true)!;
  return { kind: 'filter-block', filter, body: parser.bodyTo('endfilter'), line };
}

function parseWith(parser: Parser, line: number): Statement {
  const { stream } = parser;
  const targets = [];
  const values = [];
  while (!stream.is('block_end')) {
    if (targets.length > 0) stream.expectOperator(',');
    targets.push(parseTarget(stream, {}, 'param'));
    stream.expectOperator('=');
    values.push(parseExpression(stream));
  }
  return { kind: 'with', targets, values, body: parser.bodyTo('endwith'), line };
}

function parseEscape(parser: Parser, line: number): Statement {
  const enabled = parseExpression(parser.stream);
  return { kind: 'escape', enabled, body: parser.bodyTo('endautoescape'), line };
}

function parseBlock(parser: Parser, line: number): Statement {
  const { stream } = parser;
  const name = stream.expect('name').text;
  const scoped = stream.skipName('scoped');
  const required = stream.skipName('required');
  if (stream.isOperator('-')) {
    throw stream.error('Block names may not contain hyphens, use an underscore instead.');
  }
  const body = parser.bodyTo('endblock');
  if (required && !body.every(isBlank)) {
    throw stream.error('Required blocks can only contain comments or whitespace');
  }
  stream.skipName(name);
  return { kind: 'block', name, scoped, required, body, line };
}

function isBlank(statement: Statement): boolean {
  if (statement.kind !== 'output') return false;
  return statement.parts.every((part) => part.kind === 'data' && part.text.trim() === '');
}

function parsePrint(parser: Parser, line: number): Statement {
  const { stream } = parser;
  const parts: OutputPart[] = [];
  while (!stream.is('block_end')) {
    if (parts.length > 0) stream.expectOperator(',');
    parts.push(parseExpression(stream));
  }
  return { kind: 'output', parts, line };
}

function skipContext({ stream }: Parser): void {
  const { following } = stream;
  if (!(stream.isName('with') || stream.isName('without')) || following.text !== 'context') return;
  stream.next();
  stream.next();
}

function parseInclude(parser: Parser, line: number): Statement {
  const { stream } = parser;
  const template = parseExpression(stream);
  if (stream.isName('ignore') && stream.following.text === 'missing') {
    stream.next();
    stream.next();
  }
  skipContext(parser);
  return { kind: 'load', template, binds: [], line };
}

function parseImport(parser: Parser, line: number): Statement {
  const { stream } = parser;
  const template = parseExpression(stream);
  stream.expectName('as');
  const name = parseMacroName(parser);
  skipContext(parser);
  return { kind: 'load', template, binds: [name], line };
}

function parseFrom(parser: Parser, line: number): Statement {
  const { stream } = parser;
  const template = parseExpression(stream);
  stream.expectName('import');
  const binds: string[] = [];
  while (stream.is('name')) {
    if ((stream.isName('with') || stream.isName('without')) && stream.following.text === 'context') break;
    const name = parseMacroName(parser);
    if (name.startsWith('_')) throw stream.error('names starting with an underline can not be imported');
    binds.push(stream.skipName('as') ? parseMacroName(parser) : name);
    if (!stream.skipOperator(',')) break;
  }
  skipContext(parser);
  if (binds.length === 0) stream.expect('name');
  return { kind: 'load', template, binds, line };
}
