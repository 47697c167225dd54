import { raised, typeError } from './error.ts';
import { keyOf } from './key.ts';
import { type BinaryOperator, PyObject, type Value } from './object.ts';
import { reprOf, reprOfItems } from './text.ts';

/** A set. It keeps the order in which values came, where Python's order of text changes from process to process. */
export class PySet extends PyObject {
  readonly typeName = 'set';
  readonly #values = new Map<unknown, Value>();

  static of(values: Iterable<Value>): PySet {
    const set = new PySet();
    for (const value of values) set.add(value);
    return set;
  }

  add(value: Value): void {
    const key = keyOf(value);
    if (!this.#values.has(key)) this.#values.set(key, value);
  }

  delete(value: Value): boolean {
    return this.#values.delete(keyOf(value));
  }

  clear(): void {
    this.#values.clear();
  }

  list(): Value[] {
    return [...this.#values.values()];
  }

  override repr(): string {
    return this.#values.size === 0 ? 'set()' : `{${reprOfItems(this, this.list(), reprOf)}}`;
  }

  override size(): number {
    return this.#values.size;
  }

  override *iterate(): Generator<Value> {
    const size = this.#values.size;
    for (const value of this.#values.values()) {
      if (this.#values.size !== size) throw raised('RuntimeError', 'Set changed size during iteration');
      yield value;
    }
  }

  override contains(value: Value): boolean {
    return this.#values.has(keyOf(value));
  }

  override equals(other: Value): boolean | undefined {
    if (!(other instanceof PySet)) return undefined;
    return this.size() === other.size() && this.isSubsetOf(other);
  }

  override order(other: Value): number | undefined {
    if (!(other instanceof PySet)) return undefined;
    if (this.equals(other)) return 0;
    if (this.isSubsetOf(other)) return -1;
    return other.isSubsetOf(this) ? 1 : Number.NaN;
  }

  isSubsetOf(other: PySet): boolean {
    return this.list().every((value) => other.contains(value));
  }

  override key(): unknown {
    throw typeError("unhashable type: 'set'");
  }

  override binary(operator: BinaryOperator, other: Value, reflected: boolean): Value | undefined {
    if (!(other instanceof PySet)) return undefined;
    const [left, right] = reflected ? [other, this] : [this, other];
    if (operator === '-') return PySet.of(left.list().filter((value) => !right.contains(value)));
    if (operator === '|') return PySet.of([...left.list(), ...right.list()]);
    if (operator === '&') return PySet.of(left.list().filter((value) => right.contains(value)));
    if (operator !== '^') return undefined;
    const only = (one: PySet, two: PySet) => one.list().filter((value) => !two.contains(value));
    return PySet.of([...only(left, right), ...only(right, left)]);
  }
}
