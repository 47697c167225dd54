import type { Value } from './value.ts';

/** Where the entries of maps and lists stand in a file. Entries that came by `<<` or an alias stand where they were written. */
export class Places {
  /** The path as messages show it. */
  readonly path: string;
  readonly #starts: readonly number[];
  readonly #entries = new WeakMap<object, Map<Value, number> | number[]>();

  constructor(path: string, text: string) {
    this.path = path;
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#starts = starts;
  }

  /** Notes the offset of each entry: by key for a map, by index for a list. */
  note(container: object, offsets: Map<Value, number> | number[]): void {
    this.#entries.set(container, offsets);
  }

  offsetsOf(container: object): Map<Value, number> | number[] | undefined {
    return this.#entries.get(container);
  }

  /** `models/shop.yml:12:5`; of the first entry where no key is given; the path alone for what was not read from the file. */
  at(container: unknown, key?: Value): string {
    const offset = typeof container === 'object' && container !== null ? this.#offset(container, key) : undefined;
    return offset === undefined ? this.path : this.atOffset(offset);
  }

  atOffset(offset: number): string {
    const line = this.#lineOf(offset);
    return `${this.path}:${line + 1}:${offset - this.#starts[line]! + 1}`;
  }

  /** From 1. */
  lineAt(offset: number): number {
    return this.#lineOf(offset) + 1;
  }

  #offset(container: object, key: Value | undefined): number | undefined {
    const offsets = this.#entries.get(container);
    if (offsets === undefined) return undefined;
    if (Array.isArray(offsets)) return offsets[typeof key === 'number' ? key : 0];
    return key === undefined ? offsets.values().next().value : (offsets.get(key) ?? offsets.values().next().value);
  }

  #lineOf(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
