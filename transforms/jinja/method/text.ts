import { Bytes } from '../value/bytes.ts';
import { type Dict, Dict as DictOf } from '../value/dict.ts';
import { checkText, raised, typeError, valueError } from '../value/error.ts';
import { each, listOf } from '../value/iterate.ts';
import { Markup } from '../value/markup.ts';
import { bind, type Kwargs, positional, toIndex, typeName, type Value } from '../value/object.ts';
import { characters, textOf } from '../value/text.ts';
import { Tuple } from '../value/tuple.ts';
import { type Method, methods } from './method.ts';
import { isAlnum, isAlpha, isDecimal, isDigit, isLower, isSpace, isTitle, isUpper, titleCase } from './text-class.ts';
import { rightSplit, split, splitLines, strip } from './text-split.ts';

type TextMethod = Method<string>;

function textArgument(name: string, value: Value | undefined): string {
  if (typeof value === 'string') return value;
  if (value instanceof Markup) return value.html;
  throw typeError(`${name}() argument must be str, not ${value === undefined ? 'None' : typeName(value)}`);
}

function pad(name: string, place: (missing: number, width: number) => number): TextMethod {
  return (self, args, kwargs) => {
    const [width, fill = ' '] = positional(name, 1, 2, args, kwargs);
    const character = textArgument(name, fill);
    if (characters(character).length !== 1) throw typeError('The fill character must be exactly one character long');
    const size = toIndex(width!);
    const missing = size - characters(self).length;
    if (missing <= 0) return self;
    checkText(size);
    const left = place(missing, size);
    return character.repeat(left) + self + character.repeat(missing - left);
  };
}

/** Start and end of the part of a text that `find` and the like look at, in code points. */
function range(self: string | readonly string[], start: Value | undefined, end: Value | undefined): [number, number] {
  const place = (value: Value | undefined, otherwise: number) => {
    if (value === undefined || value === null) return otherwise;
    const at = toIndex(value);
    return at < 0 ? Math.max(0, at + self.length) : at;
  };
  return [place(start, 0), Math.min(place(end, self.length), self.length)];
}

/** Where a text is found, in code points; -1 where it is not. */
function find(self: string, args: readonly Value[], last: boolean, name: string): number {
  const [needle, start, end] = positional(name, 1, 3, args);
  const text = textArgument(name, needle);
  const points = characters(self);
  const [from, to] = range(points, start, end);
  if (from > to) return -1;
  if (typeof points === 'string') {
    const part = points.slice(from, to);
    const at = last ? part.lastIndexOf(text) : part.indexOf(text);
    return at < 0 ? -1 : at + from;
  }
  const part = points.slice(from, to).join('');
  const at = last ? part.lastIndexOf(text) : part.indexOf(text);
  return at < 0 ? -1 : characters(part.slice(0, at)).length + from;
}

function finder(name: string, last: boolean, must: boolean): TextMethod {
  return (self, args) => {
    const at = find(self, args, last, name);
    if (at < 0 && must) throw valueError('substring not found');
    return at;
  };
}

function affix(name: string, test: (text: string, part: string) => boolean): TextMethod {
  return (self, args) => {
    const [parts, start, end] = positional(name, 1, 3, args);
    const points = characters(self);
    const [from, to] = range(points, start, end);
    if (from > to) return false;
    const text = typeof points === 'string' ? points.slice(from, to) : points.slice(from, to).join('');
    const candidates = parts instanceof Tuple ? parts.items : [parts!];
    return candidates.some((part) => {
      if (typeof part === 'string' || part instanceof Markup) return test(text, textOf(part));
      throw typeError(`${name} first arg must be str or a tuple of str, not ${typeName(part)}`);
    });
  };
}

function replace(self: string, args: readonly Value[]): string {
  const [old, now, count = -1] = positional('replace', 2, 3, args);
  return replaced(self, textArgument('replace', old), textArgument('replace', now), toIndex(count));
}

