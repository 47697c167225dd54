import { asMillraceError, type ErrorEnvelope } from '../../connectors/contract/index.ts';
import type { Span } from '../microbatch/span.ts';

/** What a node came to, in the words of dbt's `run_results.json`: of what is built, of tests, and of what did not run. */
export type NodeStatus =
  | 'success'
  | 'partial success'
  | 'no-op'
  | 'pass'
  | 'warn'
  | 'fail'
  | 'error'
  | 'runtime error'
  | 'skipped';

/** A part of a node's time: `compile` renders, `execute` is with the database. */
export interface Timing {
  readonly name: 'compile' | 'execute';
  readonly startedAt: Date;
  readonly completedAt: Date;
}

/** The batches of a microbatch model, by what they came to; those that did not begin failed too. */
export interface BatchResults {
  readonly successful: readonly Span[];
  readonly failed: readonly Span[];
}

export interface NodeResult {
  readonly id: string;
  readonly status: NodeStatus;
  readonly message: string | null;
  /** Of tests: rows, or what `fail_calc` gives. */
  readonly failures: number | null;
  /** What the database said: `_message`, `rows_affected`, `code`. */
  readonly response: Readonly<Record<string, string | number>>;
  readonly timing: readonly Timing[];
  readonly seconds: number;
  /** From 0; what was skipped had none. */
  readonly thread?: number;
  readonly compiledCode?: string;
  readonly relation?: string;
  /** Of a microbatch model. */
  readonly batches?: BatchResults;
  /** Where `error` says more than `message`. */
  readonly error?: ErrorEnvelope;
}

const FAILED: ReadonlySet<NodeStatus> = new Set(['fail', 'error', 'runtime error', 'partial success']);

/** Whether the run fails by it. */
export function isFailure({ status }: Pick<NodeResult, 'status'>): boolean {
  return FAILED.has(status);
}

/** Whether what depends on it can be built. */
export function isBlocking({ status }: Pick<NodeResult, 'status'>): boolean {
  return FAILED.has(status) || status === 'skipped';
}

export function skippedResult(id: string, message: string): NodeResult {
  return { id, status: 'skipped', message, failures: null, response: {}, timing: [], seconds: 0 };
}

export function errorResult(id: string, thrown: unknown): NodeResult {
  const error = asMillraceError(thrown).envelope();
  return { id, status: 'error', message: error.message, failures: null, response: {}, timing: [], seconds: 0, error };
}
