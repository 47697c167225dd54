import { truth } from '../jinja/value/compare.ts';
import { Dict } from '../jinja/value/dict.ts';
import { raised, typeError } from '../jinja/value/error.ts';
import { BuiltinFunction, bind, type Kwargs, PyObject, type Value } from '../jinja/value/object.ts';
import { reprOf, textOf } from '../jinja/value/text.ts';

const PARTS = ['database', 'schema', 'identifier'] as const;
export type Part = (typeof PARTS)[number];

export type Policy = Readonly<Record<Part, boolean>>;

/** How a database writes the names of relations. */
export interface RelationStyle {
  readonly quoteCharacter: '`' | '"';
  /** DuckDB names its catalogs; the databases of MySQL's family are what dbt calls schemas. */
  readonly usesDatabase: boolean;
}

export type RelationKind = 'table' | 'view' | 'cte' | 'materialized_view' | 'external';

export interface RelationFields {
  readonly database: string | null;
  readonly schema: string | null;
  readonly identifier: string | null;
  readonly type: RelationKind | null;
  readonly quote: Policy;
  readonly include: Policy;
  /** `--empty`: no row is read. */
  readonly limit: number | null;
  /** Only rows for which this holds, a condition as SQL, are read. */
  readonly filter: string | null;
}

export const QUOTE_ALL: Policy = { database: true, schema: true, identifier: true };

/** dbt's Relation as templates have it: it prints as its full name, and every change makes another one. */
export class RelationObject extends PyObject {
  readonly typeName = 'Relation';
  readonly style: RelationStyle;
  readonly fields: RelationFields;

  constructor(style: RelationStyle, fields: Partial<RelationFields> & Pick<RelationFields, 'identifier'>) {
    super();
    this.style = style;
    const include = { database: style.usesDatabase, schema: true, identifier: true };
    this.fields = {
      database: null,
      schema: null,
      type: null,
      quote: QUOTE_ALL,
      include,
      limit: null,
      filter: null,
      ...fields,
    };
  }

  with(changes: Partial<RelationFields>): RelationObject {
    return new RelationObject(this.style, { ...this.fields, ...changes });
  }

  quoted(name: string): string {
    const { quoteCharacter: mark } = this.style;
    return `${mark}${name.replaceAll(mark, mark + mark)}${mark}`;
  }

  /** The name as SQL. */
  render(): string {
    const { include, quote } = this.fields;
    const named = PARTS.filter((part) => include[part] && this.fields[part] !== null);
    return named.map((part) => (quote[part] ? this.quoted(this.fields[part]!) : this.fields[part]!)).join('.');
  }

  override text(): string {
    const { limit, filter } = this.fields;
    const name = (this.fields.identifier ?? '').replace(/\W/g, '_');
    const all = this.render();
    const first = limit === 0 ? 'where false limit 0' : `limit ${limit}`;
    const limited = limit === null ? all : `(select * from ${all} ${first}) _dbt_limit_subq_${name}`;
    return filter === null ? limited : `(select * from ${limited} where ${filter}) _dbt_et_filter_subq_${name}`;
  }

  override repr(): string {
    return `<Relation ${this.render()}>`;
  }

  override attribute(name: string): Value | undefined {
    const { fields } = this;
    if (name === 'database' || name === 'schema' || name === 'identifier') return fields[name];
    if (name === 'type') return fields.type;
    if (name === 'name' || name === 'table') return fields.identifier;
    const kind = /^is_(table|view|cte|materialized_view)$/.exec(name)?.[1];
    if (kind !== undefined) return fields.type === kind;
    const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
    if (method !== undefined) return new BuiltinFunction(name, (args, kwargs) => method(this, args, kwargs), 'method');
    return FIELDS.get(name)?.(this);
  }

  override item(key: Value): Value {
    const found = typeof key === 'string' ? FIELDS.get(key)?.(this) : undefined;
    if (found === undefined) throw raised('KeyError', reprOf(key));
    return found;
  }

  override size(): number {
    return FIELDS.size;
  }

  override truth(): boolean {
    return true;
  }

  override iterate(): Iterator<Value> {
    return FIELDS.keys();
  }

  override contains(value: Value): boolean {
    return typeof value === 'string' && FIELDS.has(value);
  }

  override equals(other: Value): boolean | undefined {
    if (!(other instanceof RelationObject)) return undefined;
    return JSON.stringify(this.fields) === JSON.stringify(other.fields);
  }

  override key(): unknown {
    return `\0R${this.render()}`;
  }

  override get isMapping(): boolean {
    return true;
  }

  override get isSubscriptable(): boolean {
    return true;
  }

  override plain(): Value {
    return Dict.of([...FIELDS].map(([name, read]) => [name, read(this)] as const));
  }
}

