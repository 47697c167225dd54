import type { Token } from './sql-words.ts';

/** Words of a definition that end its DEFAULT clause. */
const others = new Set(
  'NOT NULL COMMENT AFTER FIRST ON COLLATE UNIQUE KEY PRIMARY CHECK CONSTRAINT INVISIBLE VISIBLE STORAGE REFERENCES'.split(
    ' ',
  ),
);

/** What ADD is followed by where it adds no column. */
const noColumn = new Set(
  'INDEX KEY UNIQUE FULLTEXT SPATIAL PRIMARY CONSTRAINT FOREIGN CHECK PARTITION PERIOD SYSTEM'.split(' '),
);

/** Columns that actions of ALTER TABLE add, and their defaults: null for none, undefined for what cannot be told from the text. */
export function addedColumns(actions: readonly (readonly Token[])[]): Map<string, string | null | undefined> {
  return new Map(actions.flatMap(definitions).map(([name, ...rest]) => [name!.text, defaultOf(rest)]));
}

function definitions(action: readonly Token[]): (readonly Token[])[] {
  const [first, ...rest] = action;
  if (first?.text.toUpperCase() !== 'ADD') return [];
  if (isWord(rest[0], 'COLUMN')) rest.shift();
  if (isWord(rest[0], 'IF')) rest.splice(0, 3);
  const [next] = rest;
  if (next === undefined || (next.kind === 'word' && noColumn.has(next.text.toUpperCase()))) return [];
  return next.kind === 'mark' && next.text === '(' ? parts(rest.slice(1, -1)) : [rest];
}

/** Cut at the commas that are not inside of brackets. */
function parts(tokens: readonly Token[]): Token[][] {
  const found: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'mark' && token.text === '(') depth++;
    if (token.kind === 'mark' && token.text === ')') depth--;
    if (token.kind === 'mark' && token.text === ',' && depth === 0) found.push([]);
    else found.at(-1)!.push(token);
  }
  return found.filter((part) => part.length > 0);
}

function defaultOf(definition: readonly Token[]): string | null | undefined {
  const at = definition.findIndex((token) => isWord(token, 'DEFAULT'));
  if (at < 0) return null;
  const rest = definition.slice(at + 1);
  if (isWord(rest[0], 'NULL')) return null;
  const end = rest.findIndex((token) => token.kind === 'word' && others.has(token.text.toUpperCase()));
  const value = end < 0 ? rest : rest.slice(0, end);
  const [only] = value;
  if (value.length === 1 && only!.kind !== 'word') return literal(only!);
  const text = value.map((token) => token.text).join('');
  if (/^(?:TRUE|FALSE)$/i.test(text)) return /^T/i.test(text) ? '1' : '0';
  return /^[-+]?[\d.]+$/.test(text) ? text : undefined;
}

/** Texts with backslashes mean different things under different settings. */
function literal({ kind, text }: Token): string | undefined {
  if (text.includes('\\')) return undefined;
  if (kind === 'string') return text.slice(1, -1).replaceAll("''", "'");
  return kind === 'name' ? text : undefined;
}

/** Whether the catalogue's default stands for the stated one: numbers are written in more than one way. */
export function sameDefault(stated: string | null | undefined, catalogue: string | null): boolean {
  if (stated === undefined) return false;
  if (stated === null || catalogue === null) return stated === catalogue;
  return stated === catalogue || (stated.trim() !== '' && Number(stated) === Number(catalogue));
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word;
}
