import { MACRO_PREFIX } from '../compile/signature.ts';
import { raised } from '../value/error.ts';
import { Callable, type Caller, type Kwargs, type Value } from '../value/object.ts';
import type { Names } from './execution.ts';
import { Frame, Returned } from './frame.ts';
import { macroOf, type Template } from './template.ts';

export interface LibraryMacroOptions {
  /** What the macro's own names are looked up in: the context of the node that is being rendered. */
  readonly names: Names;
  /** Whether the render may wait; that of the template which calls. */
  readonly waits: boolean;
}

/**
 * A macro of a project or package, as dbt makes it: it stands in a template of its own, sees the names of whoever is being rendered, and
 * ends at `return()`, whose value it gives. One is made per render, so that nothing is shared between renders.
 */
export class LibraryMacro extends Callable {
  readonly typeName = 'MacroGenerator';
  readonly name: string;
  readonly #template: Template;
  readonly #options: LibraryMacroOptions;
  #macro: { readonly frame: Frame; readonly macro: Callable } | undefined;

  /** @param template holds the macro, and nothing else that has an effect */
  constructor(name: string, template: Template, options: LibraryMacroOptions) {
    super();
    this.name = name;
    this.#template = template;
    this.#options = options;
  }

  override repr(): string {
    return `<macro ${this.name}>`;
  }

  override invoke(caller: Caller, args: readonly Value[], kwargs: Kwargs): Value | Promise<Value> {
    if (!(caller instanceof Frame)) throw raised('RuntimeError', 'a macro was called outside of a render');
    const run = (macro: Callable) => caught(() => macro.invoke(caller, args, kwargs));
    if (this.#macro?.frame === caller) return run(this.#macro.macro);
    const { names, waits } = this.#options;
    const module = this.#template.module(names, caller, waits);
    return module instanceof Promise
      ? module.then((values) => run(this.#found(values, caller)))
      : run(this.#found(module, caller));
  }

  #found(module: ReadonlyMap<string, Value>, frame: Frame): Callable {
    const macro = macroOf(module, MACRO_PREFIX + this.name);
    if (macro === undefined)
      throw raised('RuntimeError', `there is no macro ${this.name} in ${this.#template.origin.name}`);
    this.#macro = { frame, macro };
    return macro;
  }
}

/** The value of a `return()` on the way. */
function caught(run: () => Value | Promise<Value>): Value | Promise<Value> {
  try {
    const result = run();
    return result instanceof Promise ? result.catch(returnedValue) : result;
  } catch (thrown) {
    return returnedValue(thrown);
  }
}

function returnedValue(thrown: unknown): Value {
  if (thrown instanceof Returned) return thrown.value as Value;
  throw thrown;
}
