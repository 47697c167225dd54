import { attributeOf } from '../attribute.ts';
import { add } from '../value/arithmetic.ts';
import { equal, greater, less, sorted, truth } from '../value/compare.ts';
import { Dict } from '../value/dict.ts';
import { raised, typeError } from '../value/error.ts';
import { each, iterate, lengthOf, listOf, PyIterator, Range } from '../value/iterate.ts';
import { keyOf } from '../value/key.ts';
import { bind, PyObject, toIndex, typeName, type Value } from '../value/object.ts';
import { PySet } from '../value/set.ts';
import { NamedTuple, Tuple } from '../value/tuple.ts';
import { Undefined } from '../value/undefined.ts';
import { argumentError, attributeGetter, attributesGetter, type Filter, ignoreCase, like, textIn } from './filter.ts';

const attr: Filter = (X, value, args, kwargs) => {
  const [name] = bind('attr', ['name'], args, kwargs);
  const text = textIn(name);
  if (text === undefined) throw typeError(`attribute name must be string, not '${typeName(name!)}'`);
  // Unlike `value.name`, an item is no attribute.
  const noItems = value instanceof Dict ? new Dict() : value;
  const found = attributeOf(X, noItems, text);
  return found instanceof Undefined && value instanceof Dict
    ? new Undefined(X.undefinedKind, { of: value, name: text })
    : found;
};

const batch: Filter = (_X, value, args, kwargs) => {
  const [count, fill = null] = bind('batch', ['linecount', 'fill_with?'], args, kwargs);
  return new PyIterator(batches(value, count!, fill));
};

function* batches(value: Value, count: Value, fill: Value): Generator<Value> {
  let row: Value[] = [];
  for (const item of each(value)) {
    if (equal(row.length, count)) {
      yield row;
      row = [];
    }
    row.push(item);
  }
  if (row.length === 0) return;
  while (fill !== null && row.length < toIndex(count)) row.push(fill);
  yield row;
}

const slice: Filter = (_X, value, args, kwargs) => {
  const [count, fill = null] = bind('slice', ['slices', 'fill_with?'], args, kwargs);
  return new PyIterator(slices(value, toIndex(count!), fill));
};

function* slices(value: Value, count: number, fill: Value): Generator<Value> {
  const items = listOf(value);
  if (count === 0) throw raised('ZeroDivisionError', 'integer division or modulo by zero');
  const each = Math.floor(items.length / count);
  const longer = items.length - each * count;
  let offset = 0;
  for (let at = 0; at < count; at++) {
    const start = offset + at * each;
    if (at < longer) offset += 1;
    const part = items.slice(start, offset + (at + 1) * each);
    if (fill !== null && at >= longer) part.push(fill);
    yield part;
  }
}

const withDefault: Filter = (_X, value, args, kwargs) => {
  const [otherwise = '', boolean = false] = bind('default', ['default_value?', 'boolean?'], args, kwargs);
  return value instanceof Undefined || (truth(boolean) && !truth(value)) ? otherwise : value;
};

const dictsort: Filter = (X, value, args, kwargs) => {
  const [caseSensitive = false, by = 'key', reverse = false] = bind(
    'dictsort',
    ['case_sensitive?', 'by?', 'reverse?'],
    args,
    kwargs,
  );
  const place = textIn(by) === 'key' ? 0 : textIn(by) === 'value' ? 1 : undefined;
  if (place === undefined) throw argumentError('You can only sort by either "key" or "value"');
  const isMapping = !(attributeOf(X, value, 'items') instanceof Undefined);
  // What is undefined while a project is parsed has everything, and nothing in it.
  const entries = value instanceof Undefined ? [] : pairsOf(isMapping ? value : null);
  const key = (pair: Value) => {
    const item = (pair as Tuple).items[place]!;
    return truth(caseSensitive) ? item : ignoreCase(item);
  };
  return sorted(entries, key, truth(reverse));
};

/** @throws Raised TypeError where the value is no mapping */
function pairsOf(value: Value): Tuple[] {
  if (value instanceof Dict) return value.entries().map((entry) => new Tuple([...entry]));
  if (value instanceof PyObject && value.isMapping) {
    return Array.from(each(value), (key) => new Tuple([key, value.item(key)]));
  }
  throw typeError('Can only get item pairs from a mapping.');
}

const first: Filter = (X, value) => {
  const next = iterate(value).next();
  return next.done ? new Undefined(X.undefinedKind, { hint: 'No first item, sequence was empty.' }) : next.value;
};

const last: Filter = (X, value) => {
  if (!isReversible(value)) throw typeError(`'${typeName(value)}' object is not reversible`);
  const items = listOf(value);
  const item = items.at(-1);
  return item === undefined ? new Undefined(X.undefinedKind, { hint: 'No last item, sequence was empty.' }) : item;
};

function isReversible(value: Value): boolean {
  if (typeof value === 'string' || Array.isArray(value)) return true;
  if (!(value instanceof PyObject) || value instanceof PyIterator || value instanceof PySet) return false;
  return value.iterate() !== undefined && value.size() !== undefined;
}

