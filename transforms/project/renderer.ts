import type { Value } from './value.ts';

/** A function that a template may call. What it throws passes through the renderer as it is. */
export type HostFunction = (args: readonly Value[], kwargs: ReadonlyMap<string, Value>) => Value;

/** What a template of the project sees besides what the engine brings. */
export interface TemplateContext {
  readonly values: Readonly<Record<string, Value>>;
  readonly functions: Readonly<Record<string, HostFunction>>;
}

/** The template engine as the loader needs it: without a database, and at once. */
export interface Renderer {
  /**
   * A template in a YAML file: the value of a lone expression, else text.
   * @throws MillraceError with `at` or a place of its own
   */
  native(template: string, context: TemplateContext, at: string): Value;
  /**
   * Runs the code of a node for what it calls: `ref`, `source`, `config`. Gives the unique ids of the macros that it used.
   * @throws MillraceError with `at` or a place of its own
   */
  parse(code: string, context: TemplateContext, at: string): readonly string[];
}
