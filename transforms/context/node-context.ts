import type { Names, Value } from '../jinja/index.ts';
import type { ManifestNode } from '../project/manifest.ts';
import type { ContextFacts } from './context-facts.ts';
import type { MacroLibrary } from './macro-library.ts';
import { MacroScope } from './macro-scope.ts';

/** Makes the value of a name of the context when a render first asks for it. */
export type Provider<Context extends NodeContext = NodeContext> = (context: Context) => Value;

export type Providers<Context extends NodeContext = NodeContext> = ReadonlyMap<string, Provider<Context>>;

export interface NodeContextOptions {
  readonly facts: ContextFacts;
  readonly library: MacroLibrary;
  /** What is rendered; undefined for what belongs to no node, such as an operation of the command line. */
  readonly node: ManifestNode | undefined;
  /** The package that it is of. */
  readonly own: string;
  /** Whether it is a run, else a parse. */
  readonly running: boolean;
  /** Whether calls may have to be waited for. A run that cannot wait stops at what asks the database or tells people something. */
  readonly waits: boolean;
  readonly onMacro?: ConstructorParameters<typeof MacroScope>[0]['onCall'];
  /** Told of each name asked for that has another value, or another effect, in each run. */
  readonly changing?: () => void;
  /** Names of this render alone: `results` of a hook at the end of a run. They go before all others. */
  readonly extra?: ReadonlyMap<string, Value>;
}

/** `context` and `builtins` lead to all others, which are told of when they are asked for. */
const CHANGING: ReadonlySet<string> = new Set([
  'flags', 'invocation_args_dict', 'invocation_id', 'run_started_at', 'modules', 'log', 'print', 'exceptions',
]); // biome-ignore format: a list

/**
 * What one render sees: macros first, which may take the place of any function, then dbt's own names. One is made for each render, and
 * nothing that a template does to it is seen by another.
 */
export abstract class NodeContext implements Names {
  readonly facts: ContextFacts;
  readonly node: ManifestNode | undefined;
  readonly own: string;
  readonly running: boolean;
  readonly waits: boolean;
  readonly macros: MacroScope;
  readonly #extra: ReadonlyMap<string, Value> | undefined;
  readonly #changing: (() => void) | undefined;
  readonly #made = new Map<string, Value>();

  constructor({ facts, library, node, own, running, waits, onMacro, changing, extra }: NodeContextOptions) {
    this.facts = facts;
    this.node = node;
    this.own = own;
    this.running = running;
    this.waits = waits;
    this.#extra = extra;
    this.#changing = changing;
    this.macros = new MacroScope({
      library,
      own,
      names: this,
      waits,
      ...(onMacro === undefined ? {} : { onCall: onMacro }),
    });
  }

  get(name: string): Value | undefined {
    const extra = this.#extra?.get(name);
    if (extra !== undefined) return extra;
    return this.macros.get(name) ?? this.builtin(name);
  }

  /** A name of dbt's own, whatever macros there are: what `builtins` has. */
  builtin(name: string): Value | undefined {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    if (this.#changing !== undefined && CHANGING.has(name)) this.#changing();
    const value = this.provide(name);
    if (value !== undefined) this.#made.set(name, value);
    return value;
  }

  protected abstract provide(name: string): Value | undefined;
}
