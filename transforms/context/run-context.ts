import { millraceError } from '../../connectors/contract/index.ts';
import type { AdapterSession } from '../adapter/adapter.ts';
import { Template } from '../jinja/index.ts';
import { PyDateTime } from '../jinja/value/datetime.ts';
import { Dict } from '../jinja/value/dict.ts';
import { BuiltinFunction, bind, type Value } from '../jinja/value/object.ts';
import { textOf } from '../jinja/value/text.ts';
import { Tuple } from '../jinja/value/tuple.ts';
import { momentText } from '../microbatch/span.ts';
import { baseProviders } from './base-providers.ts';
import { NodeContext } from './node-context.ts';
import { runAdapter } from './run-adapter.ts';
import { RunConfig } from './run-config.ts';
import { runRef, runSource } from './run-references.ts';
import type { RenderRequest, RenderSession } from './session.ts';
import { emptyTable, TableObject } from './table.ts';
import { dictOf, toTemplate } from './value.ts';
import { WaitingNeeded } from './waiting.ts';

/** What a node sees in a run: the database can be asked, and `execute` is true. */
export class RunContext extends NodeContext {
  readonly session: RenderSession;
  readonly request: RenderRequest;
  /** Ephemeral models that were referred to, in the order of the first reference. */
  readonly ctes = new Set<string>();
  /** What `statement(name)` gave, for `load_result(name)`. */
  readonly results = new Map<string, Value>();

  constructor(session: RenderSession, request: RenderRequest, waits = true) {
    const { facts, library } = session;
    const own = request.own ?? request.node?.package_name ?? facts.project;
    super({
      facts,
      library,
      node: request.node,
      own,
      running: true,
      waits,
      ...(request.extra === undefined ? {} : { extra: request.extra }),
    });
    this.session = session;
    this.request = request;
  }

  /** @throws MillraceError where this render may not ask the database */
  async database(): Promise<AdapterSession> {
    const { database, node } = this.request;
    if (database !== undefined) return await database();
    throw millraceError(
      'model.template',
      `${node?.name ?? 'the template'} asks the database, and there is no connection to ask by`,
      {
        fix: 'Ask only where `flags.INTROSPECT` is true, or leave `--no-introspect` out.',
      },
    );
  }

  protected override provide(name: string): Value | undefined {
    return (providers.get(name) ?? baseProviders.get(name))?.(this);
  }
}

/** `model`: the node with what a run has made of it. */
function modelOf({ node, request }: RunContext): Value {
  if (node === undefined) return new Dict();
  const model = dictOf(node, true);
  const compiled = request.extra?.get('compiled_code');
  if (compiled !== undefined) {
    model.set('compiled_code', compiled);
    model.set('compiled_sql', compiled);
  }
  const { batch } = request;
  if (batch !== undefined) {
    const moment = (date: Date) => PyDateTime.fromIso(momentText(date));
    const id = batch.name.replaceAll('-', '');
    model.set(
      'batch',
      Dict.of([
        ['id', id],
        ['event_time_start', moment(batch.start)],
        ['event_time_end', moment(batch.end)],
      ]),
    );
  }
  return model;
}

function hooks(context: RunContext, key: 'pre-hook' | 'post-hook'): Value {
  return toTemplate(context.node?.config[key] ?? []);
}

function storeResult(context: RunContext): Value {
  return new BuiltinFunction('store_result', (args, kwargs) => {
    const [name, response, table = null] = bind('store_result', ['name', 'response', 'agate_table?'], args, kwargs);
    const found = table instanceof TableObject ? table : emptyTable();
    const data = found.data.map((row) => new Tuple(row));
    context.results.set(
      textOf(name!),
      Dict.of([
        ['response', response!],
        ['data', data],
        ['table', found],
      ]),
    );
    return '';
  });
}

function storeRawResult(context: RunContext): Value {
  return new BuiltinFunction('store_raw_result', (args, kwargs) => {
    const parameters = ['name', 'message?', 'code?', 'rows_affected?', 'agate_table?'];
    const [name, message = null, code = null, rows = null, table = null] = bind(
      'store_raw_result',
      parameters,
      args,
      kwargs,
    );
    const response = Dict.of([
      ['_message', message],
      ['code', code],
      ['rows_affected', rows],
    ]);
    context.results.set(
      textOf(name!),
      Dict.of([
        ['response', response],
        ['data', []],
        ['table', table ?? emptyTable()],
      ]),
    );
    return '';
  });
}

function write(context: RunContext): Value {
  return new BuiltinFunction('write', (args, kwargs) => {
    const [payload] = bind('write', ['payload'], args, kwargs);
    if (!context.waits) throw new WaitingNeeded();
    if (context.node !== undefined) context.request.write?.(context.node, textOf(payload!));
    return '';
  });
}

/** `render(text)`: a template in a template, such as a hook. */
function render(context: RunContext): Value {
  return new BuiltinFunction('render', (args, kwargs) => {
    const [text] = bind('render', ['string'], args, kwargs);
    if (!context.waits) throw new WaitingNeeded();
    return new Template(textOf(text!), { name: context.node?.original_file_path ?? 'render' }).renderWaiting(context);
  });
}

const providers: ReadonlyMap<string, (context: RunContext) => Value> = new Map<string, (context: RunContext) => Value>([
  ['ref', runRef],
  ['source', runSource],
  ['config', ({ node }) => new RunConfig(node)],
  ['model', modelOf],
  ['graph', ({ session }) => session.graph],
  ['selected_resources', ({ session }) => [...(session.options.selected ?? [])]],
  ['pre_hooks', (context) => hooks(context, 'pre-hook')],
  ['post_hooks', (context) => hooks(context, 'post-hook')],
  ['sql', ({ request }) => request.extra?.get('compiled_code') ?? null],
  ['adapter', runAdapter],
  ['load_result', ({ results }) => new BuiltinFunction('load_result', (args, kwargs) => results.get(textOf(bind('load_result', ['name'], args, kwargs)[0]!)) ?? null)],
  ['store_result', storeResult],
  ['store_raw_result', storeRawResult],
  ['write', write],
  ['render', render],
]); // biome-ignore format: a table
