import { Dict } from '../jinja/value/dict.ts';
import { raised } from '../jinja/value/error.ts';
import { listOf } from '../jinja/value/iterate.ts';
import { BuiltinFunction, bind, type Kwargs, PyObject, type Value } from '../jinja/value/object.ts';
import { reprOf } from '../jinja/value/text.ts';
import { listIndex, Tuple } from '../jinja/value/tuple.ts';

/** Rows of a query as macros have them, after the tables of Python's agate: by place or by name. */
export class TableObject extends PyObject {
  readonly typeName = 'Table';
  readonly names: readonly string[];
  readonly data: readonly (readonly Value[])[];

  constructor(names: readonly string[], data: readonly (readonly Value[])[]) {
    super();
    this.names = names;
    this.data = data;
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case 'columns':
        return new Mapped(
          this.names,
          this.names.map(
            (_name, at) =>
              new ColumnValues(
                this.names[at]!,
                this.data.map((row) => row[at]!),
              ),
          ),
        );
      case 'rows':
        return this.#rows();
      case 'column_names':
        return new Tuple(this.names);
      case 'print_table':
        return new BuiltinFunction(name, () => null);
      default: {
        const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
        return method === undefined
          ? undefined
          : new BuiltinFunction(name, (args, kwargs) => method(this, args, kwargs));
      }
    }
  }

  #rows(): Value[] {
    return this.data.map((row) => new Mapped(this.names, row));
  }

  override iterate(): Iterator<Value> {
    return this.#rows()[Symbol.iterator]();
  }

  override size(): number {
    return this.data.length;
  }

  override truth(): boolean {
    return true;
  }

  override repr(): string {
    return `<Table ${this.names.join(', ')}>`;
  }
}

type Method = (self: TableObject, args: readonly Value[], kwargs: Kwargs) => Value;

const METHODS: Readonly<Record<string, Method>> = {
  select: (self, args, kwargs) => {
    const wanted = listOf(bind('select', ['key'], args, kwargs)[0]!);
    const places = wanted.map((name) => self.names.indexOf(name as string));
    if (places.some((at) => at < 0)) throw raised('KeyError', reprOf(wanted));
    return new TableObject(
      places.map((at) => self.names[at]!),
      self.data.map((row) => places.map((at) => row[at]!)),
    );
  },
  rename: (self, args, kwargs) => {
    const [names = null] = bind('rename', ['column_names?', 'row_names?'], args, kwargs);
    const renamed =
      names instanceof Dict
        ? self.names.map((name) => names.get(name) ?? name)
        : names === null
          ? self.names
          : listOf(names);
    return new TableObject(renamed.map(String), self.data);
  },
  limit: (self, args, kwargs) => {
    const [count = null] = bind('limit', ['start_or_stop?'], args, kwargs);
    return new TableObject(self.names, self.data.slice(0, typeof count === 'number' ? count : undefined));
  },
};

/** What is in order and has names: a row, the columns of a table. */
class Mapped extends PyObject {
  readonly typeName = 'MappedSequence';
  readonly #names: readonly string[];
  readonly #values: readonly Value[];

  constructor(names: readonly string[], values: readonly Value[]) {
    super();
    this.#names = names;
    this.#values = values;
  }

  override item(key: Value): Value {
    if (typeof key !== 'string') return this.#values[listIndex(key, this.#values.length, 'tuple')]!;
    const at = this.#names.indexOf(key);
    if (at < 0) throw raised('KeyError', reprOf(key));
    return this.#values[at]!;
  }

  override attribute(name: string): Value | undefined {
    if (name === 'keys') return new BuiltinFunction(name, () => new Tuple(this.#names));
    if (name === 'values') return new BuiltinFunction(name, () => new Tuple(this.#values));
    if (name === 'dict') return new BuiltinFunction(name, () => this.plain());
    if (name === 'items') {
      return new BuiltinFunction(name, () => this.#names.map((key, at) => new Tuple([key, this.#values[at]!])));
    }
    if (name !== 'get') return undefined;
    return new BuiltinFunction(name, (args, kwargs) => {
      const [key, otherwise = null] = bind(name, ['key', 'default?'], args, kwargs);
      const at = this.#names.indexOf(key as string);
      return at < 0 ? otherwise : this.#values[at]!;
    });
  }

  override size(): number {
    return this.#values.length;
  }

  override iterate(): Iterator<Value> {
    return this.#values[Symbol.iterator]();
  }

  override plain(): Value {
    return Dict.of(this.#names.map((key, at) => [key, this.#values[at]!] as const));
  }

  override get isSubscriptable(): boolean {
    return true;
  }

  override repr(): string {
    return `<agate.Row: ${reprOf(new Tuple(this.#values))}>`;
  }
}

/** A column of a table: its values, as a call gives them and as it is iterated. */
class ColumnValues extends PyObject {
  readonly typeName = 'Column';
  readonly #name: string;
  readonly #values: readonly Value[];

  constructor(name: string, values: readonly Value[]) {
    super();
    this.#name = name;
    this.#values = values;
  }

  override attribute(name: string): Value | undefined {
    if (name === 'name') return this.#name;
    if (name === 'values') return new BuiltinFunction(name, () => new Tuple(this.#values));
    if (name !== 'values_distinct') return undefined;
    return new BuiltinFunction(name, () => new Tuple([...new Set(this.#values)]));
  }

  override item(key: Value): Value {
    return this.#values[listIndex(key, this.#values.length, 'tuple')]!;
  }

  override size(): number {
    return this.#values.length;
  }

  override iterate(): Iterator<Value> {
    return this.#values[Symbol.iterator]();
  }

  override get isSubscriptable(): boolean {
    return true;
  }
}

export function emptyTable(): TableObject {
  return new TableObject([], []);
}
