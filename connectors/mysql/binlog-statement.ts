import type { StreamName } from '../contract/index.ts';

/**
 * What a statement of the log does to tables. `shape`: their columns or indexes change, and rows stay as they are or get a value that the
 * statement tells; `lost`: what it does to rows cannot be told from the log.
 */
export interface StatementEffect {
  readonly effect: 'shape' | 'lost';
  readonly tables: readonly StreamName[];
  /** Databases that are gone with all tables. */
  readonly database?: string;
  /** In words, e.g. `TRUNCATE`. */
  readonly what: string;
}

type Token = { readonly text: string; readonly kind: 'word' | 'name' | 'string' | 'mark' };

/** Statements that are logged as text only where rows are not. */
const dml = new Set(['INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'LOAD', 'CALL', 'WITH']);

/** Undefined: nothing that matters to rows of base tables. `database`: the default one. */
export function statementEffect(sql: string, database: string): StatementEffect | undefined {
  const words = new Words(tokens(sql), database);
  const verb = words.word();
  if (verb === 'ALTER') return alter(words);
  if (verb === 'CREATE') return create(words);
  if (verb === 'DROP') return drop(words);
  if (verb === 'RENAME' && words.skip('TABLE', 'TABLES'))
    return { effect: 'lost', tables: words.names(), what: 'RENAME' };
  if (verb === 'TRUNCATE') {
    words.skip('TABLE');
    return { effect: 'lost', tables: words.names(), what: 'TRUNCATE' };
  }
  if (verb === 'ROLLBACK') return { effect: 'lost', tables: [], what: 'ROLLBACK' };
  if (dml.has(verb)) return { effect: 'lost', tables: words.names(), what: `${verb} logged as a statement` };
  return undefined;
}

function create(words: Words): StatementEffect | undefined {
  const replaces = words.skip('OR') && words.skip('REPLACE');
  words.skip('UNIQUE', 'FULLTEXT', 'SPATIAL');
  if (words.skip('INDEX')) return { effect: 'shape', tables: words.namesAfter('ON'), what: 'CREATE INDEX' };
  if (!replaces || !words.skip('TABLE')) return undefined;
  return { effect: 'lost', tables: words.firstName(), what: 'CREATE OR REPLACE TABLE' };
}

function drop(words: Words): StatementEffect | undefined {
  if (words.skip('INDEX')) return { effect: 'shape', tables: words.namesAfter('ON'), what: 'DROP INDEX' };
  if (words.skip('TABLE', 'TABLES')) return { effect: 'lost', tables: words.names(), what: 'DROP TABLE' };
  if (!words.skip('DATABASE', 'SCHEMA')) return undefined;
  const [name] = words.firstName();
  return { effect: 'lost', tables: [], database: name?.name ?? '', what: 'DROP DATABASE' };
}

function alter(words: Words): StatementEffect | undefined {
  words.skip('ONLINE', 'OFFLINE');
  words.skip('IGNORE');
  if (!words.skip('TABLE')) return undefined;
  const tables = words.firstName();
  const lost = words.actions().find(losesRows);
  if (lost === undefined) return { effect: 'shape', tables, what: 'ALTER TABLE' };
  const what = text(lost);
  const others = /^(?:RENAME (?!COLUMN)|EXCHANGE)/i.test(what) ? words.names() : [];
  return { effect: 'lost', tables: [...tables, ...others], what: `ALTER TABLE ... ${what}` };
}

/** What DROP and RENAME may be followed by without touching columns. */
const harmless = new Set(['INDEX', 'KEY', 'FOREIGN', 'CONSTRAINT', 'CHECK']);
const lossy = new Set(['CHANGE', 'EXCHANGE', 'TRUNCATE', 'DISCARD', 'IMPORT', 'REORGANIZE', 'COALESCE']);
/** Rows that are there get a value that only the server knows. */
const unknownDefault =
  /\bDEFAULT \(|\b(?:CURRENT_TIMESTAMP|NOW|LOCALTIME|LOCALTIMESTAMP|AUTO_INCREMENT|UUID|NEXTVAL|NEXT)\b/;

/** An action of ALTER TABLE after which columns do not mean what they did, or rows have values that the statement does not tell. */
function losesRows(action: readonly Token[]): boolean {
  const [first, second] = action.map((token) => (token.kind === 'word' ? token.text.toUpperCase() : ''));
  if (first === 'DROP' || first === 'RENAME') return !harmless.has(second ?? '');
  if (first === 'ADD') return !harmless.has(second ?? '') && unknownDefault.test(text(action).toUpperCase());
  return lossy.has(first ?? '');
}

function text(action: readonly Token[]): string {
  return action.map((token) => token.text).join(' ');
}

/** A statement's tokens, taken one after the other. */
class Words {
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
function tokens(sql: string): Token[] {
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
