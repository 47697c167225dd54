import { millraceError } from '../../connectors/contract/index.ts';
import { LibraryMacro } from '../jinja/index.ts';
import { BuiltinFunction, Callable, type Caller, type Kwargs, PyObject, type Value } from '../jinja/value/object.ts';
import { textOf } from '../jinja/value/text.ts';
import { refOf } from '../project/code-parse.ts';
import type { ValueMap } from '../project/value.ts';
import { RunContext } from './run-context.ts';
import { cteRelation } from './run-references.ts';
import type { RenderRequest, RenderSession } from './session.ts';
import { fromTemplate, toTemplate } from './value.ts';

/** What a unit test puts in the place of what its model reads. */
export interface UnitWorld {
  /** The name of the unit test, and its file. */
  readonly name: string;
  readonly at: string;
  /** The names of the CTEs that hold the rows of inputs, by their unique ids; `this` is the tested model's own. */
  readonly inputs: ReadonlyMap<string, string>;
  readonly macros: ValueMap;
  readonly vars: ValueMap;
  readonly envVars: ValueMap;
}

/** What a model sees in its unit test: rows of the test where it refers to others, and values in the place of macros and vars. */
export class UnitContext extends RunContext {
  /** Inputs that were referred to, in the order of the first reference. */
  readonly used = new Set<string>();
  readonly #world: UnitWorld;
  readonly #macros: ReadonlyMap<string, Value>;

  /** @throws MillraceError `model.reference` for a macro that there is not */
  constructor(session: RenderSession, request: RenderRequest, world: UnitWorld) {
    super(session, request);
    this.#world = world;
    this.#macros = this.#replaced(world.macros);
  }

  override get(name: string): Value | undefined {
    return this.#macros?.get(name) ?? super.get(name);
  }

  protected override provide(name: string): Value | undefined {
    switch (name) {
      case 'ref':
        return new BuiltinFunction(name, (args, kwargs) => this.#referred(args, kwargs), 'function');
      case 'source':
        return new BuiltinFunction(name, (args) => this.#sourced(args), 'function');
      case 'this':
        return this.#world.inputs.has(this.node!.unique_id) ? this.#input(this.node!.unique_id, 'this') : null;
      case 'var':
      case 'env_var':
        return this.#looked(name, super.provide(name)!);
      default:
        return super.provide(name);
    }
  }

  #referred(args: readonly Value[], kwargs: Kwargs): Value {
    const names = new Map([...kwargs].map(([key, value]) => [key, fromTemplate(value)]));
    const ref = refOf(args.map(fromTemplate), names, this.#world.at);
    const [found] = this.session.references.find(ref, this.own);
    return this.#input(found?.unique_id, `ref('${ref.name}')`);
  }

  #sourced(args: readonly Value[]): Value {
    const [source = '', table = ''] = args.map((arg) => textOf(arg));
    return this.#input(this.session.references.findSource(source, table, this.own), `source('${source}', '${table}')`);
  }

  #input(id: string | undefined, call: string): Value {
    const { inputs, name, at } = this.#world;
    const cte = id === undefined ? undefined : inputs.get(id);
    if (cte === undefined) {
      throw millraceError('model.reference', `the unit test ${name} gives no rows for ${call}`, {
        at,
        fix: `Add to \`given\`:  - {input: "${call}", rows: []}`,
      });
    }
    this.used.add(id!);
    return cteRelation(this, cte);
  }

  /** `var` and `env_var`: the test's values go first. */
  #looked(name: 'var' | 'env_var', original: Value): Value {
    const values = name === 'var' ? this.#world.vars : this.#world.envVars;
    return values.size === 0 ? original : new Looked(values, original as Callable);
  }

  /** Macros by their bare names, and packages in which some are replaced. */
  #replaced(macros: ValueMap): ReadonlyMap<string, Value> {
    const names = new Map<string, Value>();
    const packages = new Map<string, Map<string, Value>>();
    const put = (owner: string, name: string, value: Value) => {
      if (!packages.has(owner)) packages.set(owner, new Map());
      packages.get(owner)!.set(name, value);
    };
    for (const [key, written] of macros) {
      const parts = String(key).split('.');
      const name = parts.at(-1)!;
      const owner = parts.length === 2 ? parts[0] : undefined;
      const value = this.#standIn(owner, name, toTemplate(written));
      if (owner !== undefined) put(owner, name, value);
      // One of dbt's own has two names.
      if (owner === undefined && this.session.library.package('dbt')?.has(name)) put('dbt', name, value);
      if (owner === undefined || (owner === 'dbt' && !names.has(name))) names.set(name, value);
    }
    for (const [owner, values] of packages) names.set(owner, new ReplacedPackage(super.get(owner) as PyObject, values));
    return names;
  }

  #standIn(owner: string | undefined, name: string, value: Value): Value {
    const original =
      owner === undefined ? super.get(name) : (super.get(owner) as PyObject | undefined)?.attribute(name);
    if (original === undefined) {
      const shown = owner === undefined ? name : `${owner}.${name}`;
      throw millraceError(
        'model.reference',
        `the unit test ${this.#world.name} overrides ${shown}, which there is not`,
        {
          at: this.#world.at,
        },
      );
    }
    return original instanceof LibraryMacro ? new BuiltinFunction(name, () => value, 'function') : value;
  }
}

/** A package of macros with others in the place of some. */
class ReplacedPackage extends PyObject {
  readonly typeName = 'dict';
  readonly #original: PyObject;
  readonly #values: ReadonlyMap<string, Value>;

  constructor(original: PyObject, values: ReadonlyMap<string, Value>) {
    super();
    this.#original = original;
    this.#values = values;
  }

  override attribute(name: string): Value | undefined {
    return this.#values.get(name) ?? this.#original.attribute(name);
  }

  override item(key: Value): Value {
    return (typeof key === 'string' ? this.#values.get(key) : undefined) ?? this.#original.item(key);
  }

  override contains(value: Value): boolean | undefined {
    return this.#original.contains(value);
  }

  override get isMapping(): boolean {
    return true;
  }
}

/** `var` or `env_var` with values that go before the project's. */
class Looked extends Callable {
  readonly typeName: string;
  readonly #values: ValueMap;
  readonly #original: Callable;

  constructor(values: ValueMap, original: Callable) {
    super();
    this.typeName = original.typeName;
    this.#values = values;
    this.#original = original;
  }

  override invoke(caller: Caller, args: readonly Value[], kwargs: Kwargs): Value | Promise<Value> {
    const own = this.#own(args[0] ?? kwargs.get('name') ?? kwargs.get('var'));
    return own ?? this.#original.invoke(caller, args, kwargs);
  }

  override attribute(name: string): Value | undefined {
    const original = this.#original.attribute(name);
    if (name !== 'has_var' || !(original instanceof Callable)) return original;
    return new BuiltinFunction(name, (args, kwargs, caller) => {
      const isOwn = this.#own(args[0] ?? kwargs.get('var_name')) !== undefined;
      return isOwn || original.invoke(caller, args, kwargs);
    });
  }

  #own(key: Value | undefined): Value | undefined {
    const value = typeof key === 'string' ? this.#values.get(key) : undefined;
    return value === undefined ? undefined : toTemplate(value);
  }
}
