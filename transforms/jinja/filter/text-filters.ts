import { attributeOf } from '../attribute.ts';
import { replaced, textMethods } from '../method/text.ts';
import { linesOf, strip } from '../method/text-split.ts';
import { truth } from '../value/compare.ts';
import { Dict } from '../value/dict.ts';
import { checkText, raised, typeError } from '../value/error.ts';
import { each, lengthOf } from '../value/iterate.ts';
import { toJson } from '../value/json.ts';
import { escapeHtml, Markup } from '../value/markup.ts';
import { bind, noKwargs, PyObject, toIndex, typeName, type Value } from '../value/object.ts';
import { percent } from '../value/percent.ts';
import { pretty } from '../value/pretty.ts';
import { characters, quoted, textLength, textOf } from '../value/text.ts';
import { Tuple } from '../value/tuple.ts';
import { Undefined } from '../value/undefined.ts';
import { argumentError, attributeGetter, type Filter, like, textIn } from './filter.ts';
import { wrapText } from './wrap.ts';

/** A filter that is a method of str. */
function method(name: string): Filter {
  const body = textMethods.get(name)!;
  return (_X, value, args, kwargs) => {
    bind(name, [], args, kwargs);
    return like(value, body(textOf(value), [], noKwargs, { spend: () => undefined }) as string);
  };
}

const center: Filter = (X, value, args, kwargs) => {
  const [width = 80] = bind('center', ['width?'], args, kwargs);
  return like(value, textMethods.get('center')!(textOf(value), [width], noKwargs, X.frame) as string);
};

const format: Filter = (_X, value, args, kwargs) => {
  if (args.length > 0 && kwargs.size > 0) {
    throw argumentError("can't handle positional and keyword arguments at the same time");
  }
  const filled = percent(textOf(value), kwargs.size > 0 ? Dict.of(kwargs) : new Tuple(args));
  return like(value, filled as string);
};

const indent: Filter = (_X, value, args, kwargs) => {
  const [width = 4, first = false, blank = false] = bind('indent', ['width?', 'first?', 'blank?'], args, kwargs);
  if (value instanceof Undefined) throw value.failure();
  const text = textIn(value);
  if (text === undefined) throw typeError(`can only concatenate ${typeName(value)} (not "str") to ${typeName(value)}`);
  const indention = textIn(width) ?? ' '.repeat(Math.max(0, toIndex(width)));
  const lines = linesOf(`${text}\n`, false);
  checkText(text.length + lines.length * indention.length);
  const indented = lines.map((line, at) => (at === 0 || (line === '' && !truth(blank)) ? line : indention + line));
  return like(value, (truth(first) ? indention : '') + indented.join('\n'));
};

const join: Filter = (X, value, args, kwargs) => {
  const [separator = '', attribute = null] = bind('join', ['d?', 'attribute?'], args, kwargs);
  const get = attribute === null ? undefined : attributeGetter(X, attribute);
  const parts: string[] = [];
  let length = 0;
  for (const item of each(value)) {
    const part = textOf(get === undefined ? item : get(item));
    length += part.length;
    checkText(length);
    parts.push(part);
  }
  return parts.join(textOf(separator));
};

const replace: Filter = (_X, value, args, kwargs) => {
  const [old, now, count = null] = bind('replace', ['old', 'new', 'count?'], args, kwargs);
  return replaced(textOf(value), textOf(old!), textOf(now!), count === null ? -1 : toIndex(count));
};

