import type { AdapterSession, ExecuteOptions, Outcome, ResultColumn } from '../adapter/adapter.ts';
import type { Relation, RelationName } from '../adapter/relation.ts';
import { dialects, statementsOf } from '../dialect/index.ts';
import { truth } from '../jinja/value/compare.ts';
import { Dict } from '../jinja/value/dict.ts';
import { typeError } from '../jinja/value/error.ts';
import { BuiltinFunction, bind, type Kwargs, PyObject, type Value } from '../jinja/value/object.ts';
import { textOf } from '../jinja/value/text.ts';
import { Tuple } from '../jinja/value/tuple.ts';
import { ConfigReader } from '../run/config-read.ts';
import { type SentText, sentText, withoutSemicolon } from '../run/sent-text.ts';
import { ColumnObject } from './column.ts';
import { createdTable } from './created-table.ts';
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
    const parameters = ['sql', 'auto_begin?', 'fetch?', 'limit?'];
    const [sql, autoBegin = false, fetch = false, limit = null] = bind('execute', parameters, args, kwargs);
    if (truth(autoBegin)) await context.request.transaction?.begin(session);
    const wanted = { fetch: truth(fetch), ...(typeof limit === 'number' ? { limit } : {}) };
    const outcome = await executed({ session, context }, textOf(sql!), wanted);
    return new Tuple([responseOf(outcome), tableOf(outcome)]);
  },
  get_relation: async ({ session, context }, args, kwargs) => {
    const [database = null, schema = null, identifier = null] = bind(
      'get_relation',
      ['database?', 'schema?', 'identifier?'],
      args,
      kwargs,
    );
    const name = { ...schemaOf(session, database, schema), identifier: textOf(identifier) };
    const found = await standing({ session, context }, name);
    return found === undefined ? null : relationObject(context, found);
  },
  list_relations: listed,
  list_relations_without_caching: listed,
  get_columns_in_relation: async ({ session, context }, args, kwargs) => {
    const [relation] = bind('get_columns_in_relation', ['relation'], args, kwargs);
    return (await columnsIn(session, relation!)).map((column) => columnObject(context, column));
  },
  get_missing_columns: async ({ session, context }, args, kwargs) => {
    const [from, to] = bind('get_missing_columns', ['from_relation', 'to_relation'], args, kwargs);
    const known = (await columnsIn(session, to!)).map(({ name }) => name.toLowerCase());
    const columns = await columnsIn(session, from!);
    return columns
      .filter(({ name }) => !known.includes(name.toLowerCase()))
      .map((column) => columnObject(context, column));
  },
  get_column_schema_from_query: async ({ session, context }, args, kwargs) => {
    const [sql] = bind('get_column_schema_from_query', ['sql'], args, kwargs);
    const text = sentOf(context, session, textOf(sql!));
    session.setModes(text.modes);
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
  drop_relation: async ({ session, context }, args, kwargs) => {
    const name = nameOf(session, relationOf(bind('drop_relation', ['relation'], args, kwargs)[0]!));
    const found = await standing({ session, context }, name);
    if (found !== undefined) await session.dropRelation(found);
    return '';
  },
  truncate_relation: async ({ session }, args, kwargs) => {
    await session.truncateRelation(
      nameOf(session, relationOf(bind('truncate_relation', ['relation'], args, kwargs)[0]!)),
    );
    return '';
  },
  rename_relation: async ({ session, context }, args, kwargs) => {
    const [from, to] = bind('rename_relation', ['from_relation', 'to_relation'], args, kwargs);
    const found = await standing({ session, context }, nameOf(session, relationOf(from!)));
    if (found === undefined) throw typeError(`there is no ${textOf(from!)} to rename`);
    await session.renameRelation(found, nameOf(session, relationOf(to!)));
    return '';
  },
  add_query: async ({ session, context }, args, kwargs) => {
    const [sql, autoBegin = true] = bind('add_query', ['sql', 'auto_begin?'], args, kwargs);
    if (truth(autoBegin)) await context.request.transaction?.begin(session);
    await executed({ session, context }, textOf(sql!), {});
    return '';
  },
  commit: committed,
  commit_if_has_connection: committed,
  millrace_create_table: async ({ session, context }, args, kwargs) => {
    const parameters = ['relation', 'sql', 'temporary?'];
    const [relation, sql, temporary = false] = bind('millrace_create_table', parameters, args, kwargs);
    const name = nameOf(session, relationOf(relation!));
    if (truth(temporary)) context.request.transaction?.temporary(name);
    const query = withoutSemicolon(textOf(sql!));
    const sent = sentOf(context, session, query);
    return await createdTable(session, { node: context.node, name, query, sent, isTemporary: truth(temporary) });
  },
  cache_added: async () => '',
  cache_dropped: async () => '',
  cache_renamed: async () => '',
  // Types of the queries themselves are taken: no column has to grow.
  expand_target_column_types: async () => '',
};

/** Commits what a materialization has open; every other statement has committed itself. */
async function committed({ context }: Asked): Promise<Value> {
  await context.request.transaction?.commit();
  return '';
}

/** Several statements of one text run one after the other: the databases of MySQL's family take one at a time. The last one's result counts. */
async function executed({ session, context }: Asked, sql: string, wanted: ExecuteOptions): Promise<Outcome> {
  const texts = session.adapter.type === 'duckdb' ? [sql] : statementsOf(sql, dialectOf(context));
  const { transaction } = context.request;
  let outcome: Outcome = { code: '', rowsAffected: 0 };
  for (const text of texts) {
    const sent = sentOf(context, session, text);
    session.setModes(sent.modes);
    outcome = await session.execute(sent.sql, wanted);
    if (outcome.code !== 'SELECT') transaction?.change();
    if (!OF_ROWS.test(outcome.code) && transaction !== undefined) session.adapter.forget();
  }
  return outcome;
}

/** What changes no relation as such. */
const OF_ROWS = /^(?:SELECT|INSERT|UPDATE|DELETE)/;

/** What stands there: in a materialization, whose statements the cache does not see, asked anew. */
async function standing({ session, context }: Asked, name: RelationName): Promise<Relation | undefined> {
  if (context.request.transaction === undefined) return await session.relation(name);
  return (await session.standing([name]))[0];
}

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

function dialectOf({ node }: RunContext) {
  return node === undefined ? 'standard' : new ConfigReader(node).word('dialect', dialects, 'standard');
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

/** Columns of a relation. On DuckDB one without a schema may be a temporary table, as those of `make_temp_relation` are. */
async function columnsIn(session: AdapterSession, value: Value): Promise<ResultColumn[]> {
  const relation = relationOf(value);
  const { schema, identifier } = relation.fields;
  const columns = await session.columns(nameOf(session, relation));
  if (columns.length > 0 || schema !== null || session.adapter.type !== 'duckdb') return columns;
  return await session.columns({ database: 'temp', schema: 'main', identifier: identifier ?? '' });
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
