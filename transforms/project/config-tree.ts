import { isMap, type Value, type ValueMap } from './value.ts';

/**
 * The levels of a tree of configs that hold for a node, from the root down along its fully qualified name. A key with `+` is a config,
 * as is any that is not a map; a map without it is a folder.
 */
export function levelsOf(tree: ValueMap | undefined, fqn: readonly string[]): [string, Value][][] {
  if (tree === undefined) return [];
  const levels = [configsOf(tree)];
  let folder = tree;
  for (const part of fqn) {
    const next = folder.get(part);
    if (!isMap(next)) break;
    levels.push(configsOf(next));
    folder = next;
  }
  return levels;
}

const known = new WeakMap<ValueMap, [string, Value][]>();

function configsOf(level: ValueMap): [string, Value][] {
  const made = known.get(level);
  if (made !== undefined) return made;
  const configs: [string, Value][] = [];
  for (const [key, value] of level) {
    if (typeof key !== 'string') continue;
    if (key.startsWith('+')) configs.push([key.slice(1).trim(), value]);
    else if (!isMap(value)) configs.push([key, value]);
  }
  known.set(level, configs);
  return configs;
}
