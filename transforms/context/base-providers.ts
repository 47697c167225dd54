import { createHash } from 'node:crypto';
import { contextFunctions } from '../jinja/index.ts';
import { modules } from '../jinja/module/modules.ts';
import { truth } from '../jinja/value/compare.ts';
import { PyDateTime } from '../jinja/value/datetime.ts';
import { Dict } from '../jinja/value/dict.ts';
import { raised } from '../jinja/value/error.ts';
import {
  BuiltinFunction,
  bind,
  Callable,
  type Caller,
  type Kwargs,
  PyObject,
  type Value,
} from '../jinja/value/object.ts';
import { reprOf, textOf } from '../jinja/value/text.ts';
import { utc } from '../jinja/value/zone.ts';
import type { HostFunction } from '../project/renderer.ts';
import { REPORTED_VERSION } from '../project/version-spec.ts';
import { Exceptions } from './exceptions.ts';
import { flagsOf } from './flags.ts';
import type { NodeContext, Provider, Providers } from './node-context.ts';
import { RelationObject } from './relation.ts';
import { fromTemplate, toTemplate } from './value.ts';
import { WaitingNeeded } from './waiting.ts';
import { dumpYaml, parseYaml } from './yaml.ts';

/** A function of the loader as templates call it. */
export function hostFunction(name: string, body: HostFunction): BuiltinFunction {
  return new BuiltinFunction(name, (args, kwargs) => toTemplate(called(body, args, kwargs)), 'function');
}

function called(body: HostFunction, args: readonly Value[], kwargs: Kwargs) {
  return body(args.map(fromTemplate), new Map([...kwargs].map(([key, value]) => [key, fromTemplate(value)])));
}

/** `var('name', default)`, and `var.has_var('name')`. While parsing, a var without a value is none. */
class VarFunction extends Callable {
  readonly typeName = 'Var';
  readonly #read: HostFunction;
  readonly #lenient: boolean;

  constructor(read: HostFunction, lenient: boolean) {
    super();
    this.#read = read;
    this.#lenient = lenient;
  }

