import { Dict, DictView } from '../value/dict.ts';
import { raised, typeError, valueError } from '../value/error.ts';
import { each, listOf } from '../value/iterate.ts';
import { type Kwargs, PyObject, positional, typeName, type Value } from '../value/object.ts';
import { PySet } from '../value/set.ts';
import { reprOf } from '../value/text.ts';
import { Tuple } from '../value/tuple.ts';
import { Undefined } from '../value/undefined.ts';
import { methods } from './method.ts';

/** Puts the entries of a mapping, or of pairs, into a dict. @throws Raised TypeError or ValueError where they are none */
export function fill(dict: Dict, from: Value | undefined, kwargs: Kwargs): void {
  if (from instanceof Undefined && from.kind === 'strict') throw from.failure();
  if (from instanceof Dict) for (const [key, value] of from.entries()) dict.set(key, value);
  else if (from instanceof PyObject && from.isMapping) for (const key of each(from)) dict.set(key, from.item(key));
  else if (from !== undefined) for (const pair of each(from)) setPair(dict, pair);
  for (const [key, value] of kwargs) dict.set(key, value);
}

function setPair(dict: Dict, pair: Value): void {
  if (pair === null || typeof pair === 'number' || typeof pair === 'boolean') {
    throw typeError(`cannot convert dictionary update sequence element #${dict.size()} to a sequence`);
  }
  const items = listOf(pair);
  if (items.length !== 2) {
    throw valueError(`dictionary update sequence element #${dict.size()} has length ${items.length}; 2 is required`);
  }
  dict.set(items[0]!, items[1]!);
}

/** `dict(...)`. */
export function makeDict(args: readonly Value[], kwargs: Kwargs): Dict {
  if (args.length > 1) throw typeError(`dict expected at most 1 argument, got ${args.length}`);
  const dict = new Dict();
  fill(dict, args[0], kwargs);
  return dict;
}

function popItem(self: Dict, args: readonly Value[]): Value {
  positional('popitem', 0, 0, args);
  const last = self.entries().at(-1);
  if (last === undefined) throw raised('KeyError', "'popitem(): dictionary is empty'");
  self.delete(last[0]);
  return new Tuple([...last]);
}

function pop(self: Dict, args: readonly Value[]): Value {
  const [key, otherwise] = positional('pop', 1, 2, args);
  const value = self.delete(key!);
  if (value !== undefined) return value;
  if (otherwise === undefined) throw raised('KeyError', reprOf(key!));
  return otherwise;
}

function setDefault(self: Dict, args: readonly Value[]): Value {
  const [key, otherwise = null] = positional('setdefault', 1, 2, args);
  const value = self.get(key!);
  if (value !== undefined) return value;
  self.set(key!, otherwise);
  return otherwise;
}

const view = (kind: 'keys' | 'values' | 'items') => (self: Dict, args: readonly Value[]) => {
  positional(kind, 0, 0, args);
  return new DictView(self, kind);
};

export const dictMethods = methods<Dict>({
  clear: (self, args) => {
    positional('clear', 0, 0, args);
    self.clear();
    return null;
  },
  copy: (self, args) => {
    positional('copy', 0, 0, args);
    return Dict.of(self.entries());
  },
  fromkeys: (_self, args) => {
    const [keys, value = null] = positional('fromkeys', 1, 2, args);
    return Dict.of(listOf(keys!).map((key) => [key, value] as const));
  },
  get: (self, args) => {
    const [key, otherwise = null] = positional('get', 1, 2, args);
    const value = self.get(key!);
    return value === undefined ? otherwise : value;
  },
  items: view('items'),
  keys: view('keys'),
  pop,
  popitem: popItem,
  setdefault: setDefault,
  update: (self, args, kwargs) => {
    if (args.length > 1) throw typeError(`update expected at most 1 argument, got ${args.length}`);
    fill(self, args[0], kwargs);
    return null;
  },
  values: view('values'),
});

const asSet = (value: Value): PySet => (value instanceof PySet ? value : PySet.of(each(value)));

function combined(operator: '-' | '|' | '&' | '^') {
  return (self: PySet, args: readonly Value[]): Value =>
    args.reduce((set: PySet, value) => set.binary(operator, asSet(value), false) as PySet, PySet.of(self.list()));
}

function updated(operator: '-' | '|' | '&' | '^') {
  const combine = combined(operator);
  return (self: PySet, args: readonly Value[]): null => {
    const result = combine(self, args) as PySet;
    self.clear();
    for (const value of result.list()) self.add(value);
    return null;
  };
}

function popAny(self: PySet, args: readonly Value[]): Value {
  positional('pop', 0, 0, args);
  const first = self.list()[0];
  if (first === undefined) throw raised('KeyError', "'pop from an empty set'");
  self.delete(first);
  return first;
}

export const setMethods = methods<PySet>({
  add: (self, args) => {
    self.add(positional('add', 1, 1, args)[0]!);
    return null;
  },
  clear: (self) => {
    self.clear();
    return null;
  },
  copy: (self) => PySet.of(self.list()),
  difference: combined('-'),
  difference_update: updated('-'),
  discard: (self, args) => {
    self.delete(positional('discard', 1, 1, args)[0]!);
    return null;
  },
  intersection: combined('&'),
  intersection_update: updated('&'),
  isdisjoint: (self, args) =>
    !asSet(positional('isdisjoint', 1, 1, args)[0]!)
      .list()
      .some((item) => self.contains(item)),
  issubset: (self, args) => self.isSubsetOf(asSet(positional('issubset', 1, 1, args)[0]!)),
  issuperset: (self, args) => asSet(positional('issuperset', 1, 1, args)[0]!).isSubsetOf(self),
  pop: popAny,
  remove: (self, args) => {
    const [value] = positional('remove', 1, 1, args);
    if (!self.delete(value!)) throw raised('KeyError', reprOf(value!));
    return null;
  },
  symmetric_difference: combined('^'),
  symmetric_difference_update: updated('^'),
  union: combined('|'),
  update: updated('|'),
});

/** `set(...)`. */
export function makeSet(args: readonly Value[]): PySet {
  if (args.length > 1) throw typeError(`set expected at most 1 argument, got ${args.length}`);
  return PySet.of(args.length === 0 ? [] : each(args[0]!));
}

export function notMapping(value: Value): Error {
  return typeError(`argument after ** must be a mapping, not ${typeName(value)}`);
}
