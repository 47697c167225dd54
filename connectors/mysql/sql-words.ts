import type { StreamName } from '../contract/index.ts';

export type Token = { readonly text: string; readonly kind: 'word' | 'name' | 'string' | 'mark' };

/** A statement's tokens, taken one after the other. */
export class Words {
  readonly #tokens: readonly Token[];
  readonly #database: string;
  #at = 0;

  constructor(all: readonly Token[], database: string) {
    this.#tokens = all;
    this.#database = database;
  }

  /** The next token in upper case. */
  word(): string {
    return this.#tokens[this.#at++]?.text.toUpperCase() ?? '';
  }

  /** Passes the next token where it is one of the words. */
  skip(...words: string[]): boolean {
    const token = this.#tokens[this.#at];
    const found = token?.kind === 'word' && words.includes(token.text.toUpperCase());
    if (found) this.#at++;
    return found;
  }

  /** The name that comes next, after IF EXISTS. */
  firstName(): StreamName[] {
    if (this.skip('IF')) {
      this.skip('NOT');
      this.skip('EXISTS');
    }
    const name = this.#nameAt(this.#at);
    if (name === undefined) return [];
    this.#at += this.#tokens[this.#at + 1]?.text === '.' ? 3 : 1;
    return [name];
  }

  namesAfter(word: string): StreamName[] {
    while (this.#at < this.#tokens.length && !this.skip(word)) this.#at++;
    return this.firstName();
  }

  /** Everything in the rest that could be the name of a table: more than there is, never less. */
  names(): StreamName[] {
    return this.#tokens.flatMap((token, at) => {
      const name = token.kind === 'mark' || token.kind === 'string' ? undefined : this.#nameAt(at);
      return name === undefined ? [] : [name];
    });
  }

  /** The rest, cut at the commas that are not inside of brackets. */
  actions(): Token[][] {
    const actions: Token[][] = [[]];
    let depth = 0;
    for (const token of this.#tokens.slice(this.#at)) {
      if (token.kind === 'mark' && token.text === '(') depth++;
      if (token.kind === 'mark' && token.text === ')') depth--;
      if (token.kind === 'mark' && token.text === ',' && depth === 0) actions.push([]);
      else actions.at(-1)!.push(token);
    }
    return actions;
  }

  #nameAt(at: number): StreamName | undefined {
    const [one, dot, two] = this.#tokens.slice(at, at + 3);
    if (one === undefined || one.kind === 'mark' || one.kind === 'string') return undefined;
    if (dot?.text !== '.' || two === undefined) return { namespace: this.#database, name: one.text };
    return { namespace: one.text, name: two.text };
  }
}

/** Comments are left out, except those that servers execute. Texts in double quotes may be names. */
export function tokens(sql: string): Token[] {
  const found: Token[] = [];
  const pattern =
    /\/\*M?!\d*|\*\/|\/\*(?!M?!)[\s\S]*?\*\/|(?:--\s|#)[^\n]*|`((?:[^`]|``)*)`|"((?:[^"\\]|""|\\.)*)"|'(?:[^'\\]|''|\\.)*'|([\p{L}\p{N}_$@]+)|(\S)/gu;
  for (const match of sql.matchAll(pattern)) {
    const [whole, name, quoted, word, mark] = match;
    if (name !== undefined) found.push({ kind: 'name', text: name.replaceAll('``', '`') });
    else if (quoted !== undefined) found.push({ kind: 'name', text: quoted.replaceAll('""', '"') });
    else if (word !== undefined) found.push({ kind: 'word', text: word });
    else if (mark !== undefined) found.push({ kind: 'mark', text: mark });
    else if (whole.startsWith("'")) found.push({ kind: 'string', text: whole });
  }
  return found;
}
