import { createHash } from 'node:crypto';
import { reprOf, textOf } from '../project/python-text.ts';
import { isMap, type Value, type ValueMap } from '../project/value.ts';

/** The names that dbt gives: manifests, selections and tables of before go on being right only where ours are the same. */

/** The schema of a node: the target's, or below it `<target>_<custom>`. */
export function generateSchemaName(custom: string | null, target: string): string {
  return custom === null ? target : `${target}_${custom.trim()}`;
}

/** The name of a table: the one that is asked for, else the node's with its version. */
export function generateAliasName(custom: string | null, name: string, version: string | number | null): string {
  if (custom !== null && custom !== '') return custom.trim();
  return version === null ? name : `${name}_v${String(version).replaceAll('.', '_')}`;
}

export function generateDatabaseName(custom: string | null, target: string | null): string | null {
  return custom === null ? target : custom.trim();
}

/** The name that leads to a node by its folders; `path` is from the folder of its kind. */
export function fqnOf(project: string, path: string, ...names: readonly string[]): string[] {
  return [project, ...path.split('/').slice(0, -1), ...names];
}

/** A file's name without its ending, with its folders. */
export function withoutEnding(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') + 1 ? path.slice(0, dot) : path;
}

export function baseName(path: string): string {
  return withoutEnding(path.slice(path.lastIndexOf('/') + 1));
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** A test with arguments: in full for its id, and for its file and table in less than 64 characters. */
export function testNames(type: string, target: string, args: ValueMap): { short: string; full: string } {
  const flat: string[] = [];
  for (const name of [...args.keys()].map(String).sort(byCodePoint)) {
    if (name === 'model') continue;
    flat.push(...partsOf(args.get(name)!).map((part) => textOf(part).replace(/[^0-9a-zA-Z_]+/g, '_')));
  }
  const identifier = `${type}_${target}`;
  const full = `${identifier}_${flat.join('__')}`;
  return { full, short: [...full].length >= 64 ? `${identifier.slice(0, 30)}_${md5(full)}` : full };
}

function partsOf(value: Value): Value[] {
  if (isMap(value)) return [...value.values()];
  return Array.isArray(value) ? value : [value];
}

/** The ten digits that end the id of a test: of its name, macro and arguments. */
export function testHash(name: string, macro: string, namespace: string | null, kwargs: ValueMap): string {
  const metadata: ValueMap = new Map<Value, Value>([['kwargs', kwargs], ['name', macro], ['namespace', namespace]]); // biome-ignore format: a table
  return md5(name + reprOf(hashable(metadata))).slice(-10);
}

/** Keys in order, everything that is no list or map as text. */
function hashable(value: Value): Value {
  if (Array.isArray(value)) return value.map(hashable);
  if (!isMap(value)) return textOf(value);
  const sorted = [...value].sort(([one], [other]) => byCodePoint(textOf(one), textOf(other)));
  return new Map(sorted.map(([key, item]) => [key, hashable(item)]));
}

function byCodePoint(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
