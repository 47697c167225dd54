import { sorted } from './compare.ts';
import { Dict } from './dict.ts';
import { isRaised } from './error.ts';
import type { Value } from './object.ts';
import { reprOf } from './text.ts';
import { Tuple } from './tuple.ts';

const WIDTH = 80;

/** A value as `pprint` writes it: on one line where that fits, else an item a line, with dicts in order of their keys. */
export function pretty(value: Value): string {
  return written(value, 0, 0);
}

/** `column` is where the text begins, `after` how much follows its last line. */
function written(value: Value, column: number, after: number): string {
  const line = oneLine(value);
  if (line.length <= WIDTH - column - after) return line;
  if (value instanceof Dict && value.size() > 0) {
    const parts = orderedEntries(value).map(([key, item], at, all) => {
      const name = `${reprOf(key)}: `;
      return name + written(item, column + 1 + name.length, at === all.length - 1 ? after + 1 : 1);
    });
    return `{${parts.join(`,\n${' '.repeat(column + 1)}`)}}`;
  }
  const items = Array.isArray(value) ? value : value instanceof Tuple ? value.items : undefined;
  if (items === undefined || items.length === 0) return line;
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['(', items.length === 1 ? ',)' : ')'];
  const parts = items.map((item, at) => written(item, column + 1, at === items.length - 1 ? after + close.length : 1));
  return `${open}${parts.join(`,\n${' '.repeat(column + 1)}`)}${close}`;
}

function oneLine(value: Value): string {
  if (value instanceof Dict) {
    return `{${orderedEntries(value)
      .map(([key, item]) => `${reprOf(key)}: ${oneLine(item)}`)
      .join(', ')}}`;
  }
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (value instanceof Tuple && value.typeName === 'tuple') {
    return value.items.length === 1 ? `(${oneLine(value.items[0]!)},)` : `(${value.items.map(oneLine).join(', ')})`;
  }
  return reprOf(value);
}

function orderedEntries(value: Dict): readonly (readonly [Value, Value])[] {
  try {
    return sorted(value.keys(), (key) => key).map((key) => [key, value.get(key)!] as const);
  } catch (thrown) {
    if (!isRaised(thrown, 'TypeError')) throw thrown;
    return value.entries();
  }
}
