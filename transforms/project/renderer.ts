import type { LoadTarget } from './load-context.ts';
import type { MacroNode, ManifestNode } from './manifest.ts';
import type { ProjectConfig } from './project-config.ts';
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
  /** What parses the code of nodes, once all macros are known. */
  parser(scope: ParserScope): NodeParser;
}

export interface ParserScope {
  readonly project: ProjectConfig;
  readonly target: LoadTarget;
  readonly macros: Iterable<MacroNode>;
  /** `var` and `env_var` of a package. */
  functions(owner: string): Readonly<Record<'var' | 'env_var', HostFunction>>;
}

/** Code of a node, and what is told of its calls. */
export interface ParseRequest {
  readonly code: string;
  /** Where messages say that the code is. */
  readonly at: string;
  /** The package that it is of. */
  readonly own: string;
  /** The node that `model` and `this` show; its config is not known yet. */
  readonly node: ManifestNode | undefined;
  /** `ref`, `source` and `config`: told of every call. */
  readonly calls: Readonly<Record<'ref' | 'source' | 'config', HostFunction>>;
  /** Told when the code asks for what may be another the next time, or tells people something. */
  changing(): void;
}

export type NamePart = 'schema' | 'alias' | 'database';

export interface NodeParser {
  /** Whether code that holds no more than calls of `ref` and the like means what it says: no macro has taken their names. */
  readsLiterally(own: string): boolean;
  /**
   * Runs the code of a node for what it calls. Gives the unique ids of the macros that it used.
   * @throws MillraceError with `at` or a place of its own
   */
  parse(request: ParseRequest): readonly string[];
  /** The macro of a test with arguments. */
  testMacro(name: string, namespace: string | null, own: string): MacroNode | undefined;
  /**
   * Runs a test with arguments, which are templates, for what they and its macro call.
   * @throws MillraceError
   */
  parseTest(request: ParseRequest): readonly string[];
  /** What the project's own `generate_<part>_name` gives; undefined where it has none. `changing` as of a parse. @throws MillraceError */
  name(part: NamePart, custom: string | null, node: ManifestNode, changing: () => void): string | null | undefined;
  /** The full name in the database, as SQL. */
  relationName(place: { database: string | null; schema: string; identifier: string }, quoting: Value): string;
}
