import { textOf } from './python-text.ts';
import { Bytes, Float, Moment } from './value.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What an artifact holds of a value: JSON has no dates, no bytes and no keys but text. Undefined is left out of objects. */
export function toJson(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean' || typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Float) return value.value;
  if (value instanceof Moment) return value.text;
  if (value instanceof Bytes) return Buffer.from(value.bytes).toString('base64');
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Set) return [...value].map(toJson);
  return objectOf(value instanceof Map ? value : Object.entries(value as object));
}

function objectOf(entries: Iterable<readonly [unknown, unknown]>): Json {
  const object: Record<string, Json> = {};
  for (const [key, value] of entries) {
    if (value === undefined) continue;
    const name = typeof key === 'string' ? key : textOf(key as never);
    if (name === '__proto__')
      Object.defineProperty(object, name, {
        value: toJson(value),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else object[name] = toJson(value);
  }
  return object;
}

/** Text that is equal where two values are equal as JSON, without the order of keys; nulls count as not there. */
export function canonical(value: unknown): string {
  return JSON.stringify(sorted(toJson(value)));
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).filter((key) => value[key] !== null);
  return Object.fromEntries(keys.sort().map((key) => [key, sorted(value[key]!)]));
}