const striptags: Filter = (_X, value) => {
  const text = textOf(value)
    .replace(/<!--.*?-->/gs, '')
    .replace(/<[^>]*>/g, '');
  const joined = text
    .split(/\s+/)
    .filter((word) => word !== '')
    .join(' ');
  return joined.replace(/&(amp|lt|gt|quot|#39|#34);/g, (_whole, name: string) => UNESCAPED[name]!);
};

const UNESCAPED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#34': '"' };

const title: Filter = (_X, value) => {
  const words = textOf(value).split(/([-\s({[<]+)/u);
  const parts = words.map((word) => {
    const first = Array.from(word)[0] ?? '';
    return first.toUpperCase() + word.slice(first.length).toLowerCase();
  });
  return like(value, parts.join(''));
};

const trim: Filter = (_X, value, args, kwargs) => {
  const [chars = null] = bind('trim', ['chars?'], args, kwargs);
  return like(value, strip(textOf(value), chars, true, true));
};

const truncate: Filter = (_X, value, args, kwargs) => {
  const names = ['length?', 'killwords?', 'end?', 'leeway?'];
  const [length = 255, kill = false, end = '...', leeway = null] = bind('truncate', names, args, kwargs);
  const text = textIn(value);
  const most = toIndex(length);
  const slack = leeway === null ? 5 : toIndex(leeway);
  const tail = textOf(end);
  if (most < textLength(tail)) throw raised('AssertionError', `expected length >= ${textLength(tail)}, got ${most}`);
  if (slack < 0) throw raised('AssertionError', `expected leeway >= 0, got ${slack}`);
  if (lengthOf(value) <= most + slack) return value;
  if (text === undefined) throw typeError(`can only concatenate ${typeName(value)} (not "str") to ${typeName(value)}`);
  const points = characters(text);
  const kept = Array.from(points.slice(0, most - textLength(tail))).join('');
  const space = kept.lastIndexOf(' ');
  return like(value, (truth(kill) || space < 0 ? kept : kept.slice(0, space)) + tail);
};

const urlencode: Filter = (_X, value) => {
  const isPairs =
    Array.isArray(value) || (value instanceof PyObject && textIn(value) === undefined && value.iterate() !== undefined);
  if (!isPairs) return quoteUrl(textOf(value), false);
  const pairs = value instanceof Dict ? value.entries() : Array.from(each(value), (pair) => [...each(pair)]);
  return pairs.map(([key, item]) => `${quoteUrl(textOf(key!), true)}=${quoteUrl(textOf(item!), true)}`).join('&');
};

function quoteUrl(text: string, inQuery: boolean): string {
  const quoted = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return inQuery ? quoted.replaceAll('%20', '+') : quoted.replaceAll('%2F', '/');
}

/** Jinja calls methods of the value, which an undefined at parse answers with itself. */
function isChainable(value: Value): boolean {
  return value instanceof Undefined && value.kind === 'chainable';
}

const wordwrap: Filter = (_X, value, args, kwargs) => {
  const names = ['width?', 'break_long_words?', 'wrapstring?', 'break_on_hyphens?'];
  const [width = 79, breakLong = true, between = null, hyphens = true] = bind('wordwrap', names, args, kwargs);
  const text = textIn(value);
  if (isChainable(value)) return '';
  if (text === undefined) throw typeError(`'${typeName(value)}' object has no attribute 'splitlines'`);
  const separator = between === null ? '\n' : textOf(between);
  const rules = { width: toIndex(width), breakLong: truth(breakLong), hyphens: truth(hyphens) };
  return linesOf(text, false)
    .map((line) => wrapText(line, rules).join(separator))
    .join(separator);
};

const xmlattr: Filter = (X, value, args, kwargs) => {
  const [space = true] = bind('xmlattr', ['autospace?'], args, kwargs);
  if (isChainable(value)) return '';
  if (!(value instanceof Dict)) {
    attributeOf(X, value, 'items');
    throw typeError('xmlattr needs a mapping');
  }
  const parts: string[] = [];
  for (const [key, item] of value.entries()) {
    if (item === null || item instanceof Undefined) continue;
    if (/[\s/>=]/.test(textOf(key)))
      throw raised('ValueError', `Invalid character in attribute name: ${quoted(textOf(key))}`);
    parts.push(`${escapeHtml(key).html}="${escapeHtml(item).html}"`);
  }
  const text = parts.join(' ');
  return truth(space) && text !== '' ? ` ${text}` : text;
};

const tojson: Filter = (_X, value, args, kwargs) => {
  const [spaces = null] = bind('tojson', ['indent?'], args, kwargs);
  const text = toJson(value, { sortKeys: true, indent: spaces });
  const escapes: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', "'": '\\u0027' };
  return new Markup(text.replace(/[<>&']/g, (character) => escapes[character]!));
};

export const textFilters: Readonly<Record<string, Filter>> = {
  capitalize: method('capitalize'),
  center,
  e: (_X, value) => escapeHtml(value),
  escape: (_X, value) => escapeHtml(value),
  forceescape: (_X, value) => escapeHtml(textOf(value)),
  format,
  indent,
  join,
  lower: method('lower'),
  pprint: (_X, value) => pretty(value),
  replace,
  safe: (_X, value) => new Markup(textOf(value)),
  string: (_X, value) => (value instanceof Markup ? value : textOf(value)),
  striptags,
  title,
  tojson,
  trim,
  truncate,
  upper: method('upper'),
  urlencode,
  wordcount: (_X, value) => (textOf(value).match(/[\p{L}\p{N}\p{M}_]+/gu) ?? []).length,
  wordwrap,
  xmlattr,
};
