import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adaptSql, type Dialect, type ModelServer } from '../../../transforms/dialect/index.ts';
import {
  BuiltinFunction,
  contextFunctions,
  LibraryMacro,
  PyObject,
  Template,
  type Value,
} from '../../../transforms/jinja/index.ts';
import { raised } from '../../../transforms/jinja/value/error.ts';

const FOLDER = join(import.meta.dirname, '../../../transforms/macros');

/** Files of macros for projects, and of those that dispatch finds in the place of a package's. */
const FILES = ['cross-database', 'packages'].flatMap((folder) =>
  readdirSync(join(FOLDER, folder)).map((file) => join(FOLDER, folder, file)),
);

/** The files' templates, by the macros in them. */
const templates = new Map(
  FILES.flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    const template = new Template(source, { name: file });
    return Array.from(source.matchAll(/{% macro (\w+)\(/g), ([, name]) => [name!, template] as const);
  }),
);

/** Macros that projects call: not those of one kind of server, nor the ones that only these call. */
export const macroNames = [...templates.keys()].filter((name) => !name.includes('__'));

class Attributes extends PyObject {
  readonly typeName = 'dict';
  readonly #of: (name: string) => Value | undefined;

  constructor(of: (name: string) => Value | undefined) {
    super();
    this.#of = of;
  }

  override attribute(name: string): Value | undefined {
    return this.#of(name);
  }
}

/** What `run_query` gives: the first value of the first column is all that is asked. */
const answered = (value: Value) => {
  const values = new BuiltinFunction('values', () => [value]);
  const column = new Attributes((name) => (name === 'values' ? values : undefined));
  return new Attributes((name) => (name === 'columns' ? [column] : undefined));
};

export interface MacroScopeOptions {
  readonly server: ModelServer;
  readonly dialect?: Dialect;
  /** The one value of a query. */
  readonly ask?: (sql: string) => Promise<string>;
  /** Names of relations, and of their columns. */
  readonly relations?: Readonly<Record<string, readonly string[]>>;
}

/** A relation as macros see it: its name, and a mapping. */
class Table extends PyObject {
  readonly typeName = 'Relation';
  readonly #name: string;
  readonly columns: readonly string[];

  constructor(name: string, columns: readonly string[]) {
    super();
    this.#name = name;
    this.columns = columns;
  }

  override text(): string {
    return this.#name;
  }

  override get isMapping(): boolean {
    return true;
  }
}

const quote = new BuiltinFunction('quote', ([name]) => `\`${name}\``);

const columnsIn = new BuiltinFunction('get_columns_in_relation', ([table]) =>
  (table as Table).columns.map((column) => new Attributes((name) => (name === 'name' ? column : undefined))),
);

/** Renders with the macros across databases, as they are dispatched on a server, and adapts what comes out. */
export async function renderOn(
  { server, dialect = 'standard', ask, relations = {} }: MacroScopeOptions,
  source: string,
): Promise<string> {
  const prefixes = { tidb: ['tidb', 'mysql'], mysql: ['mysql'], mariadb: ['mariadb', 'mysql'], duckdb: ['duckdb'] }[
    server
  ];
  const adapted = (sql: string) => adaptSql(sql, { dialect, server, name: 'model.sql' });
  const names = new Map<string, Value>(contextFunctions);
  const macros = new Map<string, Value>();
  for (const [name, template] of templates) macros.set(name, new LibraryMacro(name, template, { names, waits: true }));
  const dispatch = new BuiltinFunction('dispatch', ([name]) => {
    const found = [...prefixes, 'default'].map((prefix) => macros.get(`${prefix}__${name}`)).find((macro) => macro);
    if (found === undefined) throw new Error(`no macro ${name} for ${server}`);
    return found;
  });
  const raise = new BuiltinFunction('raise_compiler_error', ([message]) => {
    throw raised('RuntimeError', String(message));
  });
  const runQuery = new BuiltinFunction('run_query', async ([sql]) => answered(await ask!(adapted(String(sql)))));
  for (const [name, macro] of macros) names.set(name, macro);
  names.set('dbt', new Attributes((name) => macros.get(name)));
  const adapter: Record<string, Value> = { dispatch, quote, get_columns_in_relation: columnsIn };
  names.set('adapter', new Attributes((name) => adapter[name]));
  for (const [name, columns] of Object.entries(relations)) names.set(name, new Table(name, columns));
  names.set('exceptions', new Attributes((name) => (name === 'raise_compiler_error' ? raise : undefined)));
  names.set('target', new Attributes((name) => (name === 'type' ? server : undefined)));
  names.set('run_query', runQuery);
  names.set('execute', true);
  return adapted(await new Template(source, { name: 'model.sql' }).renderWaiting(names));
}
