import { copyOf, isMap, type Value, type ValueMap } from './value.ts';

/** The config of a node: names to values, in the order in which they came. */
export type Config = Record<string, Value>;

/** How a key is put together from the levels that set it; the others are taken from the last. */
const APPENDED: ReadonlySet<string> = new Set(['tags', 'pre-hook', 'post-hook', 'packages']);
const UPDATED: ReadonlySet<string> = new Set(['quoting', 'column_types', 'meta', 'docs', 'contract']);

/** Puts a level over those before it. */
export function mergeConfig(config: Config, level: Iterable<readonly [string, Value]>): void {
  for (const [written, value] of level) {
    const key = written === 'pre_hook' ? 'pre-hook' : written === 'post_hook' ? 'post-hook' : written;
    const before = config[key];
    if (APPENDED.has(key)) config[key] = [...listOf(before), ...listOf(value)];
    else if (UPDATED.has(key) && isMap(value)) config[key] = updated(before, value);
    else if (key === 'grants' && isMap(value)) config[key] = granted(before, value);
    else config[key] = copyOf(value);
  }
}

export function listOf(value: Value | undefined): Value[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function updated(before: Value | undefined, value: ValueMap): ValueMap {
  return new Map([...(isMap(before) ? before : []), ...(copyOf(value) as ValueMap)]);
}

/** A privilege replaces those to whom it was given; with a `+` it adds to them. */
function granted(before: Value | undefined, value: ValueMap): ValueMap {
  const grants: ValueMap = new Map(isMap(before) ? before : []);
  for (const [key, to] of value) {
    const name = typeof key === 'string' ? key.replace(/^\+/, '') : key;
    const added = typeof key === 'string' && key.startsWith('+');
    grants.set(name, added ? [...listOf(grants.get(name)), ...listOf(to)] : listOf(to));
  }
  return grants;
}
