import { SPACE_CLASS } from '../method/text-class.ts';
import { PyFloat, toInt } from '../value/number.ts';
import { TemplateSyntaxError } from './syntax-error.ts';
import type { Token, TokenType } from './token.ts';

const SPACE = `[${SPACE_CLASS}]`;
const OPENING = new RegExp(
  `(\\{%[-+]?${SPACE}*raw${SPACE}*(?:-%\\}${SPACE}*|%\\}))|\\{#[-+]?|\\{%[-+]?|\\{\\{[-+]?`,
  'g',
);
const RAW_END = new RegExp(`\\{%([-+]?)${SPACE}*endraw${SPACE}*(?:\\+%\\}|-%\\}${SPACE}*|%\\})`, 'g');
const COMMENT_END = new RegExp(`\\+#\\}|-#\\}${SPACE}*|#\\}`, 'g');
const BLOCK_END = new RegExp(`\\+%\\}|-%\\}${SPACE}*|%\\}`, 'y');
const VARIABLE_END = new RegExp(`-\\}\\}${SPACE}*|\\}\\}`, 'y');
const BLANK = new RegExp(`${SPACE}+`, 'y');
const TRAILING_BLANK = new RegExp(SPACE);
const FLOAT = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const NAME = /[\p{L}\p{N}\p{M}_\p{Pc}\u00b7]+/uy;
const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}\u00b7]*$/u;
const STRING = /'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const OPERATOR = /\*\*|\/\/|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Takes a template apart. White space is cut as its `-` say, and one newline at the end of the file. @throws TemplateSyntaxError */
export function tokenize(source: string): Token[] {
  return new Lexer(source).run();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;

  constructor(source: string) {
    const text = source.replace(/\r\n|\r/g, '\n');
    this.#source = text.endsWith('\n') ? text.slice(0, -1) : text;
  }

  run(): Token[] {
    while (this.#at < this.#source.length) this.#root();
    this.#push('eof', '');
    return this.#tokens;
  }

  /** Text up to the next tag, and the tag. */
  #root(): void {
    OPENING.lastIndex = this.#at;
    const match = OPENING.exec(this.#source);
    if (match === null) {
      this.#push('data', this.#source.slice(this.#at));
      this.#at = this.#source.length;
      return;
    }
    const begin = match[0];
    this.#data(this.#source.slice(this.#at, match.index), begin[2] === '-');
    this.#advance(match.index + begin.length);
    if (match[1] !== undefined) this.#raw();
    else if (begin[1] === '#') this.#comment();
    else this.#tag(begin[1] === '%');
  }

  #data(text: string, strip: boolean): void {
    let end = text.length;
    if (strip) while (end > 0 && TRAILING_BLANK.test(text[end - 1]!)) end -= 1;
    if (end > 0) this.#push('data', text.slice(0, end));
  }

  #raw(): void {
    RAW_END.lastIndex = this.#at;
    const match = RAW_END.exec(this.#source);
    if (match === null) {
      if (this.#at >= this.#source.length) return;
      throw this.#error('Missing end of raw directive');
    }
    this.#data(this.#source.slice(this.#at, match.index), match[1] === '-');
    this.#advance(match.index + match[0].length);
  }

  #comment(): void {
    COMMENT_END.lastIndex = this.#at;
    const match = COMMENT_END.exec(this.#source);
    if (match === null) {
      if (this.#at >= this.#source.length) return;
      throw this.#error('Missing end of comment tag');
    }
    this.#advance(match.index + match[0].length);
  }

  #tag(block: boolean): void {
    this.#push(block ? 'block_begin' : 'variable_begin', '');
    const end = block ? BLOCK_END : VARIABLE_END;
    const open: string[] = [];
    while (this.#at < this.#source.length) {
      const closing = open.length === 0 ? this.#match(end) : undefined;
      if (closing !== undefined) {
        this.#push(block ? 'block_end' : 'variable_end', '');
        this.#advance(this.#at + closing.length);
        return;
      }
      const blank = this.#match(BLANK);
      if (blank !== undefined) this.#advance(this.#at + blank.length);
      else this.#expressionToken(open);
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#source)?.[0];
  }

  #expressionToken(open: string[]): void {
    const float = this.#match(FLOAT);
    const integer = float === undefined ? this.#match(INTEGER) : undefined;
    if (float !== undefined) this.#number('float', float, new PyFloat(Number(float.replaceAll('_', ''))));
    else if (integer === undefined) this.#wordToken(open);
    else this.#number('integer', integer, toInt(BigInt(integer.replaceAll('_', '').toLowerCase())));
  }

  #wordToken(open: string[]): void {
    const name = this.#match(NAME);
    const string = name === undefined ? this.#match(STRING) : undefined;
    if (name !== undefined) {
      if (!IDENTIFIER.test(name)) throw this.#error('Invalid character in identifier');
      this.#take('name', name, name);
    } else if (string === undefined) this.#operatorToken(open);
    else this.#take('string', string, this.#unescaped(string.slice(1, -1)));
  }

  #operatorToken(open: string[]): void {
    const operator = this.#match(OPERATOR);
    if (operator === undefined) {
      const character = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
      throw this.#error(`unexpected char '${character}' at ${this.#at}`);
    }
    this.#balance(operator, open);
    this.#take('operator', operator, operator);
  }

  #number(type: TokenType, text: string, number: number | bigint | PyFloat): void {
    this.#tokens.push({ type, text, line: this.#line, number });
    this.#advance(this.#at + text.length);
  }

  #take(type: TokenType, source: string, text: string): void {
    this.#push(type, text);
    this.#advance(this.#at + source.length);
  }

  #balance(operator: string, open: string[]): void {
    const closing = CLOSING[operator];
    if (closing !== undefined) open.push(closing);
    else if (operator === ')' || operator === ']' || operator === '}') {
      const expected = open.pop();
      if (expected === undefined) throw this.#error(`unexpected '${operator}'`);
      if (expected !== operator) throw this.#error(`unexpected '${operator}', expected '${expected}'`);
    }
  }

  /** @throws TemplateSyntaxError for an escape that Python does not take */
  #unescaped(text: string): string {
    if (!text.includes('\\')) return text;
    return text.replace(ESCAPE, (whole: string, ...groups: (string | undefined)[]) => {
      const [octal, hex, named, single] = groups;
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      if (hex !== undefined) {
        const code = Number.parseInt(hex.slice(1), 16);
        if (code > 0x10ffff) throw this.#error('illegal Unicode character');
        return String.fromCodePoint(code);
      }
      if (named !== undefined) throw this.#error(`unknown Unicode character name ${named}`);
      if (single === undefined) throw this.#error('truncated escape');
      return single === '\n' ? '' : (SINGLE[single] ?? whole);
    });
  }

  #push(type: TokenType, text: string): void {
    this.#tokens.push({ type, text, line: this.#line });
  }

  #advance(to: number): void {
    for (let at = this.#source.indexOf('\n', this.#at); at >= 0 && at < to; at = this.#source.indexOf('\n', at + 1)) {
      this.#line += 1;
    }
    this.#at = to;
  }

  #error(message: string): TemplateSyntaxError {
    return new TemplateSyntaxError(message, this.#line);
  }
}

const ESCAPE = /\\(?:([0-7]{1,3})|(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8})|(N\{[^}]*\})|([^xuUN]))?/gs;

const SINGLE: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
