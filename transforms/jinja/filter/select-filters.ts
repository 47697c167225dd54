import type { Execution } from '../run/execution.ts';
import { truth } from '../value/compare.ts';
import { raised } from '../value/error.ts';
import { each, PyIterator } from '../value/iterate.ts';
import { type Kwargs, noKwargs, type Value } from '../value/object.ts';
import { reprOf } from '../value/text.ts';
import { argumentError, attributeGetter, type Filter, textIn } from './filter.ts';
import { tests } from './tests.ts';

type Item = (item: Value) => Value;

/** Filters that call other filters or tests, by name. `lookUp` knows the filters, this file's included. */
export function selectFilters(lookUp: (name: string) => Filter | undefined): Readonly<Record<string, Filter>> {
  const map: Filter = (X, value, args, kwargs) => {
    return new PyIterator(mapped(value, () => mapping(X, args, kwargs, lookUp)));
  };
  return {
    map,
    reject: select(false, false),
    rejectattr: select(true, false),
    select: select(false, true),
    selectattr: select(true, true),
  };
}

/** What is made by the arguments is made only where there is something to do, as in Jinja, whose filters are generators. */
function* mapped(value: Value, make: () => Item): Generator<Value> {
  if (!truth(value)) return;
  const convert = make();
  for (const item of each(value)) yield convert(item);
}

function mapping(
  X: Execution,
  args: readonly Value[],
  kwargs: Kwargs,
  lookUp: (name: string) => Filter | undefined,
): Item {
  const attribute = kwargs.get('attribute');
  if (args.length === 0 && attribute !== undefined) {
    const extra = [...kwargs.keys()].find((key) => key !== 'attribute' && key !== 'default');
    if (extra !== undefined) throw argumentError(`Unexpected keyword argument ${reprOf(extra)}`);
    return attributeGetter(X, attribute, { otherwise: kwargs.get('default') ?? null });
  }
  if (args.length === 0) throw argumentError('map requires a filter argument');
  const name = textIn(args[0]);
  const filter = name === undefined ? undefined : lookUp(name);
  if (filter === undefined) throw raised('TemplateRuntimeError', `No filter named ${reprOf(args[0]!)}.`);
  const rest = args.slice(1);
  return (item) => filter(X, item, rest, kwargs);
}

function select(byAttribute: boolean, keep: boolean): Filter {
  return (X, value, args, kwargs) =>
    new PyIterator(selected(value, keep, () => condition(X, args, kwargs, byAttribute)));
}

function* selected(value: Value, keep: boolean, make: () => (item: Value) => boolean): Generator<Value> {
  if (!truth(value)) return;
  const holds = make();
  for (const item of each(value)) if (holds(item) === keep) yield item;
}

function condition(
  X: Execution,
  args: readonly Value[],
  kwargs: Kwargs,
  byAttribute: boolean,
): (item: Value) => boolean {
  if (byAttribute && args.length === 0) throw argumentError('Missing parameter for attribute name');
  const get: Item = byAttribute ? attributeGetter(X, args[0]!) : (item) => item;
  const [name, ...rest] = byAttribute ? args.slice(1) : args;
  if (name === undefined) return (item) => truth(get(item));
  const text = textIn(name);
  const test = text !== undefined && Object.hasOwn(tests, text) ? tests[text] : undefined;
  if (test === undefined) throw raised('TemplateRuntimeError', `No test named ${reprOf(name)}.`);
  return (item) => test(X, get(item), rest, kwargs.size === 0 ? noKwargs : kwargs);
}
