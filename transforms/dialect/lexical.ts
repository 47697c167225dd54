import type { Pass, Rule } from './pass.ts';
import type { Token } from './token.ts';

/** A comment as MySQL takes it for one: a blank after the dashes, nothing that it would run, no comment inside. */
function plainComment(text: string): string {
  if (text.startsWith('--')) return /^--[^ \t\v\f\r]/.test(text) ? `-- ${text.slice(2)}` : text;
  const inside = text.slice(2, -2).replaceAll('/*', '/ *').replaceAll('*/', '* /');
  return /^(?:[MT]?!)/.test(inside) ? `/* ${inside}*/` : `/*${inside}*/`;
}

export function literalOf(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

const ESCAPE = /\\(u[\da-fA-F]{4}|U[\da-fA-F]{8}|x[\da-fA-F]{1,2}|[0-7]{1,3}|[\s\S])|''/g;
const LETTERS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** What a text with escapes means. Undefined for a NUL, a byte that is no character by itself, and half a pair. */
function unescaped(text: string): string | undefined {
  const value = text.slice(2, -1).replace(ESCAPE, (whole, code: string | undefined) => {
    if (whole === "''") return "'";
    return LETTERS[code!] ?? characterOf(code!);
  });
  return value.includes('\0') || !value.isWellFormed() ? undefined : value;
}

function characterOf(code: string): string {
  if (/^[uU]./.test(code)) return codePoint(Number.parseInt(code.slice(1), 16));
  const byte = /^x./.test(code) ? Number.parseInt(code.slice(1), 16) : Number.parseInt(code, 8);
  if (/^(?:x.|[0-7])/.test(code)) return byte < 0x80 ? String.fromCharCode(byte) : '\0';
  return code;
}

function codePoint(code: number): string {
  return code > 0x10ffff ? '\0' : String.fromCodePoint(code);
}

function dollarBody(text: string): string {
  const tag = text.slice(0, text.indexOf('$', 1) + 1);
  return text.slice(tag.length, -tag.length);
}

function eachToken(
  kind: Token['kind'],
  change: (token: Token, place: number, pass: Pass) => string,
): (pass: Pass) => void {
  return (pass) => {
    const { list } = pass;
    for (let place = 0; place < list.length; place++) {
      const token = list.at(place);
      if (token.kind === kind) list.set(place, { ...token, text: change(token, place, pass) });
    }
  };
}

export const lexicalRules: readonly Rule[] = [
  {
    title: 'Comments',
    says: 'A blank follows `--`. A comment that MySQL would run (`/*!`) or that nests is made plain. Hints (`/*+`) stay.',
    examples: [
      'select 5 --3 is no number\n  as a',
      'select 1 as a --------------\n, 2 as b',
      'select /*! 5 + */ 6 as a',
      'select /* one /* two */ three */ 6 as a',
    ],
    apply: eachToken('comment', ({ text }) => plainComment(text)),
  },
  {
    title: 'Texts',
    says: "A backslash is a backslash. `e'...'` with its escapes and `$$...$$` become plain texts.",
    examples: [
      "select 'a\\d+' as a, 'it''s' as b, '\\' as c",
      "select e'tab\\there' as a, e'it\\'s \\x21' as b",
      'select $$it\'s "here"$$ as a, $q$a $$ b$q$ as b',
    ],
    apply: eachToken('string', ({ text }, place, { refused }) => {
      if (text.startsWith('$')) return literalOf(dollarBody(text));
      if (!/^e/i.test(text)) return text;
      const value = unescaped(text);
      if (value !== undefined) return literalOf(value);
      throw refused(place, 'This escape is not a character', 'Write the character itself.');
    }),
  },
  {
    title: 'Numbers',
    says: 'Underscores between digits are left out.',
    examples: ['select 1_000_000 as a, 1_0.5_0 as b'],
    apply: eachToken('number', ({ text }) => text.replaceAll('_', '')),
  },
];
