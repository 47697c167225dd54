import { tokensOf } from './lexer.ts';
import type { Token } from './token.ts';

const NONE: Token = { kind: 'space', text: '', offset: 0, key: '' };

/**
 * Tokens that rules rewrite. Places are indexes; those behind a change move. White space and comments are stepped over.
 *
 * The tokens are kept with a gap where the last change was: rules go through a statement in one direction, so that many changes of a long one
 * cost no more than its length.
 */
export class TokenList {
  readonly #tokens: (Token | undefined)[];
  #gap: number;
  #gapLength = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = [...tokens];
    this.#gap = tokens.length;
  }

  get length(): number {
    return this.#tokens.length - this.#gapLength;
  }

  /** The token at a place; nothing outside of the text. */
  at(index: number): Token {
    return this.#tokens[index < this.#gap ? index : index + this.#gapLength] ?? NONE;
  }

  key(index: number): string {
    return this.at(index).key;
  }

  /** The place of the next token that means something; the length where there is none. */
  next(index: number): number {
    let place = index + 1;
    while (place < this.length && isTrivia(this.at(place))) place++;
    return place;
  }

  /** The place of the token before that means something; -1 where there is none. */
  previous(index: number): number {
    let place = index - 1;
    while (place >= 0 && isTrivia(this.at(place))) place--;
    return place;
  }

  /** Whether the tokens from a place on are these words and signs. */
  matches(index: number, ...keys: readonly string[]): boolean {
    let place = index;
    for (const key of keys) {
      if (this.key(place) !== key) return false;
      place = this.next(place);
    }
    return true;
  }

  /** The place of the bracket that closes the one at `open`; undefined where there is none. */
  closing(open: number): number | undefined {
    for (let place = open, depth = 0; place < this.length; place++) {
      depth += step(this.key(place));
      if (depth === 0) return place;
    }
    return undefined;
  }

  opening(close: number): number | undefined {
    for (let place = close, depth = 0; place >= 0; place--) {
      depth += step(this.key(place));
      if (depth === 0) return place;
    }
    return undefined;
  }

  text(start = 0, end = this.length): string {
    return this.slice(start, end)
      .map(({ text }) => text)
      .join('');
  }

  slice(start: number, end: number): Token[] {
    const tokens: Token[] = [];
    for (let place = start; place < end; place++) tokens.push(this.at(place));
    return tokens;
  }

  /** Puts a token in the place of another. */
  set(index: number, token: Token): void {
    this.#tokens[index < this.#gap ? index : index + this.#gapLength] = token;
  }

  /** Puts parts in the place of the tokens from `start` to before `end`. Texts are read as SQL, and stand where what they replace stood. */
  replace(start: number, end: number, ...parts: readonly (string | readonly Token[])[]): void {
    const { offset } = this.at(start);
    const made = parts.flatMap((part) =>
      typeof part === 'string' ? tokensOf(part).map((token) => ({ ...token, offset })) : part,
    );
    this.#moveGap(start);
    this.#gapLength += end - start;
    if (made.length > this.#gapLength) this.#widenGap(made.length + this.length);
    for (const token of made) this.#tokens[this.#gap++] = token;
    this.#gapLength -= made.length;
  }

  #moveGap(to: number): void {
    const tokens = this.#tokens;
    if (this.#gapLength > 0) {
      for (; this.#gap > to; this.#gap--) tokens[this.#gap - 1 + this.#gapLength] = tokens[this.#gap - 1];
      for (; this.#gap < to; this.#gap++) tokens[this.#gap] = tokens[this.#gap + this.#gapLength];
    }
    this.#gap = to;
  }

  /** By as much again as there is, so that it is seldom done. */
  #widenGap(by: number): void {
    const behind = this.#tokens.slice(this.#gap + this.#gapLength);
    this.#tokens.length = this.#gap;
    for (let count = 0; count < this.#gapLength + by; count++) this.#tokens.push(undefined);
    for (const token of behind) this.#tokens.push(token);
    this.#gapLength += by;
  }
}

export function isTrivia({ kind }: Token): boolean {
  return kind === 'space' || kind === 'comment';
}

function step(key: string): number {
  return key === '(' ? 1 : key === ')' ? -1 : 0;
}
