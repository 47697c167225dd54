import { checkList, checkText } from './error.ts';
import { intText } from './number.ts';
import type { Value } from './object.ts';

/** Python's `str(value)`. */
export function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'bigint') return intText(value);
  return Array.isArray(value) ? `[${reprOfItems(value, value, reprOf)}]` : value.text();
}

/** Python's `repr(value)`. */
export function reprOf(value: Value): string {
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value.repr() : textOf(value);
}

/** Containers that are being written, and the items written so far. Filled and emptied within one synchronous call. */
const writing = new Set<object>();
let written = 0;

/**
 * The `repr` of a container's items, with commas between them; `...` where it is inside itself.
 * @throws Raised LimitError where that is too long, or too many: lists in lists are exponentially longer than they look
 */
export function reprOfItems<T>(container: object, items: readonly T[], repr: (item: T) => string): string {
  if (writing.has(container)) return '...';
  if (writing.size === 0) written = 0;
  writing.add(container);
  try {
    written += items.length;
    checkList(written);
    let length = 0;
    const parts = items.map((item) => {
      const text = repr(item);
      length += text.length;
      checkText(length);
      return text;
    });
    return parts.join(', ');
  } finally {
    writing.delete(container);
  }
}

const PLAIN = /^[ -&(-[\]-~\u00a1-\u00ac\u00ae-\u0377]*$/;
const UNPRINTABLE = /[\p{C}\p{Z}]/u;

/** A str's `repr`: single quotes unless it holds one and no double quote; what cannot be printed is escaped. */
export function quoted(text: string): string {
  if (PLAIN.test(text)) return `'${text}'`;
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let result = quote;
  for (const character of text) {
    const letter = ESCAPES[character];
    if (letter !== undefined) result += letter;
    else if (character === quote) result += `\\${quote}`;
    else if (character !== ' ' && UNPRINTABLE.test(character)) result += escaped(character.codePointAt(0)!);
    else result += character;
  }
  return result + quote;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(code: number): string {
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}

const SURROGATE = /[\ud800-\udfff]/;

/** The characters of a text as Python counts them, which are code points. */
export function characters(text: string): string | readonly string[] {
  return SURROGATE.test(text) ? Array.from(text) : text;
}

/** `len(text)`. */
export function textLength(text: string): number {
  return characters(text).length;
}
