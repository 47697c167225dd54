import { equal, sorted, truth } from '../value/compare.ts';
import { checkList, raised, typeError, valueError } from '../value/error.ts';
import { each } from '../value/iterate.ts';
import { bind, Callable, type Caller, type Kwargs, positional, toIndex, type Value } from '../value/object.ts';
import { reprOf } from '../value/text.ts';
import type { Tuple } from '../value/tuple.ts';
import { methods } from './method.ts';

function indexOf(name: string, items: readonly Value[], args: readonly Value[]): number {
  const [value, start = 0, end = items.length] = positional(name, 1, 3, args);
  const place = (at: number) => (at < 0 ? Math.max(0, at + items.length) : at);
  const last = Math.min(place(toIndex(end)), items.length);
  for (let at = place(toIndex(start)); at < last; at++) if (equal(items[at]!, value!)) return at;
  throw valueError(name === 'tuple.index' ? 'tuple.index(x): x not in tuple' : `${reprOf(value!)} is not in list`);
}

function countOf(items: readonly Value[], args: readonly Value[]): number {
  const [value] = positional('count', 1, 1, args);
  return items.filter((item) => equal(item, value!)).length;
}

function pop(self: Value[], args: readonly Value[]): Value {
  const at = toIndex(positional('pop', 0, 1, args)[0] ?? -1);
  if (self.length === 0) throw raised('IndexError', 'pop from empty list');
  const place = at < 0 ? at + self.length : at;
  if (place < 0 || place >= self.length) throw raised('IndexError', 'pop index out of range');
  return self.splice(place, 1)[0]!;
}

function insert(self: Value[], args: readonly Value[]): null {
  const [at, value] = positional('insert', 2, 2, args);
  checkList(self.length + 1);
  self.splice(toIndex(at!), 0, value!);
  return null;
}

function remove(self: Value[], args: readonly Value[]): null {
  const [value] = positional('remove', 1, 1, args);
  const at = self.findIndex((item) => equal(item, value!));
  if (at < 0) throw valueError('list.remove(x): x not in list');
  self.splice(at, 1);
  return null;
}

function sort(self: Value[], args: readonly Value[], kwargs: Kwargs, caller: Caller): null {
  if (args.length > 0) throw typeError('sort() takes no positional arguments');
  const [key = null, reverse = false] = bind('sort', ['key?', 'reverse?'], args, kwargs);
  caller.spend(self.length);
  self.splice(0, self.length, ...sorted(self, keyFunction(key, caller), truth(reverse)));
  return null;
}

/** A key function that a template gives. It cannot wait for a database. */
export function keyFunction(key: Value, caller: Caller): (value: Value) => Value {
  if (key === null) return (value) => value;
  if (!(key instanceof Callable)) throw typeError('the key is not callable');
  return (value) => {
    const result = key.invoke(caller, [value], new Map());
    if (result instanceof Promise) throw typeError('a key function cannot be a macro in a render that waits');
    return result;
  };
}

export const listMethods = methods<Value[]>({
  append: (self, args) => {
    checkList(self.length + 1);
    self.push(positional('append', 1, 1, args)[0]!);
    return null;
  },
  clear: (self, args) => {
    positional('clear', 0, 0, args);
    self.length = 0;
    return null;
  },
  copy: (self, args) => {
    positional('copy', 0, 0, args);
    return [...self];
  },
  count: countOf,
  extend: (self, args) => {
    const [values] = positional('extend', 1, 1, args);
    for (const value of values === self ? [...self] : each(values!)) {
      checkList(self.length + 1);
      self.push(value);
    }
    return null;
  },
  index: (self, args) => indexOf('list.index', self, args),
  insert,
  pop,
  remove,
  reverse: (self, args) => {
    positional('reverse', 0, 0, args);
    self.reverse();
    return null;
  },
  sort,
});

export const tupleMethods = methods<Tuple>({
  count: (self, args) => countOf(self.items, args),
  index: (self, args) => indexOf('tuple.index', self.items, args),
});
