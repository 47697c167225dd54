import { Callable, type Caller, type Kwargs, PyObject, type Value } from '../value/object.ts';

/** A module of Python that templates may use: names, and nothing else. */
export class Module extends PyObject {
  readonly typeName = 'dict';
  readonly #names: ReadonlyMap<string, Value>;

  constructor(names: ReadonlyMap<string, Value>) {
    super();
    this.#names = names;
  }

  override attribute(name: string): Value | undefined {
    return this.#names.get(name);
  }

  override repr(): string {
    return '<module>';
  }
}

type Make = (args: readonly Value[], kwargs: Kwargs) => Value;

/** A class of Python: calling it makes one, and it has functions of its own. */
export class PyClass extends Callable {
  readonly typeName = 'type';
  readonly #name: string;
  readonly #make: Make;
  readonly #own: ReadonlyMap<string, Value>;

  constructor(name: string, make: Make, own: ReadonlyMap<string, Value> = new Map()) {
    super();
    this.#name = name;
    this.#make = make;
    this.#own = own;
  }

  override invoke(_caller: Caller, args: readonly Value[], kwargs: Kwargs): Value {
    return this.#make(args, kwargs);
  }

  override attribute(name: string): Value | undefined {
    return this.#own.get(name);
  }

  override repr(): string {
    return `<class '${this.#name}'>`;
  }
}
