import { raised } from '../value/error.ts';

/** Flags of Python's `re`, as the numbers that it gives them. */
export const FLAGS = { IGNORECASE: 2, MULTILINE: 8, DOTALL: 16, UNICODE: 32, VERBOSE: 64, ASCII: 256 } as const;

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly ascii: boolean;
}

const LETTERS: Readonly<Record<string, number>> = {
  i: FLAGS.IGNORECASE,
  m: FLAGS.MULTILINE,
  s: FLAGS.DOTALL,
  u: FLAGS.UNICODE,
  x: FLAGS.VERBOSE,
  a: FLAGS.ASCII,
};

/** A pattern of Python's `re` as one of JS. @throws Raised ValueError for what is no pattern, or has no match in JS */
export function compilePattern(pattern: string, given: number): RegExp {
  const [, letters = ''] = /^\(\?([aimsux]+)\)/.exec(pattern) ?? [];
  const bits = [...letters].reduce((sum, letter) => sum | LETTERS[letter]!, given);
  if (bits & FLAGS.VERBOSE) throw raised('ValueError', 're.VERBOSE is not supported: write the pattern without spaces');
  const flags = {
    ignoreCase: (bits & FLAGS.IGNORECASE) !== 0,
    multiline: (bits & FLAGS.MULTILINE) !== 0,
    dotAll: (bits & FLAGS.DOTALL) !== 0,
    ascii: (bits & FLAGS.ASCII) !== 0,
  };
  const source = translate(letters === '' ? pattern : pattern.slice(letters.length + 3), flags);
  try {
    return new RegExp(source, `dgu${flags.ignoreCase ? 'i' : ''}`);
  } catch (thrown) {
    throw raised('ValueError', `${pattern}: ${(thrown as Error).message}`);
  }
}

/** Parts of a pattern: an escape, a repetition, the beginning of a named group, or one character. */
const PART = /\\([\s\S])|\{(\d*)(,?)(\d*)\}|\(\?P<(\w+)>|\(\?P=(\w+)\)|\[\^?\]?|[\s\S]/gy;

function translate(pattern: string, flags: Flags): string {
  let out = '';
  let inClass = false;
  for (const [part, escaped, least, comma, most, group, back] of pattern.matchAll(PART)) {
    if (escaped !== undefined) out += escapeOf(escaped, inClass, flags.ascii);
    else if (inClass) {
      inClass = !part.endsWith(']');
      out += part.replaceAll('[', '\\[');
    } else if (part.startsWith('[')) {
      inClass = true;
      // A bracket that closes right away stands for itself.
      out += part.replace(']', '\\]');
    } else if (group !== undefined) out += `(?<${group}>`;
    else if (back !== undefined) out += `\\k<${back}>`;
    else if (least !== undefined) out += repetition(part, least, comma!, most!);
    else out += plain(part, flags);
  }
  return out;
}

/** What is in braces and no number is text. */
function repetition(part: string, least: string, comma: string, most: string): string {
  if (least === '' && most === '') return part.replace(/[{}]/g, '\\$&');
  return `{${least === '' ? '0' : least}${comma}${most}}`;
}

const BEGIN = '(?<![\\s\\S])';
const END = '(?![\\s\\S])';

function plain(char: string, { multiline, dotAll }: Flags): string {
  if (char === '.') return dotAll ? '[\\s\\S]' : '[^\\n]';
  if (char === '$') return multiline ? `(?=\\n|${END})` : `(?=\\n?${END})`;
  if (char === '^') return multiline ? `(?<=\\n|${BEGIN})` : BEGIN;
  return /[{}\]]/.test(char) ? `\\${char}` : char;
}

const WORD = '\\p{L}\\p{N}_';

function escapeOf(char: string, inClass: boolean, ascii: boolean): string {
  if (char === 'A') return BEGIN;
  if (char === 'Z') return END;
  if (char === 'a') return '\\x07';
  if (char === 'b' && inClass) return '\\x08';
  if (!ascii && /[dDwWbB]/.test(char)) return unicodeClass(char, inClass);
  if (/[dDwWsSbBfnrtvxu0-9]/.test(char)) return `\\${char}`;
  return /[\^$\\.*+?()[\]{}|/]/.test(char) || (char === '-' && inClass) ? `\\${char}` : char;
}

/** Of all letters and digits there are, as Python has it, where JS knows those of English. */
function unicodeClass(char: string, inClass: boolean): string {
  if (char === 'd') return '\\p{Nd}';
  if (char === 'D') return '\\P{Nd}';
  if (char === 'w') return inClass ? WORD : `[${WORD}]`;
  if (char === 'W') {
    if (inClass) throw raised('ValueError', '\\W in brackets is not supported: name what is meant');
    return `[^${WORD}]`;
  }
  const edge = `(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}])`;
  return char === 'b' ? `(?:${edge})` : `(?!${edge})`;
}
