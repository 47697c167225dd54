import type { Dict } from './dict.ts';
import { raised } from './error.ts';
import { PyObject, type Value } from './object.ts';
import { reprOf } from './text.ts';

/** What `namespace(...)` gives: its attributes can be set from inside loops. */
export class Namespace extends PyObject {
  readonly typeName = 'Namespace';
  readonly #attributes: Dict;

  constructor(attributes: Dict) {
    super();
    this.#attributes = attributes;
  }

  override attribute(name: string): Value | undefined {
    return this.#attributes.get(name);
  }

  override item(key: Value): Value {
    const value = this.#attributes.get(key);
    if (value === undefined) throw raised('KeyError', reprOf(key));
    return value;
  }

  override setItem(key: Value, value: Value): void {
    this.#attributes.set(key, value);
  }

  override repr(): string {
    return `<Namespace ${this.#attributes.repr()}>`;
  }
}
