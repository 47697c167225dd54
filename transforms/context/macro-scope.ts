import { millraceError } from '../../connectors/contract/index.ts';
import { type Caller, type Kwargs, LibraryMacro, type Names, type Value } from '../jinja/index.ts';
import { typeError } from '../jinja/value/error.ts';
import { BuiltinFunction, bind, PyObject } from '../jinja/value/object.ts';
import { reprOf } from '../jinja/value/text.ts';
import type { MacroNode } from '../project/manifest.ts';
import type { MacroLibrary } from './macro-library.ts';

export interface MacroScopeOptions {
  readonly library: MacroLibrary;
  /** The package of what is rendered: its macros are found first. */
  readonly own: string;
  /** What the macros look their names up in: the context of what is rendered. */
  readonly names: Names;
  readonly waits: boolean;
  /** Told of each macro that is called from outside of macros. */
  readonly onCall?: (macro: MacroNode) => void;
}

/** The macros that one render sees. It is made per render, as `LibraryMacro` wants it. */
export class MacroScope {
  readonly library: MacroLibrary;
  readonly own: string;
  readonly #options: MacroScopeOptions;
  readonly #bound = new Map<MacroNode, LibraryMacro>();
  /** How many macros are under way. */
  depth = 0;

  constructor(options: MacroScopeOptions) {
    this.library = options.library;
    this.own = options.own;
    this.#options = options;
  }

  /** What a bare name means: a macro, or the macros of a package. */
  get(name: string): Value | undefined {
    const macro = this.library.find(name, this.own);
    if (macro !== undefined) return this.bound(macro);
    return this.library.package(name) === undefined ? undefined : new PackageMacros(name, this);
  }

  bound(macro: MacroNode): LibraryMacro {
    const known = this.#bound.get(macro);
    if (known !== undefined) return known;
    const { names, waits, onCall } = this.#options;
    const template = this.library.template(macro);
    const made =
      onCall === undefined
        ? new LibraryMacro(macro.name, template, { names, waits })
        : new TrackedMacro(macro, this, template, { names, waits }, onCall);
    this.#bound.set(macro, made);
    return made;
  }

  /** `adapter.dispatch(macro_name, macro_namespace=None)`. */
  readonly dispatch = new BuiltinFunction('dispatch', (args, kwargs) => {
    const [name, namespace = null] = bind('dispatch', ['macro_name', 'macro_namespace?'], args, kwargs);
    if (typeof name !== 'string' || name.includes('.')) {
      throw typeError(`dispatch takes the name of a macro and the name of its package, not ${reprOf(name ?? null)}`);
    }
    if (namespace !== null && typeof namespace !== 'string') {
      throw typeError(`the namespace of dispatch is the name of a package, not ${reprOf(namespace)}`);
    }
    const found = this.library.dispatched(name, namespace ?? undefined, this.own);
    if (found !== undefined) return this.bound(found);
    const searched = this.library.searchedNames(name, namespace ?? undefined).join(', ');
    throw millraceError('model.reference', `dispatch finds no macro ${name}: it looked for ${searched}`);
  });
}

/** Tells of its calls while a node is parsed, where nothing waits. */
class TrackedMacro extends LibraryMacro {
  readonly #macro: MacroNode;
  readonly #scope: MacroScope;
  readonly #onCall: (macro: MacroNode) => void;

  constructor(
    macro: MacroNode,
    scope: MacroScope,
    template: ConstructorParameters<typeof LibraryMacro>[1],
    options: ConstructorParameters<typeof LibraryMacro>[2],
    onCall: (macro: MacroNode) => void,
  ) {
    super(macro.name, template, options);
    this.#macro = macro;
    this.#scope = scope;
    this.#onCall = onCall;
  }

  override invoke(caller: Caller, args: readonly Value[], kwargs: Kwargs): Value | Promise<Value> {
    if (this.#scope.depth === 0) this.#onCall(this.#macro);
    this.#scope.depth += 1;
    try {
      return super.invoke(caller, args, kwargs);
    } finally {
      this.#scope.depth -= 1;
    }
  }
}

/** `dbt_utils`: its attributes are the macros of the package. */
class PackageMacros extends PyObject {
  readonly typeName = 'dict';
  readonly #name: string;
  readonly #scope: MacroScope;

  constructor(name: string, scope: MacroScope) {
    super();
    this.#name = name;
    this.#scope = scope;
  }

  override attribute(name: string): Value | undefined {
    const macro = this.#scope.library.package(this.#name)?.get(name);
    if (macro !== undefined) return this.#scope.bound(macro);
    return name === 'get' ? this.#get() : undefined;
  }

  override item(key: Value): Value {
    const found = typeof key === 'string' ? this.attribute(key) : undefined;
    if (found === undefined) throw typeError(`the package ${this.#name} has no macro ${reprOf(key)}`);
    return found;
  }

  override contains(value: Value): boolean {
    return typeof value === 'string' && this.#scope.library.package(this.#name)?.has(value) === true;
  }

  #get(): Value {
    return new BuiltinFunction('get', (args, kwargs) => {
      const [name, otherwise = null] = bind('get', ['key', 'default?'], args, kwargs);
      return typeof name === 'string' && this.contains(name) ? this.item(name) : otherwise;
    });
  }

  override get isMapping(): boolean {
    return true;
  }
}