/** `str.replace`, by code points where an empty text is replaced. @throws Raised LimitError */
export function replaced(self: string, old: string, now: string, count: number): string {
  if (old === '') {
    const points = [...self];
    const most = count < 0 ? points.length + 1 : count;
    checkText(self.length + now.length * Math.min(most, points.length + 1));
    const parts = points.map((point, at) => (at < most ? now : '') + point);
    return parts.join('') + (points.length < most ? now : '');
  }
  const pieces = self.split(old);
  const most = count < 0 ? pieces.length - 1 : Math.min(count, pieces.length - 1);
  checkText(self.length + most * Math.max(0, now.length - old.length));
  const rest = pieces.slice(most);
  return [...pieces.slice(0, most), rest.join(old)].join(now);
}

function count(self: string, args: readonly Value[]): number {
  const [needle, start, end] = positional('count', 1, 3, args);
  const text = textArgument('count', needle);
  const points = characters(self);
  const [from, to] = range(points, start, end);
  if (from > to) return 0;
  if (text === '') return to - from + 1;
  const part = typeof points === 'string' ? points.slice(from, to) : points.slice(from, to).join('');
  return part.split(text).length - 1;
}

function join(self: string, args: readonly Value[]): string {
  const [values] = positional('join', 1, 1, args);
  const parts: string[] = [];
  let length = 0;
  for (const item of each(values!)) {
    if (typeof item !== 'string' && !(item instanceof Markup)) {
      throw typeError(`sequence item ${parts.length}: expected str instance, ${typeName(item)} found`);
    }
    const part = textOf(item);
    length += part.length + self.length;
    checkText(length);
    parts.push(part);
  }
  return parts.join(self);
}

function partition(name: string, last: boolean): TextMethod {
  return (self, args) => {
    const text = textArgument(name, positional(name, 1, 1, args)[0]);
    if (text === '') throw valueError('empty separator');
    const at = last ? self.lastIndexOf(text) : self.indexOf(text);
    if (at < 0) return new Tuple(last ? ['', '', self] : [self, '', '']);
    return new Tuple([self.slice(0, at), text, self.slice(at + text.length)]);
  };
}

function expandTabs(self: string, args: readonly Value[], kwargs: Kwargs): string {
  const size = toIndex(bind('expandtabs', ['tabsize?'], args, kwargs)[0] ?? 8);
  checkText(self.length * Math.max(1, size));
  let column = 0;
  let result = '';
  for (const character of self) {
    if (character === '\t') {
      const width = size > 0 ? size - (column % size) : 0;
      result += ' '.repeat(width);
      column += width;
    } else {
      result += character;
      column = character === '\n' || character === '\r' ? 0 : column + 1;
    }
  }
  return result;
}

function zeroFill(self: string, args: readonly Value[]): string {
  const width = toIndex(positional('zfill', 1, 1, args)[0]!);
  checkText(width);
  const missing = width - characters(self).length;
  if (missing <= 0) return self;
  const sign = /^[+-]/.exec(self)?.[0] ?? '';
  return sign + '0'.repeat(missing) + self.slice(sign.length);
}

function translate(self: string, args: readonly Value[]): string {
  const [table] = positional('translate', 1, 1, args);
  const map = table as Dict;
  if (!(map instanceof DictOf)) throw typeError(`'${typeName(map)}' object is not subscriptable`);
  const parts = Array.from(self, (character) => {
    const value = map.get(character.codePointAt(0)!);
    if (value === undefined) return character;
    return value === null ? '' : typeof value === 'number' ? String.fromCodePoint(value) : textOf(value);
  });
  return parts.join('');
}

function makeTrans(_self: string, args: readonly Value[]): Value {
  const [from, to, gone] = positional('maketrans', 1, 3, args);
  const point = (text: Value) => (typeof text === 'string' ? text.codePointAt(0)! : text);
  if (to === undefined) {
    if (!(from instanceof DictOf)) throw typeError('if you give only one argument to maketrans it must be a dict');
    return DictOf.of(from.entries().map(([key, value]) => [point(key), value] as const));
  }
  const left = listOf(from!);
  const right = listOf(to);
  if (left.length !== right.length) {
    throw valueError('the first two maketrans arguments must have equal length');
  }
  const pairs = left.map((text, at): [Value, Value] => [point(text), point(right[at]!)]);
  const removed = gone === undefined ? [] : listOf(gone).map((text): [Value, Value] => [point(text), null]);
  return DictOf.of([...pairs, ...removed]);
}

