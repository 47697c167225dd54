import { type Names, Template } from '../jinja/index.ts';
import { Dict } from '../jinja/value/dict.ts';
import type { Value } from '../jinja/value/object.ts';
import { textOf } from '../jinja/value/text.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { isMap, type Value as ProjectValue } from '../project/value.ts';
import type { NodeContext } from './node-context.ts';
import { toTemplate } from './value.ts';

/** Arguments that are calls although they stand without braces, as dbt has it. */
const CALL = /^\s*(?:env_var|ref|var|source|doc)\s*\(.+\)\s*$/s;
const MODEL = /^\{\{ get_where_subquery\((ref|source)\((.*)\)\) \}\}$/s;

/** The arguments of a test, which are templates themselves, as the test's macro is given them. */
export class TestArguments {
  /** The name under which the code of a test finds them. */
  static readonly NAME = '_dbt_generic_test_kwargs';
  readonly #node: ManifestNode;

  constructor(node: ManifestNode) {
    this.#node = node;
  }

  /** In a render that does not wait. */
  now(context: NodeContext): Dict {
    const undefinedKind = context.running ? 'strict' : 'chainable';
    const found = this.#all(context, (template, names) => template.renderNative(names, { undefinedKind }));
    return Dict.of(found as readonly (readonly [string, Value])[]);
  }

  /** In a run: macros in arguments may ask the database. */
  async later(context: NodeContext): Promise<Dict> {
    const found = this.#all(context, (template, names) => template.renderNativeWaiting(names));
    return Dict.of(await Promise.all(found.map(async ([name, value]) => [name, await value] as const)));
  }

  #all(context: NodeContext, render: Render): [string, Value | Promise<Value>][] {
    const kwargs = this.#node.test_metadata?.kwargs ?? new Map<ProjectValue, ProjectValue>();
    return [...kwargs].map(([key, value]) => {
      const name = String(key);
      if (name === 'model' && typeof value === 'string') return [name, this.#model(value, context, render)];
      return [name, argumentValue(value, name === 'column_name', context, render)];
    });
  }

  /** What is tested: mostly the same call for all tests, which then needs no template of its own. */
  #model(text: string, context: NodeContext, render: Render): Value | Promise<Value> {
    const [, call, args] = MODEL.exec(text) ?? [];
    const names = args?.match(/^'([^']*)'(?:, (?:version=)?'([^']*)')?$/);
    const where = context.macros.get('get_where_subquery');
    const find = call === undefined ? undefined : context.get(call);
    if (names === null || names === undefined || where === undefined || find === undefined) {
      return render(new Template(text, { name: 'a test' }), context);
    }
    return render(call === 'ref' ? versioned(names) : SOURCE, {
      get: (name) => (name === '_one' ? names[1]! : name === '_two' ? (names[2] ?? null) : context.get(name)),
    });
  }
}

type Render = (template: Template, names: Names) => Value | Promise<Value>;

const REF = new Template('{{ get_where_subquery(ref(_one)) }}', { name: 'a test' });
const REF_VERSION = new Template('{{ get_where_subquery(ref(_one, version=_two)) }}', { name: 'a test' });
const SOURCE = new Template('{{ get_where_subquery(source(_one, _two)) }}', { name: 'a test' });

function versioned(names: RegExpMatchArray): Template {
  return names[2] === undefined ? REF : REF_VERSION;
}

function argumentValue(
  value: ProjectValue,
  isColumn: boolean,
  context: NodeContext,
  render: Render,
): Value | Promise<Value> {
  if (typeof value === 'string') return textValue(value, isColumn, context, render);
  if (Array.isArray(value))
    return settled(
      value.map((item) => argumentValue(item, false, context, render)),
      (items) => items,
    );
  if (!isMap(value)) return toTemplate(value);
  const keys = [...value.keys()].map(toTemplate);
  const items = [...value.values()].map((item) => argumentValue(item, false, context, render));
  return settled(items, (found) => Dict.of(found.map((item, at) => [keys[at]!, item] as const)));
}

function textValue(value: string, isColumn: boolean, context: NodeContext, render: Render): Value | Promise<Value> {
  const code = !isColumn && CALL.test(value) ? `{{ ${value} }}` : value;
  if (!code.includes('{{') && !code.includes('{%') && !code.includes('{#')) return value;
  const rendered = render(new Template(code, { name: 'a test' }), context);
  if (!isColumn) return rendered;
  return rendered instanceof Promise ? rendered.then(textOf) : textOf(rendered);
}

function settled(items: (Value | Promise<Value>)[], make: (items: Value[]) => Value): Value | Promise<Value> {
  if (items.some((item) => item instanceof Promise)) return Promise.all(items).then(make);
  return make(items as Value[]);
}
