import type { HostFunction } from '../project/renderer.ts';
import type { Value as ProjectValue, ValueMap } from '../project/value.ts';
import type { Api } from './api.ts';
import type { RelationStyle } from './relation.ts';

/** What is the same for all renders of an invocation. */
export interface ContextFacts {
  readonly project: string;
  readonly target: ContextTarget;
  readonly style: RelationStyle;
  readonly api: Api;
  /** `var` and `env_var` as a package sees them. */
  functions(owner: string): ContextFunctions;
  readonly invocation: Invocation;
  /** `log(..., info=true)`, `print` and `exceptions.warn`: to people. `log` without it goes to the log alone. */
  tell(kind: 'log' | 'info' | 'print' | 'warn', message: string): void;
}

export interface ContextFunctions {
  /** Throws where the var has no value. */
  readonly var: HostFunction;
  readonly env_var: HostFunction;
}

export interface ContextTarget {
  readonly name: string;
  readonly type: string;
  readonly schema: string;
  readonly database: string | null;
  /** Without secrets. */
  readonly values: ValueMap;
}

export interface Invocation {
  readonly id: string;
  readonly startedAt: Date;
  /** The verb: `run`, `compile`. */
  readonly which: string;
  /** Options of the command line, by dbt's names: what `flags` and `invocation_args_dict` show. */
  readonly options: ReadonlyMap<string, ProjectValue>;
}
