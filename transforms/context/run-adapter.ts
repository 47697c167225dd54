import type { AdapterSession, Outcome, ResultColumn } from '../adapter/adapter.ts';
import type { Relation } from '../adapter/relation.ts';
import { truth } from '../jinja/value/compare.ts';
import { Dict } from '../jinja/value/dict.ts';
import { typeError } from '../jinja/value/error.ts';
import { BuiltinFunction, bind, type Kwargs, PyObject, type Value } from '../jinja/value/object.ts';
import { textOf } from '../jinja/value/text.ts';
import { Tuple } from '../jinja/value/tuple.ts';
import { type SentText, sentText } from '../run/sent-text.ts';
import { ColumnObject } from './column.ts';
import { adapterFacts } from './parse-adapter.ts';
import { RelationObject } from './relation.ts';
import type { RunContext } from './run-context.ts';
import { TableObject } from './table.ts';
import { WaitingNeeded } from './waiting.ts';

/** `adapter` in a run: macros ask and change the database through it, in the session of the node. */
class RunAdapter extends PyObject {
  readonly typeName = 'RuntimeDatabaseWrapper';
  readonly #context: RunContext;

  constructor(context: RunContext) {
    super();
    this.#context = context;
  }

  override attribute(name: string): Value | undefined {
    const fact = adapterFacts(this.#context, name);
    if (fact !== undefined) return fact;
    const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
    if (method === undefined) return undefined;
    return new BuiltinFunction(name, (args, kwargs) => {
      if (!this.#context.waits) throw new WaitingNeeded();
      return this.#context.database().then((session) => method({ session, context: this.#context }, args, kwargs));
    });
  }
}

export function runAdapter(context: RunContext): Value {
  return new RunAdapter(context);
}

interface Asked {
  readonly session: AdapterSession;
  readonly context: RunContext;
}

type Method = (asked: Asked, args: readonly Value[], kwargs: Kwargs) => Promise<Value>;

const METHODS: Readonly<Record<string, Method>> = {
  execute: async ({ session, context }, args, kwargs) => {
    const [sql, , fetch = false, limit = null] = bind(
      'execute',
      ['sql', 'auto_begin?', 'fetch?', 'limit?'],
      args,
      kwargs,
    );
    const wanted = { fetch: truth(fetch), ...(typeof limit === 'number' ? { limit } : {}) };
    const text = sentOf(context, session, textOf(sql!));
    await session.setModes(text.modes);
    const outcome = await session.execute(text.sql, wanted);
    return new Tuple([responseOf(outcome), tableOf(outcome)]);
  },
  get_relation: async ({ session, context }, args, kwargs) => {
    const [database = null, schema = null, identifier = null] = bind(
      'get_relation',
      ['database?', 'schema?', 'identifier?'],
      args,
      kwargs,
    );
    const found = await session.relation({ ...schemaOf(session, database, schema), identifier: textOf(identifier) });
    return found === undefined ? null : relationObject(context, found);
  },
  list_relations: listed,
  list_relations_without_caching: listed,
  get_columns_in_relation: async ({ session, context }, args, kwargs) => {
    const relation = relationOf(bind('get_columns_in_relation', ['relation'], args, kwargs)[0]!);
    return (await session.columns(nameOf(session, relation))).map((column) => columnObject(context, column));
  },
  get_missing_columns: async ({ session, context }, args, kwargs) => {
    const [from, to] = bind('get_missing_columns', ['from_relation', 'to_relation'], args, kwargs);
    const known = (await session.columns(nameOf(session, relationOf(to!)))).map(({ name }) => name.toLowerCase());
    const columns = await session.columns(nameOf(session, relationOf(from!)));
    return columns
      .filter(({ name }) => !known.includes(name.toLowerCase()))
      .map((column) => columnObject(context, column));
  },
  get_column_schema_from_query: async ({ session, context }, args, kwargs) => {
    const [sql] = bind('get_column_schema_from_query', ['sql'], args, kwargs);
    const text = sentOf(context, session, textOf(sql!));
    await session.setModes(text.modes);
    return (await session.columnsOf(text.sql)).map((column) => columnObject(context, column));
  },
  check_schema_exists: async ({ session }, args, kwargs) => {
    const [, schema] = bind('check_schema_exists', ['database', 'schema'], args, kwargs);
    return (await session.schemas()).some((name) => name.toLowerCase() === textOf(schema!).toLowerCase());
  },
  list_schemas: async ({ session }) => await session.schemas(),
  create_schema: async ({ session }, args, kwargs) => {
    await session.createSchema(schemaIn(session, bind('create_schema', ['relation'], args, kwargs)[0]!));
    return '';
  },
  drop_schema: async ({ session }, args, kwargs) => {
    await session.dropSchema(schemaIn(session, bind('drop_schema', ['relation'], args, kwargs)[0]!));
    return '';
  },
  drop_relation: async ({ session }, args, kwargs) => {
    const name = nameOf(session, relationOf(bind('drop_relation', ['relation'], args, kwargs)[0]!));
    const found = await session.relation(name);
    if (found !== undefined) await session.dropRelation(found);
    return '';
  },
  truncate_relation: async ({ session }, args, kwargs) => {
    await session.truncateRelation(
      nameOf(session, relationOf(bind('truncate_relation', ['relation'], args, kwargs)[0]!)),
    );
    return '';
  },
  rename_relation: async ({ session }, args, kwargs) => {
    const [from, to] = bind('rename_relation', ['from_relation', 'to_relation'], args, kwargs);
    const found = await session.relation(nameOf(session, relationOf(from!)));
    if (found === undefined) throw typeError(`there is no ${textOf(from!)} to rename`);
    await session.renameRelation(found, nameOf(session, relationOf(to!)));
    return '';
  },
  commit: async ({ session }) => {
    await session.commit();
    return '';
  },
  cache_added: async () => '',
  cache_dropped: async () => '',
  cache_renamed: async () => '',
  // Types of the queries themselves are taken: no column has to grow.
  expand_target_column_types: async () => '',
};

async function listed({ session, context }: Asked, args: readonly Value[], kwargs: Kwargs): Promise<Value> {
  if (args[0] instanceof RelationObject) {
    return (await session.relations(schemaIn(session, args[0]))).map((found) => relationObject(context, found));
  }
  const [database = null, schema = null] = bind('list_relations', ['database?', 'schema?'], args, kwargs);
  return (await session.relations(schemaOf(session, database, schema))).map((found) => relationObject(context, found));
}

/** What a template runs is in the dialect of its node, as the node's own SQL is. */
function sentOf({ node }: RunContext, { adapter }: AdapterSession, sql: string): SentText {
  return sentText(node, sql, adapter.type, node?.original_file_path ?? 'a macro');
}

function relationOf(value: Value): RelationObject {
  if (value instanceof RelationObject) return value;
  throw typeError(`a relation is wanted, not ${textOf(value)}`);
}

function schemaOf({ adapter }: AdapterSession, database: Value, schema: Value) {
  // MySQL's family has no databases above its schemas: what macros give as one is passed over.
  const named = adapter.database === null ? null : database === null ? adapter.database : textOf(database);
  return { database: named, schema: schema === null ? adapter.schema : textOf(schema) };
}

function schemaIn(session: AdapterSession, value: Value) {
  const { database, schema } = relationOf(value).fields;
  return schemaOf(session, database, schema);
}

function nameOf(session: AdapterSession, relation: RelationObject) {
  const { database, schema, identifier } = relation.fields;
  return { ...schemaOf(session, database, schema), identifier: identifier ?? '' };
}

function relationObject({ facts }: RunContext, { database, schema, identifier, type }: Relation): RelationObject {
  return new RelationObject(facts.style, { database, schema, identifier, type });
}

function columnObject({ facts }: RunContext, { name, dtype, dataType }: ResultColumn): ColumnObject {
  const [, , size, scale] = /^([^()]+)\((\d+)(?:,\s*(\d+))?\)/.exec(dataType) ?? [];
  const isNumber = /^(?:decimal|numeric)/i.test(dtype);
  const fields = {
    name,
    dtype,
    dataType,
    size: size === undefined || isNumber ? null : Number(size),
    precision: size === undefined || !isNumber ? null : Number(size),
    scale: scale === undefined ? null : Number(scale),
  };
  return new ColumnObject(fields, facts.style.quoteCharacter);
}

/** dbt's AdapterResponse: it prints as what the database did. */
class Response extends PyObject {
  readonly typeName = 'AdapterResponse';
  readonly #outcome: Outcome;

  constructor(outcome: Outcome) {
    super();
    this.#outcome = outcome;
  }

  override attribute(name: string): Value | undefined {
    if (name === 'code') return this.#outcome.code;
    if (name === 'rows_affected') return this.#outcome.rowsAffected;
    if (name === '_message' || name === 'message') return this.text();
    return undefined;
  }

  override text(): string {
    return `${this.#outcome.code} ${this.#outcome.rowsAffected}`;
  }

  override truth(): boolean {
    return true;
  }

  override plain(): Value {
    return Dict.of([
      ['code', this.#outcome.code],
      ['rows_affected', this.#outcome.rowsAffected],
      ['_message', this.text()],
    ]);
  }
}

function responseOf(outcome: Outcome): Value {
  return new Response(outcome);
}

function tableOf({ table }: Outcome): TableObject {
  if (table === undefined) return new TableObject([], []);
  return new TableObject(
    table.columns.map(({ name }) => name),
    table.rows,
  );
}
