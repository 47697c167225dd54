import { typeError } from './error.ts';
import { PyObject, type Value } from './object.ts';

/**
 * What stands for a value in a JS Map, so that values that are equal in Python meet: 1, 1.0 and true are one key.
 * Text stands for itself; what is encoded as text begins with NUL.
 * @throws Raised TypeError for a list, dict or set
 */
export function keyOf(value: Value): unknown {
  if (typeof value === 'string') return value.startsWith('\0') ? `\0s${value}` : value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (Array.isArray(value)) throw typeError("unhashable type: 'list'");
  return value instanceof PyObject ? value.key() : value;
}

/** The key as text, such that no two keys have the same: for keys made of several. */
export function keyText(value: Value): string {
  const key = keyOf(value);
  if (typeof key === 'string') return `s${key.length}:${key}`;
  if (typeof key === 'object' && key !== null) return `o${identity(key)};`;
  return `${typeof key === 'bigint' ? 'number' : typeof key} ${key};`;
}

let lastIdentity = 0;
const identities = new WeakMap<object, number>();

/** A number that no other object of this process has. */
export function identity(object: object): number {
  const known = identities.get(object);
  if (known !== undefined) return known;
  lastIdentity += 1;
  identities.set(object, lastIdentity);
  return lastIdentity;
}
