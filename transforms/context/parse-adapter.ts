import { millraceError } from '../../connectors/contract/index.ts';
import { BuiltinFunction, bind, PyObject, type Value } from '../jinja/value/object.ts';
import { textOf } from '../jinja/value/text.ts';
import { Tuple } from '../jinja/value/tuple.ts';
import type { NodeContext } from './node-context.ts';
import { RelationObject } from './relation.ts';
import { emptyTable } from './table.ts';

/** Methods that give an empty list where there is no database to ask. */
const LISTS: ReadonlySet<string> = new Set([
  'list_relations', 'list_relations_without_caching', 'get_columns_in_relation', 'get_missing_columns', 'list_schemas',
  'get_column_schema_from_query', 'get_columns_in_query',
]); // biome-ignore format: a list
const NOTHING: ReadonlySet<string> = new Set([
  'get_relation', 'create_schema', 'drop_schema', 'drop_relation', 'truncate_relation', 'rename_relation', 'expand_target_column_types',
  'cache_added', 'cache_dropped', 'cache_renamed', 'commit', 'commit_if_has_connection', 'check_schema_exists', 'get_rows_different_sql',
  'load_dataframe', 'load_csv_rows', 'clear_transaction', 'add_query',
]); // biome-ignore format: a list

/** `adapter` where nothing is asked of a database: what needs none answers, the rest gives what is empty, as dbt has it. */
class ParseAdapter extends PyObject {
  readonly typeName = 'ParseDatabaseWrapper';
  readonly #context: NodeContext;

  constructor(context: NodeContext) {
    super();
    this.#context = context;
  }

  override attribute(name: string): Value | undefined {
    const answer = adapterFacts(this.#context, name);
    if (answer !== undefined) return answer;
    if (LISTS.has(name)) return new BuiltinFunction(name, () => []);
    if (NOTHING.has(name)) return new BuiltinFunction(name, () => null);
    if (name === 'already_exists') return new BuiltinFunction(name, () => false);
    return name === 'execute' ? new BuiltinFunction(name, () => new Tuple(['', emptyTable()])) : undefined;
  }
}

export function parseAdapter(context: NodeContext): Value {
  return new ParseAdapter(context);
}

/** What an adapter says without its database. */
export function adapterFacts(context: NodeContext, name: string): Value | undefined {
  const { facts, macros } = context;
  const bare = new RelationObject(facts.style, { identifier: null });
  switch (name) {
    case 'dispatch':
      return macros.dispatch;
    case 'type':
      return new BuiltinFunction(name, () => facts.target.type);
    case 'Relation':
      return facts.api.relation;
    case 'Column':
      return facts.api.column;
    case 'quote':
      return new BuiltinFunction(name, (args, kwargs) =>
        bare.quoted(textOf(bind(name, ['identifier'], args, kwargs)[0]!)),
      );
    case 'quote_as_configured':
      return new BuiltinFunction(name, (args, kwargs) =>
        bare.quoted(textOf(bind(name, ['identifier', 'quote_key'], args, kwargs)[0]!)),
      );
    case 'quote_seed_column':
      return new BuiltinFunction(name, (args, kwargs) => {
        const [column, quote = null] = bind(name, ['column', 'quote_config'], args, kwargs);
        return quote === false ? textOf(column!) : bare.quoted(textOf(column!));
      });
    case 'get_incremental_strategy_macro':
      return new BuiltinFunction(name, (args, kwargs) => {
        const [, strategy] = bind(name, ['model_context', 'strategy'], args, kwargs);
        const wanted = `get_incremental_${textOf(strategy!).replaceAll('+', '_')}_sql`;
        const macro = macros.get(wanted);
        if (macro !== undefined) return macro;
        throw millraceError('model.reference', `there is no macro ${wanted} for the incremental strategy`);
      });
    case 'valid_incremental_strategies':
      return new BuiltinFunction(name, () => ['append', 'delete+insert', 'merge', 'microbatch']);
    default:
      return undefined;
  }
}
