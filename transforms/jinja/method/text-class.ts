/** Classes of characters as Python has them. */

export const isAlpha = (text: string): boolean => /^\p{L}+$/u.test(text);
export const isDecimal = (text: string): boolean => /^\p{Nd}+$/u.test(text);
export const isDigit = (text: string): boolean => /^[\p{Nd}\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089]+$/u.test(text);
export const isAlnum = (text: string): boolean => /^[\p{L}\p{N}]+$/u.test(text);
export const isSpace = (text: string): boolean => text !== '' && SPACES.test(text);
export const isLower = (text: string): boolean => /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text);
export const isUpper = (text: string): boolean => /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text);

/** What Python strips and splits at; JS differs in \x1c-\x1f, \x85 and the byte order mark. */
export const SPACE_CLASS = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

const SPACES = new RegExp(`^[${SPACE_CLASS}]+$`);

/** Whether each word begins with a capital letter and goes on with small ones. */
export function isTitle(text: string): boolean {
  const words = text.match(/\p{Cased}+/gu);
  return words?.every((word) => /^[\p{Lu}\p{Lt}][\p{Ll}\p{Lowercase}]*$/u.test(word)) ?? false;
}

const TITLE_LETTERS: ReadonlyMap<string, string> = new Map([
  ['ǆ', 'ǅ'],
  ['Ǆ', 'ǅ'],
  ['ǉ', 'ǈ'],
  ['Ǉ', 'ǈ'],
  ['ǌ', 'ǋ'],
  ['Ǌ', 'ǋ'],
  ['ǳ', 'ǲ'],
  ['Ǳ', 'ǲ'],
  ['ß', 'Ss'],
]);

/** A letter as it begins a title. */
export function titleCase(letter: string): string {
  return TITLE_LETTERS.get(letter) ?? letter.toUpperCase();
}
