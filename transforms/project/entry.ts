import type { Places } from './places.ts';
import type { Problems } from './problems.ts';
import { textOf } from './python-text.ts';
import { isMap, truthOf, typeName, type Value, type ValueMap } from './value.ts';

/** A map of a YAML file, read key by key; what is not of the kind that is asked for is a problem with its place. */
export class Entry {
  readonly map: ValueMap;
  readonly places: Places;
  readonly #problems: Problems;

  constructor(map: ValueMap, places: Places, problems: Problems) {
    this.map = map;
    this.places = places;
    this.#problems = problems;
  }

  get(key: string): Value | undefined {
    return this.map.get(key);
  }

  has(key: string): boolean {
    return this.map.has(key);
  }

  at(key?: string): string {
    return this.places.at(this.map, key);
  }

  /** Text; a number or date is taken as it prints. */
  text(key: string): string | undefined {
    const value = this.map.get(key);
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(value) || isMap(value)) return this.#refuse(key, value, 'text');
    return textOf(value);
  }

  flag(key: string): boolean {
    return truthOf(this.map.get(key));
  }

  /** A list; one value alone counts as a list of it. */
  list(key: string): Value[] {
    const value = this.map.get(key);
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value : [value];
  }

  texts(key: string): string[] {
    return this.list(key).flatMap((value) =>
      typeof value === 'string' ? [value] : (this.#refuse(key, value, 'text') ?? []),
    );
  }

  /** A list of maps: what else is in it is a problem and left out. */
  entries(key: string): Entry[] {
    const value = this.map.get(key);
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) return this.#refuse(key, value, 'a list') ?? [];
    return value.flatMap((item, index) => {
      if (isMap(item)) return [new Entry(item, this.places, this.#problems)];
      const message = `an entry of \`${key}\` is not a map but ${typeName(item)}`;
      this.#problems.add('project.invalid', message, { at: this.places.at(value, index) });
      return [];
    });
  }

  child(key: string): Entry | undefined {
    const value = this.map.get(key);
    if (value === undefined || value === null) return undefined;
    return isMap(value) ? new Entry(value, this.places, this.#problems) : this.#refuse(key, value, 'a map');
  }

  /** The name that an entry must have. */
  name(what: string): string | undefined {
    const value = this.map.get('name');
    if (typeof value === 'string' && value !== '') return value;
    this.#problems.add('project.invalid', `${what} has no \`name\``, { at: this.at() });
    return undefined;
  }

  problem(message: string, key?: string, fix?: string): void {
    this.#problems.add('project.invalid', message, { at: this.at(key), ...(fix === undefined ? {} : { fix }) });
  }

  #refuse(key: string, value: Value, wanted: string): undefined {
    this.#problems.add('project.invalid', `\`${key}\` is not ${wanted} but ${typeName(value)}`, { at: this.at(key) });
    return undefined;
  }
}
