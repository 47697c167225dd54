import { makeDict } from '../method/dict.ts';
import { raised, typeError } from '../value/error.ts';
import { makeRange } from '../value/iterate.ts';
import { Namespace } from '../value/namespace.ts';
import { BuiltinFunction, Callable, type Caller, type Kwargs, PyObject, type Value } from '../value/object.ts';
import type { Names } from './execution.ts';

/** `cycler('a', 'b')`: goes round its values. */
class Cycler extends PyObject {
  readonly typeName = 'Cycler';
  readonly #items: readonly Value[];
  #at = 0;

  constructor(items: readonly Value[]) {
    super();
    if (items.length === 0) throw raised('RuntimeError', 'at least one item has to be provided');
    this.#items = items;
  }

  override attribute(name: string): Value | undefined {
    if (name === 'current') return this.#items[this.#at]!;
    if (name === 'items') return [...this.#items];
    if (name === 'pos') return this.#at;
    if (name === 'next') return new BuiltinFunction('next', () => this.#next(), 'method');
    return name === 'reset' ? new BuiltinFunction('reset', () => this.#reset(), 'method') : undefined;
  }

  #next(): Value {
    const item = this.#items[this.#at]!;
    this.#at = (this.#at + 1) % this.#items.length;
    return item;
  }

  #reset(): null {
    this.#at = 0;
    return null;
  }
}

/** `joiner(', ')`: nothing the first time it is called, then its text. */
class Joiner extends Callable {
  readonly typeName = 'Joiner';
  readonly #separator: Value;
  #used = false;

  constructor(separator: Value) {
    super();
    this.#separator = separator;
  }

  override invoke(_caller: Caller, args: readonly Value[], _kwargs: Kwargs): Value {
    if (args.length > 0) throw typeError('Joiner.__call__() takes 1 positional argument');
    if (this.#used) return this.#separator;
    this.#used = true;
    return '';
  }
}

const GLOBALS: ReadonlyMap<string, Value> = new Map(
  [
    new BuiltinFunction('range', (args) => makeRange(args)),
    new BuiltinFunction('dict', (args, kwargs) => makeDict(args, kwargs)),
    new BuiltinFunction('namespace', (args, kwargs) => new Namespace(makeDict(args, kwargs))),
    new BuiltinFunction('cycler', (args) => new Cycler(args)),
    new BuiltinFunction('joiner', (args, kwargs) => new Joiner(args[0] ?? kwargs.get('sep') ?? ', ')),
  ].map((value) => [value.name, value] as const),
);

/** A caller's names, before those that every template has. */
export function withGlobals(names: Names): Names {
  return {
    get: (name) => {
      const own = names.get(name);
      return own === undefined ? GLOBALS.get(name) : own;
    },
  };
}

/** Names out of a Map or an object of values. */
export function namesOf(values: ReadonlyMap<string, Value> | Readonly<Record<string, Value>>): Names {
  if (values instanceof Map) return values;
  return {
    get: (name) => (Object.hasOwn(values, name) ? (values as Readonly<Record<string, Value>>)[name] : undefined),
  };
}