const groupby: Filter = (X, value, args, kwargs) => {
  const [attribute, otherwise = null, caseSensitive = false] = bind(
    'groupby',
    ['attribute', 'default?', 'case_sensitive?'],
    args,
    kwargs,
  );
  const folds = !truth(caseSensitive);
  const key = attributeGetter(X, attribute!, folds ? { after: ignoreCase, otherwise } : { otherwise });
  const shown = attributeGetter(X, attribute!, { otherwise });
  const groups: { key: Value; items: Value[] }[] = [];
  for (const item of sorted(listOf(value), key)) {
    const of = key(item);
    const group = groups.at(-1);
    if (group !== undefined && equal(group.key, of)) group.items.push(item);
    else groups.push({ key: of, items: [item] });
  }
  const names = ['grouper', 'list'];
  return groups.map(
    (group) => new NamedTuple('_GroupTuple', names, [folds ? shown(group.items[0]!) : group.key, group.items]),
  );
};

const items: Filter = (_X, value) => {
  if (value instanceof Undefined) return new PyIterator([]);
  return new PyIterator(lazily(() => pairsOf(value)));
};

/** Fails where it is iterated, not where it is made. */
function* lazily(make: () => readonly Value[]): Generator<Value> {
  yield* make();
}

function extreme(name: string, better: (left: Value, right: Value) => boolean): Filter {
  return (X, value, args, kwargs) => {
    const [caseSensitive = false, attribute = null] = bind(name, ['case_sensitive?', 'attribute?'], args, kwargs);
    const key = attributeGetter(X, attribute, truth(caseSensitive) ? {} : { after: ignoreCase });
    let best: { item: Value; key: Value } | undefined;
    for (const item of each(value)) {
      const of = key(item);
      if (best === undefined || better(of, best.key)) best = { item, key: of };
    }
    return (
      best?.item ??
      (best === undefined ? new Undefined(X.undefinedKind, { hint: 'No aggregated item, sequence was empty.' }) : null)
    );
  };
}

const random: Filter = (X, value) => {
  const size = lengthOf(value);
  if (size === 0) return new Undefined(X.undefinedKind, { hint: 'No random item, sequence was empty.' });
  return listOf(value)[Math.floor(Math.random() * size)]!;
};

const reverse: Filter = (_X, value) => {
  const text = textIn(value);
  if (text !== undefined) return like(value, Array.from(text).reverse().join(''));
  const reversed = (Array.isArray(value) ? value : listOfIterable(value)).toReversed();
  return isReversible(value) && !(value instanceof Undefined)
    ? new PyIterator(reversed, reversedName(value))
    : reversed;
};

function listOfIterable(value: Value): Value[] {
  try {
    return listOf(value);
  } catch {
    throw argumentError('argument must be iterable');
  }
}

function reversedName(value: Value): string {
  if (Array.isArray(value)) return 'list_reverseiterator';
  if (value instanceof Range) return 'range_iterator';
  return value instanceof Dict ? 'dict_reversekeyiterator' : 'reversed';
}

const sort: Filter = (X, value, args, kwargs) => {
  const [backwards = false, caseSensitive = false, attribute = null] = bind(
    'sort',
    ['reverse?', 'case_sensitive?', 'attribute?'],
    args,
    kwargs,
  );
  const key = attributesGetter(X, attribute, truth(caseSensitive) ? undefined : ignoreCase);
  return sorted(listOf(value), key, truth(backwards));
};

const sum: Filter = (X, value, args, kwargs) => {
  const [attribute = null, start = 0] = bind('sum', ['attribute?', 'start?'], args, kwargs);
  if (typeof start === 'string') throw typeError("sum() can't sum strings [use ''.join(seq) instead]");
  const get = attributeGetter(X, attribute);
  let total: Value = start;
  for (const item of each(value)) total = add(total, get(item));
  return total;
};

const unique: Filter = (X, value, args, kwargs) => {
  const [caseSensitive = false, attribute = null] = bind('unique', ['case_sensitive?', 'attribute?'], args, kwargs);
  const key = attributeGetter(X, attribute, truth(caseSensitive) ? {} : { after: ignoreCase });
  return new PyIterator(distinct(value, key));
};

function* distinct(value: Value, key: (item: Value) => Value): Generator<Value> {
  const seen = new Set<unknown>();
  for (const item of each(value)) {
    const of = keyOf(key(item));
    if (seen.has(of)) continue;
    seen.add(of);
    yield item;
  }
}

const length: Filter = (_X, value) => lengthOf(value);

export const sequenceFilters: Readonly<Record<string, Filter>> = {
  attr,
  batch,
  count: length,
  d: withDefault,
  default: withDefault,
  dictsort,
  first,
  groupby,
  items,
  last,
  length,
  list: (_X, value) => listOf(value),
  max: extreme('max', greater),
  min: extreme('min', less),
  random,
  reverse,
  slice,
  sort,
  sum,
  unique,
};
