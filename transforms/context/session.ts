import type { AdapterSession } from '../adapter/adapter.ts';
import type { Frame, Value } from '../jinja/index.ts';
import type { Dict } from '../jinja/value/dict.ts';
import type { Span } from '../microbatch/span.ts';
import type { LoadedProject } from '../project/load.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { References } from '../project/references.ts';
import type { ContextFacts } from './context-facts.ts';
import type { Engine } from './engine.ts';
import { graphValue } from './graph-value.ts';
import type { MacroLibrary } from './macro-library.ts';
import type { Transaction } from './transaction.ts';

/** How many rows a query reads of what it refers to: `--empty` reads none. */
export type RowLimit = number | null;

export interface SessionOptions {
  readonly project: LoadedProject;
  /** The one that the project was loaded with. */
  readonly engine: Engine;
  /** Unique ids of the nodes of the run, for `selected_resources`. */
  readonly selected?: readonly string[];
  readonly limit?: RowLimit;
  /** Of what has an `event_time`, only rows of this span are read: `--sample`. */
  readonly sample?: Span;
  /** Another relation for what is referred to but not built here: `--defer`. Undefined: the node's own. */
  readonly deferred?: (node: ManifestNode) => { database: string | null; schema: string; alias: string } | undefined;
}

/** What the renders of one run share: the project, its macros, and where references lead. It holds no connection. */
export class RenderSession {
  readonly project: LoadedProject;
  readonly facts: ContextFacts;
  readonly library: MacroLibrary;
  readonly references: References;
  readonly options: SessionOptions;
  #graph: Dict | undefined;

  constructor(options: SessionOptions) {
    this.options = options;
    this.project = options.project;
    const { facts, library } = options.engine.scope;
    this.facts = facts;
    this.library = library;
    this.references = new References(options.project.manifest);
  }

  /** `graph`: made when a template first asks for it, for it is large. */
  get graph(): Dict {
    this.#graph ??= graphValue(this.project.manifest);
    return this.#graph;
  }
}

/** What one render may use besides. */
export interface RenderRequest {
  readonly node: ManifestNode | undefined;
  /** The package whose macros are found first; the node's own without it. */
  readonly own?: string;
  /** A session with the database, asked for when a template first needs it. Without one, what asks the database fails. */
  readonly database?: () => Promise<AdapterSession>;
  /** Names of this render alone. */
  readonly extra?: ReadonlyMap<string, Value>;
  /** Where `write` puts the statement that a materialization runs. */
  readonly write?: (node: ManifestNode, sql: string) => void;
  readonly frame?: Frame;
  /** Of a materialization that is a macro; without one every statement stands by itself. */
  readonly transaction?: Transaction;
  /** The batch of a microbatch model that is made: of what has an `event_time`, only rows of its span are read. */
  readonly batch?: Span & { readonly name: string };
}
