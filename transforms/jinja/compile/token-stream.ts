import { TemplateSyntaxError } from './syntax-error.ts';
import { describe, type Token, type TokenType } from './token.ts';

/** The tokens of a template, one after the other. */
export class TokenStream {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get current(): Token {
    return this.#tokens[this.#at]!;
  }

  get following(): Token {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.current;
    if (token.type !== 'eof') this.#at += 1;
    return token;
  }

  is(type: TokenType): boolean {
    return this.current.type === type;
  }

  isOperator(text: string): boolean {
    return this.current.type === 'operator' && this.current.text === text;
  }

  isName(text: string): boolean {
    return this.current.type === 'name' && this.current.text === text;
  }

  skipOperator(text: string): boolean {
    const found = this.isOperator(text);
    if (found) this.next();
    return found;
  }

  skipName(text: string): boolean {
    const found = this.isName(text);
    if (found) this.next();
    return found;
  }

  expect(type: TokenType): Token {
    if (this.current.type === type) return this.next();
    throw this.unexpected(type === 'name' ? 'name' : describe({ type, text: '', line: 0 }));
  }

  expectOperator(text: string): Token {
    if (this.isOperator(text)) return this.next();
    throw this.unexpected(text);
  }

  expectName(text: string): Token {
    if (this.isName(text)) return this.next();
    throw this.unexpected(text);
  }

  unexpected(expected: string): TemplateSyntaxError {
    if (this.is('eof')) return this.error(`unexpected end of template, expected '${expected}'.`);
    return this.error(`expected token '${expected}', got '${describe(this.current)}'`);
  }

  error(message: string, line = this.current.line): TemplateSyntaxError {
    return new TemplateSyntaxError(message, line);
  }
}
