import type { TemplateNode } from '../compile/ast.ts';
import { compile } from '../compile/compiler.ts';
import { parseTemplate } from '../compile/parser.ts';
import { TemplateSyntaxError } from '../compile/syntax-error.ts';
import type { PyFloat } from '../value/number.ts';
import { Callable, type Value } from '../value/object.ts';
import type { UndefinedKind } from '../value/undefined.ts';
import { type BlockBody, Execution, type Names } from './execution.ts';
import { Frame, type Limits, type Origin, Returned } from './frame.ts';
import { withGlobals } from './globals.ts';
import { nativeResult } from './native.ts';
import { runtime } from './runtime.ts';
import { excerptOf, TemplateError } from './template-error.ts';

export interface TemplateOptions {
  /** Path of the file, or what else messages call the template. */
  readonly name?: string;
  /** Line of the file that the text begins in. */
  readonly firstLine?: number;
}

export interface RenderOptions {
  /** `chainable` is what dbt parses models with. */
  readonly undefinedKind?: UndefinedKind;
  /** A frame that the render shares: that of the render which this one is a part of. */
  readonly frame?: Frame;
  readonly limits?: Limits;
}

interface Code {
  readonly root: BlockBody;
  readonly blocks: ReadonlyMap<string, BlockBody>;
}

type Make = (R: typeof runtime, K: readonly PyFloat[]) => Code;

/** A template, read once and rendered any number of times. It keeps nothing of a render. */
export class Template {
  readonly origin: Origin;
  /** What the template says, for whoever looks for calls in it without rendering. */
  readonly tree: TemplateNode;
  readonly #codes = new Map<string, Code>();

  /** @throws TemplateError for what is no template */
  constructor(source: string, { name = '<template>', firstLine = 1 }: TemplateOptions = {}) {
    this.origin = { name, source, firstLine };
    this.tree = this.#compiling(() => parseTemplate(source));
  }

  /** Fails as rendering would for what Jinja refuses when it compiles, such as an unknown filter. @throws TemplateError */
  check(): this {
    this.#code(false, false);
    return this;
  }

  /** Text, of a render that never waits. @throws TemplateError */
  render(names: Names, options: RenderOptions = {}): string {
    const execution = this.#execution(names, options, false, false);
    return located(execution, () => this.#code(false, false).root(execution) as string);
  }

  /** Text, of a render whose functions may give promises. @throws TemplateError */
  async renderWaiting(names: Names, options: RenderOptions = {}): Promise<string> {
    const execution = this.#execution(names, options, true, false);
    return await located(execution, () => this.#code(true, false).root(execution) as Promise<string>);
  }

  /** A value: what dbt makes of the texts of a YAML file. @throws TemplateError */
  renderNative(names: Names, options: RenderOptions = {}): Value {
    const execution = this.#execution(names, options, false, true);
    return located(execution, () => nativeResult(this.#code(false, true).root(execution) as Value[]));
  }

  /** The same of a render whose functions may give promises. @throws TemplateError */
  async renderNativeWaiting(names: Names, options: RenderOptions = {}): Promise<Value> {
    const execution = this.#execution(names, options, true, true);
    return await located(execution, async () =>
      nativeResult(await (this.#code(true, true).root(execution) as Promise<Value[]>)),
    );
  }

  /**
   * Runs the top of the template and gives what it set there, its macros among it.
   * @returns a promise where `waits`
   * @throws TemplateError
   */
  module(names: Names, frame: Frame, waits: boolean): ReadonlyMap<string, Value> | Promise<ReadonlyMap<string, Value>> {
    const execution = this.#execution(names, { frame }, waits, false);
    const done = this.#code(waits, false).root(execution);
    return done instanceof Promise ? done.then(() => execution.vars) : execution.vars;
  }

  #execution(names: Names, options: RenderOptions, waits: boolean, native: boolean): Execution {
    const frame = options.frame ?? new Frame(this.origin, options.limits);
    const { blocks } = this.#code(waits, native);
    const undefinedKind = options.undefinedKind ?? 'strict';
    return new Execution(frame, withGlobals(names), { origin: this.origin, undefinedKind, blocks, native });
  }

  #code(waits: boolean, native: boolean): Code {
    const key = `${waits ? 'waits' : ''} ${native ? 'native' : ''}`;
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    const { source, constants } = this.#compiling(() => compile(this.tree, { waits, native }));
    const code = (new Function('R', 'K', source) as Make)(runtime, constants);
    this.#codes.set(key, code);
    return code;
  }

  #compiling<T>(make: () => T): T {
    try {
      return make();
    } catch (thrown) {
      if (!(thrown instanceof TemplateSyntaxError)) throw thrown;
      const { name, source, firstLine } = this.origin;
      const line = firstLine + thrown.line - 1;
      throw new TemplateError(thrown.message, {
        type: 'TemplateSyntaxError',
        at: { template: name, line },
        stack: [],
        excerpt: excerptOf(source, firstLine, line),
      });
    }
  }
}

/** Says of what a render throws where it was. A `return()` outside of macros is a failure. */
function located<T>({ frame }: Execution, run: () => T): T {
  const fail = (thrown: unknown) => {
    const found = frame.located(thrown);
    return found instanceof Returned ? frame.located(new Error('return() was called outside of a macro')) : found;
  };
  try {
    const result = run();
    return result instanceof Promise ? (result.catch((thrown: unknown) => Promise.reject(fail(thrown))) as T) : result;
  } catch (thrown) {
    throw fail(thrown);
  }
}

/** A macro out of a module. */
export function macroOf(module: ReadonlyMap<string, Value>, name: string): Callable | undefined {
  const value = module.get(name);
  return value instanceof Callable ? value : undefined;
}
