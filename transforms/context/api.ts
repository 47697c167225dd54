import { truth } from '../jinja/value/compare.ts';
import { Dict } from '../jinja/value/dict.ts';
import {
  BuiltinFunction,
  bind,
  Callable,
  type Caller,
  type Kwargs,
  PyObject,
  type Value,
} from '../jinja/value/object.ts';
import { textOf } from '../jinja/value/text.ts';
import { ColumnObject, columnOf } from './column.ts';
import { kindOf, type Part, QUOTE_ALL, RelationObject, type RelationStyle } from './relation.ts';

/** `api.Relation` and `api.Column`: the two classes that macros make things of. */
export class Api extends PyObject {
  readonly typeName = 'Api';
  readonly relation: RelationClass;
  readonly column: ColumnClass;

  constructor(style: RelationStyle) {
    super();
    this.relation = new RelationClass(style);
    this.column = new ColumnClass(style.quoteCharacter);
  }

  override attribute(name: string): Value | undefined {
    if (name === 'Relation') return this.relation;
    return name === 'Column' ? this.column : undefined;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  Table: 'table',
  View: 'view',
  CTE: 'cte',
  MaterializedView: 'materialized_view',
  External: 'external',
};

class RelationClass extends PyObject {
  readonly typeName = 'type';
  readonly #style: RelationStyle;

  constructor(style: RelationStyle) {
    super();
    this.#style = style;
  }

  override attribute(name: string): Value | undefined {
    const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
    if (kind !== undefined) return kind;
    if (name === 'create') return new BuiltinFunction(name, (args, kwargs) => this.#create(args, kwargs));
    if (name !== 'get_relation_type') return undefined;
    return new BuiltinFunction(name, (args, kwargs) => kindOf(bind(name, ['type'], args, kwargs)[0]!));
  }

  #create(args: readonly Value[], kwargs: Kwargs): RelationObject {
    const parameters = ['database?', 'schema?', 'identifier?', 'type?', 'quote_policy?', 'include_policy?', 'limit?'];
    const [database, schema, identifier, type = null, quote = null, include = null] = bind(
      'create',
      parameters,
      args,
      kwargs,
    );
    const text = (value: Value | undefined) => (value === undefined || value === null ? null : textOf(value));
    const bare = new RelationObject(this.#style, {
      database: text(database),
      schema: text(schema),
      identifier: text(identifier),
      type: kindOf(type),
    });
    return bare.with({ quote: policyOf(quote, QUOTE_ALL), include: policyOf(include, bare.fields.include) });
  }
}

function policyOf(value: Value, otherwise: Readonly<Record<Part, boolean>>): Readonly<Record<Part, boolean>> {
  if (!(value instanceof Dict)) return otherwise;
  const read = (part: Part) => {
    const given = value.get(part);
    return given === undefined ? otherwise[part] : truth(given);
  };
  return { database: read('database'), schema: read('schema'), identifier: read('identifier') };
}

/** Types that macros write by their common names. */
const TRANSLATED: Readonly<Record<string, string>> = { STRING: 'TEXT' };

class ColumnClass extends Callable {
  readonly typeName = 'type';
  readonly #mark: string;

  constructor(mark: string) {
    super();
    this.#mark = mark;
  }

  override invoke(_caller: Caller, args: readonly Value[], kwargs: Kwargs): Value {
    const parameters = ['column', 'dtype', 'char_size?', 'numeric_precision?', 'numeric_scale?'];
    const [name, dtype, size = null, precision = null, scale = null] = bind('Column', parameters, args, kwargs);
    const number = (value: Value) => (typeof value === 'number' ? value : null);
    const fields = {
      name: textOf(name!),
      dtype: textOf(dtype!),
      size: number(size),
      precision: number(precision),
      scale: number(scale),
    };
    return new ColumnObject(fields, this.#mark);
  }

  override attribute(name: string): Value | undefined {
    const method = Object.hasOwn(this.#methods, name) ? this.#methods[name] : undefined;
    return method === undefined ? undefined : new BuiltinFunction(name, (args, kwargs) => method(args, kwargs));
  }

  readonly #methods: Readonly<Record<string, (args: readonly Value[], kwargs: Kwargs) => Value>> = {
    create: (args, kwargs) => {
      const [name, type] = bind('create', ['name', 'label_or_dtype'], args, kwargs);
      return columnOf(textOf(name!), translate(textOf(type!)), this.#mark);
    },
    from_description: (args, kwargs) => {
      const [name, type] = bind('from_description', ['name', 'raw_data_type'], args, kwargs);
      return columnOf(textOf(name!), textOf(type!), this.#mark);
    },
    translate_type: (args, kwargs) => translate(textOf(bind('translate_type', ['dtype'], args, kwargs)[0]!)),
    string_type: (args, kwargs) => `character varying(${textOf(bind('string_type', ['size'], args, kwargs)[0]!)})`,
    numeric_type: (args, kwargs) => {
      const [type, precision, scale] = bind('numeric_type', ['dtype', 'precision', 'scale'], args, kwargs);
      if (precision === null || scale === null) return textOf(type!);
      return `${textOf(type!)}(${textOf(precision!)},${textOf(scale!)})`;
    },
  };
}

function translate(type: string): string {
  return TRANSLATED[type.toUpperCase()] ?? type;
}
