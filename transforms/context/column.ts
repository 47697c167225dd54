import { raised } from '../jinja/value/error.ts';
import { BuiltinFunction, bind, type Kwargs, PyObject, type Value } from '../jinja/value/object.ts';
import { textOf } from '../jinja/value/text.ts';

export interface ColumnFields {
  readonly name: string;
  /** Without its arguments, in lower case. */
  readonly dtype: string;
  readonly size: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
  /** The type as DDL writes it, where that says more: `enum('a','b')`, `bigint unsigned`. */
  readonly dataType?: string;
}

const STRINGS = ['text', 'character varying', 'character', 'varchar', 'char', 'tinytext', 'mediumtext', 'longtext', 'string', 'enum', 'set']; // biome-ignore format: a table
const INTEGERS = ['tinyint', 'smallint', 'mediumint', 'int', 'integer', 'bigint', 'hugeint', 'utinyint', 'usmallint', 'uinteger', 'ubigint', 'uhugeint', 'smallserial', 'serial', 'bigserial', 'int2', 'int4', 'int8', 'serial2', 'serial4', 'serial8', 'year']; // biome-ignore format: a table
const FLOATS = ['real', 'float', 'double', 'double precision', 'float4', 'float8'];
const NUMERICS = ['numeric', 'decimal'];

/** dbt's Column. */
export class ColumnObject extends PyObject {
  readonly typeName = 'Column';
  readonly fields: ColumnFields;
  readonly #mark: string;

  constructor(fields: ColumnFields, quoteCharacter: string) {
    super();
    this.fields = fields;
    this.#mark = quoteCharacter;
  }

  get dataType(): string {
    const { dtype, size, precision, scale, dataType } = this.fields;
    if (dataType !== undefined) return dataType;
    if (this.is(STRINGS)) return size === null ? dtype : `${dtype}(${size})`;
    if (!this.is(NUMERICS) || precision === null) return dtype;
    return scale === null ? `${dtype}(${precision})` : `${dtype}(${precision},${scale})`;
  }

  is(types: readonly string[]): boolean {
    return types.includes(this.fields.dtype.toLowerCase().replace(/ unsigned.*$/, ''));
  }

  override text(): string {
    return this.repr();
  }

  override repr(): string {
    return `<Column ${this.fields.name} (${this.dataType})>`;
  }

  override attribute(name: string): Value | undefined {
    const { fields } = this;
    switch (name) {
      case 'name':
      case 'column':
        return fields.name;
      case 'quoted':
        return this.#mark + fields.name.replaceAll(this.#mark, this.#mark + this.#mark) + this.#mark;
      case 'dtype':
        return fields.dtype;
      case 'data_type':
      case 'expanded_data_type':
        return this.dataType;
      case 'char_size':
        return fields.size;
      case 'numeric_precision':
        return fields.precision;
      case 'numeric_scale':
        return fields.scale;
      default: {
        const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
        if (method === undefined) return undefined;
        return new BuiltinFunction(name, (args, kwargs) => method(this, args, kwargs), 'method');
      }
    }
  }

  override equals(other: Value): boolean | undefined {
    return other instanceof ColumnObject ? JSON.stringify(this.fields) === JSON.stringify(other.fields) : undefined;
  }

  override key(): unknown {
    return `\0C${JSON.stringify(this.fields)}`;
  }
}

type Method = (self: ColumnObject, args: readonly Value[], kwargs: Kwargs) => Value;

const METHODS: Readonly<Record<string, Method>> = {
  is_string: (self) => self.is(STRINGS),
  is_integer: (self) => self.is(INTEGERS),
  is_float: (self) => self.is(FLOATS),
  is_numeric: (self) => self.is(NUMERICS),
  is_number: (self) => self.is([...INTEGERS, ...FLOATS, ...NUMERICS]),
  string_size: (self) => {
    if (!self.is(STRINGS)) throw raised('RuntimeError', 'Called string_size() on non-string field!');
    return self.fields.size ?? 256;
  },
  can_expand_to: (self, args, kwargs) => {
    const [other] = bind('can_expand_to', ['other_column'], args, kwargs);
    if (!(other instanceof ColumnObject) || !self.is(STRINGS) || !other.is(STRINGS)) return false;
    return (other.fields.size ?? 256) > (self.fields.size ?? 256);
  },
  literal: (self, args, kwargs) => `${textOf(bind('literal', ['value'], args, kwargs)[0]!)}::${self.dataType}`,
};

/** A column of a name and a type as DDL writes it: `varchar(20)`, `decimal(18, 2)`. */
export function columnOf(name: string, written: string, quoteCharacter: string): ColumnObject {
  const [, dtype = written, first, second] = /^\s*([^()]+?)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)\s*$/.exec(written) ?? [];
  const base = { name, dtype: dtype.trim(), size: null, precision: null, scale: null };
  const isText = STRINGS.includes(base.dtype.toLowerCase());
  if (first === undefined) return new ColumnObject(base, quoteCharacter);
  const sized = isText
    ? { size: Number(first) }
    : { precision: Number(first), scale: second === undefined ? null : Number(second) };
  return new ColumnObject({ ...base, ...sized }, quoteCharacter);
}
