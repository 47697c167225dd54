import { equal, contains as holds } from './compare.ts';
import { raised, typeError } from './error.ts';
import { keyOf } from './key.ts';
import { type BinaryOperator, PyObject, type Value } from './object.ts';
import { PySet } from './set.ts';
import { reprOf, reprOfItems } from './text.ts';
import { Tuple } from './tuple.ts';

type Entry = [key: Value, value: Value];

/** A dict: keeps the order in which keys came. */
export class Dict extends PyObject {
  readonly typeName: string = 'dict';
  readonly #entries = new Map<unknown, Entry>();

  static of(entries: Iterable<readonly [Value, Value]>): Dict {
    const dict = new Dict();
    for (const [key, value] of entries) dict.set(key, value);
    return dict;
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(keyOf(key))?.[1];
  }

  has(key: Value): boolean {
    return this.#entries.has(keyOf(key));
  }

  /** The key of an entry that is there stays the one that came first. */
  set(key: Value, value: Value): void {
    const hash = keyOf(key);
    const entry = this.#entries.get(hash);
    if (entry === undefined) this.#entries.set(hash, [key, value]);
    else entry[1] = value;
  }

  delete(key: Value): Value | undefined {
    const hash = keyOf(key);
    const entry = this.#entries.get(hash);
    this.#entries.delete(hash);
    return entry?.[1];
  }

  clear(): void {
    this.#entries.clear();
  }

  entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  keys(): Value[] {
    return Array.from(this.#entries.values(), ([key]) => key);
  }

  values(): Value[] {
    return Array.from(this.#entries.values(), ([, value]) => value);
  }

  override repr(): string {
    const entry = ([key, value]: Entry) => `${reprOf(key)}: ${reprOf(value)}`;
    return `{${reprOfItems(this, this.entries(), entry)}}`;
  }

  override size(): number {
    return this.#entries.size;
  }

  override iterate(): Iterator<Value> {
    return this.iterateBy(([key]) => key);
  }

  /** @throws Raised RuntimeError where keys are added or taken away meanwhile */
  *iterateBy(pick: (entry: Entry) => Value): Generator<Value> {
    const size = this.#entries.size;
    for (const entry of this.#entries.values()) {
      if (this.#entries.size !== size) throw raised('RuntimeError', 'dictionary changed size during iteration');
      yield pick(entry);
    }
    if (this.#entries.size < size) throw raised('RuntimeError', 'dictionary changed size during iteration');
  }

  override item(key: Value): Value {
    const value = this.get(key);
    if (value === undefined) throw raised('KeyError', reprOf(key));
    return value;
  }

  override setItem(key: Value, value: Value): void {
    this.set(key, value);
  }

  override contains(value: Value): boolean {
    return this.has(value);
  }

  override equals(other: Value): boolean | undefined {
    if (!(other instanceof Dict)) return undefined;
    if (this.size() !== other.size()) return false;
    return this.entries().every(([key, value]) => {
      const others = other.get(key);
      return others !== undefined && equal(value, others);
    });
  }

  override key(): unknown {
    throw typeError(`unhashable type: '${this.typeName}'`);
  }

  override binary(operator: BinaryOperator, other: Value, reflected: boolean): Value | undefined {
    if (operator !== '|' || !(other instanceof Dict) || reflected) return undefined;
    return Dict.of([...this.entries(), ...other.entries()]);
  }

  override get isMapping(): boolean {
    return true;
  }

  override get isSubscriptable(): boolean {
    return true;
  }

  override plain(): Value {
    return this;
  }
}

type ViewKind = 'keys' | 'values' | 'items';

/** What `keys()`, `values()` and `items()` give: it follows the dict. */
export class DictView extends PyObject {
  readonly typeName: string;
  readonly #dict: Dict;
  readonly #kind: ViewKind;

  constructor(dict: Dict, kind: ViewKind) {
    super();
    this.#dict = dict;
    this.#kind = kind;
    this.typeName = `dict_${kind}`;
  }

  list(): Value[] {
    if (this.#kind === 'items') return this.#dict.entries().map((entry) => new Tuple([...entry]));
    return this.#kind === 'keys' ? this.#dict.keys() : this.#dict.values();
  }

  override repr(): string {
    return `${this.typeName}(${reprOf(this.list())})`;
  }

  override size(): number {
    return this.#dict.size();
  }

  override iterate(): Iterator<Value> {
    if (this.#kind === 'items') return this.#dict.iterateBy((entry) => new Tuple([...entry]));
    return this.#kind === 'keys' ? this.#dict.iterate() : this.#dict.iterateBy(([, value]) => value);
  }

  override contains(value: Value): boolean | undefined {
    return this.#kind === 'keys' ? this.#dict.has(value) : undefined;
  }

  override equals(other: Value): boolean | undefined {
    if (this.#kind === 'values') return undefined;
    const others = other instanceof DictView && other.#kind !== 'values' ? other.list() : undefined;
    const items = others ?? (other instanceof PySet ? other.list() : undefined);
    if (items === undefined) return undefined;
    return items.length === this.size() && items.every((item) => holds(this.list(), item));
  }

  override binary(operator: BinaryOperator, other: Value, reflected: boolean): Value | undefined {
    if (this.#kind === 'values') return undefined;
    const others = other instanceof DictView ? PySet.of(other.list()) : other;
    return PySet.of(this.list()).binary(operator, others, reflected);
  }
}
