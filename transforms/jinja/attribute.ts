import { dictMethods, setMethods } from './method/dict.ts';
import { listMethods, tupleMethods } from './method/list.ts';
import type { Method, Methods } from './method/method.ts';
import { floatAttribute, floatMethods, intAttribute, intMethods } from './method/number.ts';
import { textMethods } from './method/text.ts';
import { formatMap, formatText, type LookUp } from './method/text-format.ts';
import { Dict } from './value/dict.ts';
import { isRaised, typeError } from './value/error.ts';
import { type SliceBounds, slicePlaces } from './value/iterate.ts';
import { Markup } from './value/markup.ts';
import { PyFloat } from './value/number.ts';
import { BuiltinFunction, PyObject, typeName, type Value } from './value/object.ts';
import { PySet } from './value/set.ts';
import { characters, reprOf } from './value/text.ts';
import { listIndex, Tuple } from './value/tuple.ts';
import { Undefined, type UndefinedKind } from './value/undefined.ts';

/** Which kind of undefined a look-up that finds nothing gives. */
export interface Undefining {
  readonly undefinedKind: UndefinedKind;
}

export const strictUndefined: Undefining = { undefinedKind: 'strict' };

const lookUpStrictly: LookUp = {
  attribute: (value, name) => attributeOf(strictUndefined, value, name),
  item: (value, key) => itemOf(strictUndefined, value, key),
};

const allTextMethods: Methods<string> = new Map<string, Method<string>>([
  ...textMethods,
  ['format', (self, args, kwargs) => formatText(lookUpStrictly, self, args, kwargs)],
  ['format_map', (self, args, kwargs) => formatMap(lookUpStrictly, self, args, kwargs)],
]);

/** The method of a built-in type by its name, taking the value as its first argument. */
export function methodOf(value: Value, name: string): Method<Value> | undefined {
  let method: unknown;
  if (typeof value === 'string') method = allTextMethods.get(name);
  else if (Array.isArray(value)) method = listMethods.get(name);
  else if (value instanceof Dict) method = dictMethods.get(name);
  else if (value instanceof Tuple) method = tupleMethods.get(name);
  else if (value instanceof PySet) method = setMethods.get(name);
  else if (value instanceof Markup) return markupMethod(name);
  else if (value instanceof PyFloat) method = floatMethods.get(name);
  else if (value !== null && !(value instanceof PyObject)) method = intMethods.get(name);
  return method as Method<Value> | undefined;
}

/** Markup has the methods of text; what they give is Markup again. */
function markupMethod(name: string): Method<Value> | undefined {
  const method = allTextMethods.get(name);
  if (method === undefined) return undefined;
  return (self, args, kwargs, caller) => {
    const result = method((self as Markup).html, args, kwargs, caller);
    const wrap = (value: Value) => (typeof value === 'string' ? new Markup(value) : value);
    return Array.isArray(result) ? result.map(wrap) : wrap(result);
  };
}

/** `getattr(value, name)`; undefined where there is no such attribute. */
function builtinAttribute(value: Value, name: string): Value | undefined {
  const method = methodOf(value, name);
  if (method !== undefined) {
    return new BuiltinFunction(name, (args, kwargs, caller) => method(value, args, kwargs, caller));
  }
  if (value instanceof PyFloat) return floatAttribute(value, name);
  if (value instanceof PyObject) return value.attribute(name);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    return intAttribute(value, name);
  }
  return undefined;
}

/**
 * `value.name` as Jinja's sandbox has it: the attribute, else the item. A name with a leading underscore is never looked up as an
 * attribute: it gives an undefined that fails when used.
 */
export function attributeOf(by: Undefining, value: Value, name: string): Value {
  if (!name.startsWith('_')) {
    const attribute = builtinAttribute(value, name);
    if (attribute !== undefined) return attribute;
    return found(lookUp(value, name), () => missing(by, value, name));
  }
  if (value instanceof Undefined && value.kind === 'strict' && !isDunder(name)) throw value.failure();
  return found(lookUp(value, name), () => (isDunder(name) ? unsafe(by, value, name) : missing(by, value, name)));
}

function isDunder(name: string): boolean {
  return name.startsWith('__') && name.endsWith('__');
}

/** `value[key]` as Jinja's sandbox has it: the item, else the attribute where the key is text. */
export function itemOf(by: Undefining, value: Value, key: Value): Value {
  const item = lookUp(value, key);
  if (item !== undefined) return item;
  if (typeof key !== 'string') return missing(by, value, key);
  if (key.startsWith('_')) return isDunder(key) ? unsafe(by, value, key) : missing(by, value, key);
  return found(builtinAttribute(value, key), () => missing(by, value, key));
}

/** None is found too. */
function found(value: Value | undefined, otherwise: () => Value): Value {
  return value === undefined ? otherwise() : value;
}

function missing(by: Undefining, of: Value, name: Value): Undefined {
  return new Undefined(by.undefinedKind, { of, name });
}

function unsafe(by: Undefining, of: Value, name: string): Undefined {
  const hint = `access to attribute ${reprOf(name)} of ${reprOf(typeName(of))} object is unsafe.`;
  return new Undefined(by.undefinedKind, { hint, of, name, type: 'SecurityError' });
}

/** `value[key]`; undefined where Python raises a TypeError or a LookupError. */
function lookUp(value: Value, key: Value): Value | undefined {
  if (value instanceof Dict && typeof key === 'string') return value.get(key);
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return undefined;
  if ((typeof value === 'string' || Array.isArray(value)) && typeof key === 'string') return undefined;
  try {
    return subscript(value, key);
  } catch (thrown) {
    if (isRaised(thrown, 'TypeError', 'KeyError', 'IndexError')) return undefined;
    throw thrown;
  }
}

/** Python's own `value[key]`. @throws Raised */
export function subscript(value: Value, key: Value): Value {
  if (Array.isArray(value)) return value[listIndex(key, value.length, 'list')]!;
  if (typeof value === 'string') {
    const points = characters(value);
    return points[listIndex(key, points.length, 'string')]!;
  }
  if (value instanceof PyObject) return value.item(key);
  throw typeError(`'${typeName(value)}' object is not subscriptable`);
}

/** Host sequences that can be sliced say how. */
export interface Sliceable {
  slice(bounds: SliceBounds): Value;
}

function isSliceable(value: Value): value is Value & Sliceable {
  return value instanceof PyObject && 'slice' in value && typeof value.slice === 'function';
}

/** `value[start:stop:step]`. @throws Raised TypeError where it cannot be sliced */
export function sliceOf(value: Value, start: Value, stop: Value, step: Value): Value {
  const bounds = { start, stop, step };
  if (Array.isArray(value)) return slicePlaces(bounds, value.length).map((at) => value[at]!);
  if (typeof value === 'string') {
    const points = characters(value);
    const places = slicePlaces(bounds, points.length);
    return places.map((at) => points[at]).join('');
  }
  if (value instanceof Tuple) return new Tuple(slicePlaces(bounds, value.items.length).map((at) => value.items[at]!));
  if (value instanceof Markup) return new Markup(sliceOf(value.html, start, stop, step) as string);
  if (value instanceof Undefined) return value.item(null);
  if (value instanceof Dict) throw typeError("unhashable type: 'slice'");
  if (isSliceable(value)) return value.slice(bounds);
  throw typeError(`'${typeName(value)}' object is not subscriptable`);
}
