import { attributeOf, itemOf, methodOf, sliceOf } from '../attribute.ts';
import { filters } from '../filter/filters.ts';
import { tests } from '../filter/tests.ts';
import { notMapping } from '../method/dict.ts';
import * as arithmetic from '../value/arithmetic.ts';
import { contains, equal, greater, greaterOrEqual, less, lessOrEqual, truth } from '../value/compare.ts';
import { Dict } from '../value/dict.ts';
import { checkText, raised, typeError, valueError } from '../value/error.ts';
import { each, listOf, PyIterator } from '../value/iterate.ts';
import { Markup } from '../value/markup.ts';
import { Namespace } from '../value/namespace.ts';
import { Callable, type Kwargs, noKwargs, PyObject, typeName, type Value } from '../value/object.ts';
import { reprOf, textOf } from '../value/text.ts';
import { Tuple } from '../value/tuple.ts';
import { Undefined } from '../value/undefined.ts';
import type { Execution } from './execution.ts';
import { Loop } from './loop.ts';
import { Macro, settled } from './macro.ts';

function call(X: Execution, callee: Value, args: readonly Value[], kwargs: Kwargs): Value | Promise<Value> {
  if (callee instanceof Callable) {
    X.frame.spend(1);
    return callee.invoke(X.frame, args, kwargs);
  }
  if (callee instanceof Undefined) {
    if (callee.kind === 'chainable') return callee;
    throw callee.failure();
  }
  throw typeError(`'${typeName(callee)}' object is not callable`);
}

function callMethod(
  X: Execution,
  of: Value,
  name: string,
  args: readonly Value[],
  kwargs: Kwargs,
): Value | Promise<Value> {
  const method = methodOf(of, name);
  if (method === undefined) return call(X, attributeOf(X, of, name), args, kwargs);
  X.frame.spend(1);
  return method(of, args, kwargs, X.frame);
}

function concat(parts: readonly Value[]): string {
  let text = '';
  for (const part of parts) text += textOf(part);
  checkText(text.length);
  return text;
}

/** What a call or filter adds to the output of a block, which has to be text. @throws Raised TypeError as Python's join does */
function joined(value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof Markup) return value.html;
  throw typeError(`sequence item 0: expected str instance, ${typeName(value)} found`);
}

function unpack(value: Value, count: number): readonly Value[] {
  if (!isIterable(value)) throw typeError(`cannot unpack non-iterable ${typeName(value)} object`);
  const items = listOf(value);
  if (items.length > count) throw valueError(`too many values to unpack (expected ${count})`);
  if (items.length < count) {
    throw valueError(`not enough values to unpack (expected ${count}, got ${items.length})`);
  }
  return items;
}

function isIterable(value: Value): boolean {
  return (
    typeof value === 'string' || Array.isArray(value) || (value instanceof PyObject && value.iterate() !== undefined)
  );
}

function setNamespace(target: Value | undefined, attribute: string, value: Value): void {
  if (!(target instanceof Namespace)) {
    throw raised('TemplateRuntimeError', 'cannot assign attribute on non-namespace object');
  }
  target.setItem(attribute, value);
}

function withStar(args: readonly Value[], star: Value): readonly Value[] {
  if (!isIterable(star)) throw typeError(`argument after * must be an iterable, not ${typeName(star)}`);
  return [...args, ...each(star)];
}

function withStars(kwargs: Kwargs, stars: Value): Kwargs {
  if (!(stars instanceof PyObject) || !(stars.isMapping || stars instanceof Undefined)) throw notMapping(stars);
  if (stars instanceof Undefined) throw stars.kind === 'strict' ? stars.failure() : notMapping(stars);
  const all = new Map(kwargs);
  for (const key of each(stars)) {
    const name = key instanceof Markup ? key.html : key;
    if (typeof name !== 'string') throw typeError('keywords must be strings');
    if (all.has(name)) throw typeError(`got multiple values for keyword argument ${reprOf(name)}`);
    all.set(name, stars.item(key));
  }
  return all;
}

function isDefined(value: Value | undefined): boolean {
  return value !== undefined && !(value instanceof Undefined);
}

/** All that the code of templates can call. It has no other way out: what it is given are values. */
export const runtime = Object.freeze({
  ...arithmetic,
  Loop,
  Macro,
  PyIterator,
  Tuple,
  attributeOf,
  call,
  callMethod,
  concat,
  dictOf: (entries: readonly (readonly [Value, Value])[]) => Dict.of(entries),
  each,
  equal,
  filters,
  greater,
  greaterOrEqual,
  isDefined,
  isIn: (value: Value, container: Value) => contains(container, value),
  itemOf,
  joined,
  less,
  lessOrEqual,
  noKwargs,
  setNamespace,
  settled,
  sliceOf,
  tests,
  textOf,
  truth,
  unpack,
  withStar,
  withStars,
});