/** dbt's relation is a mapping of these. */
const FIELDS: ReadonlyMap<string, (self: RelationObject) => Value> = new Map<string, (self: RelationObject) => Value>([
  ['path', ({ fields }) => Dict.of(PARTS.map((part) => [part, fields[part]] as const))],
  ['type', ({ fields }) => fields.type],
  ['quote_character', ({ style }) => style.quoteCharacter],
  ['include_policy', ({ fields }) => Dict.of(Object.entries(fields.include))],
  ['quote_policy', ({ fields }) => Dict.of(Object.entries(fields.quote))],
  ['dbt_created', () => false],
  ['limit', ({ fields }) => fields.limit],
  ['metadata', () => Dict.of([['type', 'BaseRelation']])],
]);

type Method = (self: RelationObject, args: readonly Value[], kwargs: Kwargs) => Value;

const METHODS: Readonly<Record<string, Method>> = {
  render: (self) => self.render(),
  get: (self, args, kwargs) => {
    const [key, otherwise = null] = bind('get', ['key', 'default?'], args, kwargs);
    const read = typeof key === 'string' ? FIELDS.get(key) : undefined;
    return read === undefined ? otherwise : read(self);
  },
  include: (self, args, kwargs) => self.with({ include: policy('include', self.fields.include, args, kwargs) }),
  quote: (self, args, kwargs) => self.with({ quote: policy('quote', self.fields.quote, args, kwargs) }),
  quoted: (self, args, kwargs) => self.quoted(textOf(bind('quoted', ['identifier'], args, kwargs)[0]!)),
  replace_path: (self, args, kwargs) => self.with(pathOf('replace_path', args, kwargs)),
  incorporate,
  matches,
  without_identifier: (self) => self.with({ include: { ...self.fields.include, identifier: false }, identifier: null }),
  information_schema: (self, args, kwargs) => {
    const [view = null] = bind('information_schema', ['view_name?'], args, kwargs);
    return informationSchema(self, view);
  },
  information_schema_only: (self) => informationSchema(self, null),
};

function policy(name: string, before: Policy, args: readonly Value[], kwargs: Kwargs): Policy {
  const given = bind(name, ['database?', 'schema?', 'identifier?'], args, kwargs);
  const after = { ...before };
  for (const [index, part] of PARTS.entries()) {
    const value = given[index];
    if (value !== undefined && value !== null) after[part] = truth(value);
  }
  return after;
}

function pathOf(name: string, args: readonly Value[], kwargs: Kwargs): Partial<RelationFields> {
  const given = bind(name, ['database?', 'schema?', 'identifier?'], args, kwargs);
  const path: Partial<Record<Part, string | null>> = {};
  for (const [index, part] of PARTS.entries()) {
    const value = given[index];
    if (value !== undefined) path[part] = value === null ? null : textOf(value);
  }
  return path;
}

/** `incorporate(path={"identifier": ...}, type=..., quote_policy=..., include_policy=...)`. */
function incorporate(self: RelationObject, args: readonly Value[], kwargs: Kwargs): Value {
  if (args.length > 0) throw typeError('incorporate() takes 1 positional argument');
  const changes = new Map(kwargs);
  const dict = (name: string): Kwargs => {
    const value = changes.get(name);
    changes.delete(name);
    if (value === undefined || value === null) return new Map();
    if (!(value instanceof Dict)) throw typeError(`${name} of incorporate() is a dict`);
    return new Map(value.entries().map(([key, item]) => [textOf(key), item]));
  };
  const path = pathOf('path', [], dict('path'));
  const quote = policy('quote_policy', self.fields.quote, [], dict('quote_policy'));
  const include = policy('include_policy', self.fields.include, [], dict('include_policy'));
  const type = changes.has('type') ? kindOf(changes.get('type')!) : self.fields.type;
  changes.delete('type');
  const [unknown] = changes.keys();
  if (unknown !== undefined) throw typeError(`incorporate() got an unexpected keyword argument '${unknown}'`);
  return self.with({ ...path, quote, include, type });
}

const KINDS: readonly string[] = ['table', 'view', 'cte', 'materialized_view', 'external'];

/** @throws Raised ValueError for what is no kind of relation */
export function kindOf(value: Value): RelationKind | null {
  if (value === null) return null;
  const text = textOf(value);
  if (KINDS.includes(text)) return text as RelationKind;
  throw raised('ValueError', `'${text}' is not a valid RelationType`);
}

/** Names are compared without case, as dbt's adapters for these databases do. */
function matches(self: RelationObject, args: readonly Value[], kwargs: Kwargs): Value {
  const wanted = pathOf('matches', args, kwargs);
  return PARTS.every((part) => {
    const value = wanted[part];
    return value === undefined || value === null || value.toLowerCase() === (self.fields[part] ?? '').toLowerCase();
  });
}

function informationSchema(self: RelationObject, view: Value): Value {
  const quote = { database: self.fields.quote.database, schema: false, identifier: false };
  const identifier = view === null ? null : textOf(view);
  return self.with({ schema: 'INFORMATION_SCHEMA', identifier, quote, type: 'view' });
}