const simple = (name: string, make: (self: string) => Value): TextMethod => {
  return (self, args, kwargs) => {
    positional(name, 0, 0, args, kwargs);
    return make(self);
  };
};

const cut = (name: string, make: (self: string, part: string) => string): TextMethod => {
  return (self, args) => make(self, textArgument(name, positional(name, 1, 1, args)[0]));
};

function encode(self: string, args: readonly Value[], kwargs: Kwargs): Value {
  const [encoding = 'utf-8'] = bind('encode', ['encoding?', 'errors?'], args, kwargs);
  if (!/^(utf-?8|ascii|latin-?1|iso-8859-1)$/i.test(textOf(encoding))) {
    throw raised('ValueError', `unknown encoding: ${textOf(encoding)}`);
  }
  const latin = /latin|8859/i.test(textOf(encoding));
  return new Bytes(Buffer.from(self, latin ? 'latin1' : 'utf8'));
}

/** Python's capital first letter, which for a few letters (ǆ) is neither upper nor lower case. */
function capitalize(self: string): string {
  const first = [...self][0] ?? '';
  return titleCase(first) + self.slice(first.length).toLowerCase();
}

function title(self: string): string {
  return self.replace(/\p{Cased}+/gu, (word) => capitalize(word));
}

function swapCase(self: string): string {
  return Array.from(self, (character) =>
    character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase(),
  ).join('');
}

/** Case folding for comparing: as lower case, but for what has no lower case of its own. */
function foldCase(self: string): string {
  return self.toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ').replaceAll('ſ', 's');
}

/** The methods of str that a template can call, but for `format` and `format_map`, which look into values. */
export const textMethods = methods<string>({
  capitalize: simple('capitalize', capitalize),
  casefold: simple('casefold', foldCase),
  // Python puts the odd space left of a text of odd width.
  center: pad('center', (missing, width) => Math.floor(missing / 2) + (missing & width & 1)),
  count,
  encode,
  endswith: affix('endswith', (text, part) => text.endsWith(part)),
  expandtabs: expandTabs,
  find: finder('find', false, false),
  index: finder('index', false, true),
  isalnum: simple('isalnum', isAlnum),
  isalpha: simple('isalpha', isAlpha),
  isascii: simple('isascii', (self) => /^[\0-\x7f]*$/.test(self)),
  isdecimal: simple('isdecimal', isDecimal),
  isdigit: simple('isdigit', isDigit),
  isidentifier: simple('isidentifier', (self) => /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(self)),
  islower: simple('islower', isLower),
  isnumeric: simple('isnumeric', (self) => /^\p{N}+$/u.test(self)),
  isprintable: simple('isprintable', (self) => !/[\p{C}\p{Z}]/u.test(self.replaceAll(' ', ''))),
  isspace: simple('isspace', isSpace),
  istitle: simple('istitle', isTitle),
  isupper: simple('isupper', isUpper),
  join,
  ljust: pad('ljust', () => 0),
  lower: simple('lower', (self) => self.toLowerCase()),
  lstrip: (self, args) => strip(self, positional('lstrip', 0, 1, args)[0], true, false),
  maketrans: makeTrans,
  partition: partition('partition', false),
  removeprefix: cut('removeprefix', (self, part) => (self.startsWith(part) ? self.slice(part.length) : self)),
  removesuffix: cut('removesuffix', (self, part) =>
    part !== '' && self.endsWith(part) ? self.slice(0, -part.length) : self,
  ),
  replace,
  rfind: finder('rfind', true, false),
  rindex: finder('rindex', true, true),
  rjust: pad('rjust', (missing) => missing),
  rpartition: partition('rpartition', true),
  rsplit: rightSplit,
  rstrip: (self, args) => strip(self, positional('rstrip', 0, 1, args)[0], false, true),
  split,
  splitlines: splitLines,
  startswith: affix('startswith', (text, part) => text.startsWith(part)),
  strip: (self, args) => strip(self, positional('strip', 0, 1, args)[0], true, true),
  swapcase: simple('swapcase', swapCase),
  title: simple('title', title),
  translate,
  upper: simple('upper', (self) => self.toUpperCase()),
  zfill: zeroFill,
});
