import { Dict } from '../jinja/value/dict.ts';
import { BuiltinFunction, type Value } from '../jinja/value/object.ts';
import type { ParseRequest } from '../project/renderer.ts';
import { baseProviders, hostFunction, relationOf } from './base-providers.ts';
import { NodeContext, type NodeContextOptions, type Provider } from './node-context.ts';
import { parseAdapter } from './parse-adapter.ts';
import { dictOf } from './value.ts';

/** What a node sees while it is parsed: calls are told of, nothing is asked of a database, and `execute` is false. */
export class ParseContext extends NodeContext {
  readonly calls: ParseRequest['calls'] | undefined;

  constructor(options: NodeContextOptions, calls: ParseRequest['calls'] | undefined) {
    super(options);
    this.calls = calls;
  }

  protected override provide(name: string): Value | undefined {
    return (providers.get(name) ?? baseProviders.get(name))?.(this);
  }
}

/** `ref` and `source` give the relation of the node itself: what they name may not be known yet. */
function recorded(name: 'ref' | 'source'): (context: ParseContext) => Value {
  return (context) => {
    const record = hostFunction(name, context.calls?.[name] ?? (() => null));
    return new BuiltinFunction(name, (args, kwargs, caller) => {
      void record.invoke(caller, args, kwargs);
      return context.node === undefined ? null : relationOf(context.facts, context.node);
    });
  };
}

/** `config(...)` while a node is parsed: it takes what it is told, and knows nothing yet. */
class ParseConfig extends BuiltinFunction {
  override attribute(name: string): Value | undefined {
    if (name === 'set') {
      return new BuiltinFunction(name, ([key = null, value = null], _kwargs, caller) =>
        this.invoke(caller, [Dict.of([[key, value]])], new Map()),
      );
    }
    if (['get', 'require', 'meta_get', 'meta_require'].includes(name)) return new BuiltinFunction(name, () => '');
    if (name === 'persist_relation_docs' || name === 'persist_column_docs')
      return new BuiltinFunction(name, () => false);
    return undefined;
  }
}

const nothing =
  (name: string): Provider =>
  () =>
    new BuiltinFunction(name, () => '');

const providers: ReadonlyMap<string, (context: ParseContext) => Value> = new Map<string, (context: ParseContext) => Value>([
  ['ref', recorded('ref')],
  ['source', recorded('source')],
  ['metric', () => new BuiltinFunction('metric', () => '')],
  ['config', (context) => {
    const record = hostFunction('config', context.calls?.config ?? (() => ''));
    return new ParseConfig('config', (args, kwargs, caller) => record.invoke(caller, args, kwargs));
  }],
  ['model', ({ node }) => (node === undefined ? new Dict() : dictOf(node, true))],
  ['graph', () => new Dict()],
  ['selected_resources', () => []],
  ['pre_hooks', () => []],
  ['post_hooks', () => []],
  ['sql', () => null],
  ['compiled_code', () => null],
  ['adapter', parseAdapter],
  ['load_result', () => new BuiltinFunction('load_result', () => null)],
  ['store_result', nothing('store_result')],
  ['store_raw_result', nothing('store_raw_result')],
  ['write', nothing('write')],
  ['render', () => new BuiltinFunction('render', ([text = '']) => text)],
  ['load_agate_table', () => new BuiltinFunction('load_agate_table', () => null)],
]); // biome-ignore format: a table
