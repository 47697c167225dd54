import { truth } from '../value/compare.ts';
import { isRaised, typeError } from '../value/error.ts';
import { each, iterate, PyIterator } from '../value/iterate.ts';
import { fromJson, toJson } from '../value/json.ts';
import { BuiltinFunction, bind, type PyObject, typeName, type Value } from '../value/object.ts';
import { PySet } from '../value/set.ts';
import { Tuple } from '../value/tuple.ts';
import { Returned } from './frame.ts';

/** `return(value)`: ends the macro of the library that is being run. */
const returning = new BuiltinFunction('return', (args, kwargs) => {
  throw new Returned(bind('return', ['data?'], args, kwargs)[0] ?? null);
});

/** `fromjson(text, default)`: the default where the text is no JSON. */
const fromjson = new BuiltinFunction('fromjson', (args, kwargs) => {
  const [text, otherwise = null] = bind('fromjson', ['string', 'default?'], args, kwargs);
  if (typeof text !== 'string')
    throw typeError(`the JSON object must be str, bytes or bytearray, not ${typeName(text!)}`);
  return orElse(() => fromJson(text), otherwise);
});

const tojson = new BuiltinFunction('tojson', (args, kwargs) => {
  const [value, otherwise = null, sortKeys = false] = bind('tojson', ['value', 'default?', 'sort_keys?'], args, kwargs);
  return orElse(() => toJson(value!, { sortKeys: truth(sortKeys) }), otherwise);
});

function orElse(make: () => Value, otherwise: Value): Value {
  try {
    return make();
  } catch (thrown) {
    if (!isRaised(thrown, 'ValueError')) throw thrown;
    return otherwise;
  }
}

/** `set(values, default)`: the default where they cannot be a set. */
const set = new BuiltinFunction('set', (args, kwargs) => {
  const [value, otherwise = null] = bind('set', ['value', 'default?'], args, kwargs);
  return orDefault(() => PySet.of(each(value!)), otherwise);
});

const setStrict = new BuiltinFunction('set_strict', (args, kwargs) => {
  return PySet.of(each(bind('set_strict', ['value'], args, kwargs)[0]!));
});

/** `zip(*lists, default=none)`. */
const zip = new BuiltinFunction('zip', (args, kwargs) => orDefault(() => zipped(args), kwargs.get('default') ?? null));

const zipStrict = new BuiltinFunction('zip_strict', (args) => zipped(args));

function orDefault(make: () => Value, otherwise: Value): Value {
  try {
    return make();
  } catch (thrown) {
    if (!isRaised(thrown, 'TypeError')) throw thrown;
    return otherwise;
  }
}

/** Fails at once for what cannot be iterated. */
function zipped(lists: readonly Value[]): PyIterator {
  return new PyIterator(rows(lists.map(iterate)), 'zip');
}

function* rows(iterators: readonly Iterator<Value>[]): Generator<Value> {
  if (iterators.length === 0) return;
  for (;;) {
    const row: Value[] = [];
    for (const iterator of iterators) {
      const next = iterator.next();
      if (next.done) return;
      row.push(next.value);
    }
    yield new Tuple(row);
  }
}

/** The functions of dbt's context that need nothing but their arguments. Whoever renders adds those that need a project. */
export const contextFunctions: ReadonlyMap<string, PyObject> = new Map([
  ['return', returning],
  ['fromjson', fromjson],
  ['tojson', tojson],
  ['set', set],
  ['set_strict', setStrict],
  ['zip', zip],
  ['zip_strict', zipStrict],
]);