  override invoke(_caller: Caller, args: readonly Value[], kwargs: Kwargs): Value {
    const bound = bind('var', ['name', 'default?'], args, kwargs);
    const given = bound[1] === undefined ? [bound[0]!] : [bound[0]!, bound[1]];
    if (!this.#lenient) return toTemplate(called(this.#read, given, new Map()));
    return this.#has(given[0]!) || given.length > 1 ? toTemplate(called(this.#read, given, new Map())) : null;
  }

  #has(name: Value): boolean {
    const missing = Symbol('missing').toString();
    return called(this.#read, [name, missing], new Map()) !== missing;
  }

  override attribute(name: string): Value | undefined {
    if (name !== 'has_var') return undefined;
    return new BuiltinFunction(name, (args, kwargs) => this.#has(bind(name, ['var_name'], args, kwargs)[0]!));
  }
}

/** `context['name']`, `context.get('name')`: the context by name. */
class ContextObject extends PyObject {
  readonly typeName = 'dict';
  readonly #context: NodeContext;

  constructor(context: NodeContext) {
    super();
    this.#context = context;
  }

  override item(key: Value): Value {
    const found = typeof key === 'string' ? this.#context.get(key) : undefined;
    if (found === undefined) throw raised('KeyError', reprOf(key));
    return found;
  }

  override contains(value: Value): boolean {
    return typeof value === 'string' && this.#context.get(value) !== undefined;
  }

  override attribute(name: string): Value | undefined {
    if (name !== 'get') return undefined;
    return new BuiltinFunction(name, (args, kwargs) => {
      const [key, otherwise = null] = bind(name, ['key', 'default?'], args, kwargs);
      const found = typeof key === 'string' ? this.#context.get(key) : undefined;
      return found === undefined ? otherwise : found;
    });
  }

  override get isMapping(): boolean {
    return true;
  }
}

/** `builtins.ref`: dbt's own function, where a macro has taken its name. */
class Builtins extends PyObject {
  readonly typeName = 'dict';
  readonly #context: NodeContext;

  constructor(context: NodeContext) {
    super();
    this.#context = context;
  }

  override attribute(name: string): Value | undefined {
    return this.#context.builtin(name);
  }

  override item(key: Value): Value {
    const found = typeof key === 'string' ? this.#context.builtin(key) : undefined;
    if (found === undefined) throw raised('KeyError', reprOf(key));
    return found;
  }

  override contains(value: Value): boolean {
    return typeof value === 'string' && this.#context.builtin(value) !== undefined;
  }

  override get isMapping(): boolean {
    return true;
  }
}

function told(kind: 'print' | 'log'): Provider {
  return (context) =>
    new BuiltinFunction(kind, (args, kwargs) => {
      const [message, info = false] = bind(kind, kind === 'log' ? ['msg', 'info?'] : ['msg'], args, kwargs);
      if (kind === 'print' || truth(info)) once(context);
      // Models are rendered twice; what they print is printed once.
      const shown = kind === 'print' ? (context.running ? 'print' : 'log') : truth(info) ? 'info' : 'log';
      context.facts.tell(shown, textOf(message!));
      return '';
    });
}

/** A run that cannot wait may be begun again: what people hear is left to the one that can. */
function once({ running, waits }: NodeContext): void {
  if (running && !waits) throw new WaitingNeeded();
}

const fromyaml = new BuiltinFunction('fromyaml', (args, kwargs) => {
  const [value, otherwise = null] = bind('fromyaml', ['value', 'default?'], args, kwargs);
  const found = parseYaml(textOf(value!));
  return found === undefined ? otherwise : toTemplate(found);
});

const toyaml = new BuiltinFunction('toyaml', (args, kwargs) => {
  const [value, otherwise = null, sortKeys = false] = bind('toyaml', ['value', 'default?', 'sort_keys?'], args, kwargs);
  return dumpYaml(fromTemplate(value!), truth(sortKeys)) ?? otherwise;
});

const localMd5 = new BuiltinFunction('local_md5', (args, kwargs) => {
  const [value] = bind('local_md5', ['value'], args, kwargs);
  return createHash('md5').update(textOf(value!)).digest('hex');
});

/** `diff_of_two_dicts(one, other)`: what of the lists of the first is not in those of the second. */
const diffOfTwoDicts = new BuiltinFunction('diff_of_two_dicts', (args, kwargs) => {
  const [one, other] = bind('diff_of_two_dicts', ['dict_a', 'dict_b'], args, kwargs);
  if (!(one instanceof Dict) || !(other instanceof Dict))
    throw raised('TypeError', 'diff_of_two_dicts takes two dicts');
  const lower = (value: Value | undefined) =>
    Array.isArray(value) ? value.map((item) => textOf(item).toLowerCase()) : [];
  const others = new Map(other.entries().map(([key, value]) => [textOf(key).toLowerCase(), lower(value)]));
  const left = one.entries().flatMap(([key, value]) => {
    const known = others.get(textOf(key).toLowerCase()) ?? [];
    const items = Array.isArray(value) ? value.filter((item) => !known.includes(textOf(item).toLowerCase())) : [];
    return items.length === 0 ? [] : [[key, items] as const];
  });
  return Dict.of(left);
});

const pure: Providers = new Map(
  [
    ...contextFunctions,
    ['fromyaml', fromyaml],
    ['toyaml', toyaml],
    ['local_md5', localMd5],
    ['diff_of_two_dicts', diffOfTwoDicts],
  ].map(([name, value]) => [name as string, () => value as Value] as const),
);

/** The names that are there whatever is rendered. */
export const baseProviders: Providers = new Map<string, Provider>([
  ...pure,
  ['builtins', (context) => new Builtins(context)],
  ['context', (context) => new ContextObject(context)],
  ['dbt_version', () => REPORTED_VERSION],
  ['project_name', ({ facts }) => facts.project],
  ['var', ({ facts, own, running }) => new VarFunction(facts.functions(own).var, !running)],
  ['env_var', ({ facts, own }) => hostFunction('env_var', facts.functions(own).env_var)],
  ['target', ({ facts }) => toTemplate(facts.target.values)],

  ['modules', () => modules],
  ['flags', ({ facts }) => flagsOf(facts.invocation)],
  ['invocation_args_dict', ({ facts }) => toTemplate(new Map(facts.invocation.options))],
  ['invocation_id', ({ facts }) => facts.invocation.id],
  ['run_started_at', ({ facts }) => momentOf(facts.invocation.startedAt)],
  ['thread_id', () => 'MainThread'],
  ['dbt_metadata_envs', () => new Dict()],
  ['exceptions', (context) => new Exceptions((message) => {
    once(context);
    context.facts.tell('warn', message);
  })],
  ['api', ({ facts }) => facts.api],
  ['column', ({ facts }) => facts.api.column],
  ['log', told('log')],
  ['print', told('print')],
  ['execute', ({ running }) => running],
  ['database', ({ facts, node }) => node?.database ?? facts.target.database],
  ['schema', ({ facts, node }) => node?.schema ?? facts.target.schema],
  ['this', ({ facts, node }) => (node === undefined || node.resource_type === 'operation' ? null : relationOf(facts, node))],
  ['validation', () => new Dict()],
]); // biome-ignore format: a table

function momentOf(date: Date): PyDateTime {
  const ordinal = Math.floor(date.getTime() / 86_400_000) + 719_163;
  const micros = (((date.getTime() % 86_400_000) + 86_400_000) % 86_400_000) * 1000;
  return PyDateTime.ofClock({ ordinal, micros }, utc);
}

interface Placed {
  readonly database: string | null;
  readonly schema: string;
  readonly alias: string;
}

/** Where a node is built. */
export function relationOf({ style }: NodeContext['facts'], { database, schema, alias }: Placed): RelationObject {
  return new RelationObject(style, { database, schema, identifier: alias });
}
