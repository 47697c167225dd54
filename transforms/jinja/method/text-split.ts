import { typeError, valueError } from '../value/error.ts';
import { Markup } from '../value/markup.ts';
import { bind, type Kwargs, toIndex, typeName, type Value } from '../value/object.ts';
import { SPACE_CLASS } from './text-class.ts';

const LEADING = new RegExp(`^[${SPACE_CLASS}]+`);
const TRAILING = new RegExp(`[${SPACE_CLASS}]$`);
const WORD = new RegExp(`[^${SPACE_CLASS}]+`, 'g');

/** Without white space, or the characters given, at either end. */
export function strip(self: string, chars: Value | undefined, left: boolean, right: boolean): string {
  if (chars === undefined || chars === null) {
    const text = left ? self.replace(LEADING, '') : self;
    if (!right) return text;
    let end = text.length;
    while (end > 0 && TRAILING.test(text[end - 1]!)) end -= 1;
    return text.slice(0, end);
  }
  const set = new Set(separatorOf(chars, 'strip arg must be None or str'));
  const points = Array.from(self);
  let start = 0;
  let end = points.length;
  while (left && start < end && set.has(points[start]!)) start += 1;
  while (right && end > start && set.has(points[end - 1]!)) end -= 1;
  return points.slice(start, end).join('');
}

function separatorOf(value: Value, message?: string): string {
  if (typeof value === 'string') return value;
  if (value instanceof Markup) return value.html;
  throw typeError(message ?? `must be str or None, not ${typeName(value)}`);
}

function splitArguments(name: string, args: readonly Value[], kwargs: Kwargs): [string | undefined, number] {
  const [separator = null, most = -1] = bind(name, ['sep?', 'maxsplit?'], args, kwargs);
  const text = separator === null ? undefined : separatorOf(separator);
  if (text === '') throw valueError('empty separator');
  const limit = toIndex(most);
  return [text, limit < 0 ? Number.POSITIVE_INFINITY : limit];
}

export function split(self: string, args: readonly Value[], kwargs: Kwargs): Value[] {
  const [separator, most] = splitArguments('split', args, kwargs);
  if (separator !== undefined) {
    const parts = self.split(separator);
    return parts.length <= most + 1 ? parts : [...parts.slice(0, most), parts.slice(most).join(separator)];
  }
  const parts: string[] = [];
  for (const match of self.matchAll(WORD)) {
    if (parts.length === most) return [...parts, strip(self.slice(match.index), undefined, false, true)];
    parts.push(match[0]);
  }
  return parts;
}

export function rightSplit(self: string, args: readonly Value[], kwargs: Kwargs): Value[] {
  const [separator, most] = splitArguments('rsplit', args, kwargs);
  if (separator !== undefined) {
    const parts = self.split(separator);
    const at = parts.length - most;
    return at <= 1 ? parts : [parts.slice(0, at).join(separator), ...parts.slice(at)];
  }
  const words = [...self.matchAll(WORD)];
  const at = words.length - most;
  const kept = words.slice(Math.max(0, at)).map((match) => match[0]);
  if (at <= 0) return kept;
  const last = words[at - 1]!;
  return [strip(self.slice(0, last.index + last[0].length), undefined, true, false), ...kept];
}

const LINE_ENDS = '\\n\\r\\v\\f\\x1c\\x1d\\x1e\\x85\\u2028\\u2029';
const LINE = new RegExp(`[^${LINE_ENDS}]*(?:\\r\\n|[${LINE_ENDS}]|$)`, 'g');
const LINE_END = new RegExp(`(?:\\r\\n|[${LINE_ENDS}])$`);

export function linesOf(self: string, keepEnds: boolean): string[] {
  const lines = self.match(LINE) ?? [];
  if (lines.at(-1) === '') lines.pop();
  return keepEnds ? [...lines] : lines.map((line) => line.replace(LINE_END, ''));
}

export function splitLines(self: string, args: readonly Value[], kwargs: Kwargs): Value[] {
  const [keepEnds = false] = bind('splitlines', ['keepends?'], args, kwargs);
  return linesOf(self, keepEnds === true || (typeof keepEnds === 'number' && keepEnds !== 0));
}
