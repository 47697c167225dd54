import type { ResourceType } from '../graph/node.ts';
import type { ModelEvent, ModelsFinished, NodeInfo } from './event.ts';
import type { RunPlan } from './plan.ts';
import { isFailure, type NodeResult, type NodeStatus, skippedResult } from './result.ts';
import { type NodeRunner, schedule } from './scheduler.ts';

/** All that a run of nodes needs to know; it is the same for every command. */
export interface ModelsRun {
  /** dbt's `invocation_id`. */
  readonly id: string;
  readonly command: string;
  readonly target: string;
  readonly threads: number;
  readonly failFast: boolean;
  readonly plan: RunPlan;
  infoOf(id: string): NodeInfo;
  /** Ids of the statements of `on-run-start` and `on-run-end`, in their order. */
  readonly hooks: { readonly start: readonly string[]; readonly end: readonly string[] };
  /** dbt's flag `skip_nodes_if_on_run_start_fails`; without it nodes run all the same, and the run fails at its end. */
  readonly skipAfterFailedStart: boolean;
  /** Runs a hook; those of the end see what the nodes came to. What it throws is a defect. */
  runHook(id: string, results: readonly NodeResult[]): Promise<NodeResult>;
  readonly run: NodeRunner;
  /** Files of compiled statements, from the root of the project. */
  compiledFile(id: string): string | undefined;
  readonly weightOf?: (id: string) => number;
  awakeSeconds(): number;
}

export interface RunControl {
  readonly emit: (event: ModelEvent) => void;
  /** No further node begins. */
  readonly drain: AbortSignal;
  /** What runs is cancelled. */
  readonly abort: AbortSignal;
}

export interface RunOutcome {
  /** Of hooks and nodes, in the order in which they ended. */
  readonly results: readonly NodeResult[];
  readonly finished: ModelsFinished;
}

/** Runs the hooks of the begin, all nodes, and the hooks of the end, and tells of each. Results of nodes that fail are no exceptions. */
export async function runModels(run: ModelsRun, control: RunControl): Promise<RunOutcome> {
  const begun = performance.now();
  const told = new Narrator(run, control);
  told.started();
  const start = await runHooks(run, run.hooks.start, [], told);
  const results = start.some(isFailure) && run.skipAfterFailedStart ? skipAll(run, told) : await runNodes(run, told);
  const end = await runHooks(run, run.hooks.end, results, told);
  const all = [...start, ...results, ...end];
  return { results: all, finished: told.finished(all, (performance.now() - begun) / 1000) };
}

function runNodes(run: ModelsRun, told: Narrator): Promise<NodeResult[]> {
  return schedule(run.plan, {
    threads: run.threads,
    run: run.run,
    failFast: run.failFast,
    drain: told.control.drain,
    abort: told.control.abort,
    ...(run.weightOf === undefined ? {} : { weightOf: run.weightOf }),
    onStart: (id, thread) => told.begun(id, thread),
    onEnd: (result) => told.ended(result),
  });
}

function skipAll({ plan }: ModelsRun, told: Narrator): NodeResult[] {
  return plan.ids.map((id) => {
    const result = skippedResult(id, 'Skipped: a statement of `on-run-start` failed.');
    told.ended(result);
    return result;
  });
}

/** One after the other; after one that fails the others are skipped. */
async function runHooks(
  run: ModelsRun,
  ids: readonly string[],
  results: readonly NodeResult[],
  told: Narrator,
): Promise<NodeResult[]> {
  const done: NodeResult[] = [];
  for (const id of ids) {
    const failed = done.find(isFailure);
    const stopped = told.control.abort.aborted;
    const reason = stopped ? 'Skipped: the run was stopped.' : `Skipped: ${failed?.id} failed.`;
    const result = stopped || failed ? skippedResult(id, reason) : await run.runHook(id, results);
    told.hook(result);
    done.push(result);
  }
  return done;
}

/** Makes events of what happens. */
class Narrator {
  readonly control: RunControl;
  readonly #run: ModelsRun;
  #begun = 0;
  #ended = 0;

  constructor(run: ModelsRun, control: RunControl) {
    this.#run = run;
    this.control = control;
  }

  started(): void {
    const { id, command, target, threads, plan } = this.#run;
    const nodes: Partial<Record<ResourceType, number>> = {};
    for (const node of plan.ids) {
      const { type } = this.#run.infoOf(node);
      nodes[type] = (nodes[type] ?? 0) + 1;
    }
    this.control.emit({ event: 'started', at: now(), run: id, command, target, threads, nodes });
  }

  begun(id: string, thread: number): void {
    this.control.emit({ event: 'node', at: now(), node: this.#run.infoOf(id), ...this.#place(++this.#begun), thread });
  }

  ended({ id, status, seconds, message, failures, response, error }: NodeResult): void {
    const rows = response.rows_affected;
    const compiled = this.#run.compiledFile(id);
    this.control.emit({
      event: 'result',
      at: now(),
      node: this.#run.infoOf(id),
      ...this.#place(++this.#ended),
      status,
      seconds,
      ...(message === null ? {} : { message }),
      ...(failures === null ? {} : { failures }),
      ...(typeof rows === 'number' ? { rows } : {}),
      ...(compiled === undefined ? {} : { compiled }),
      ...(error === undefined ? {} : { error }),
    });
  }

  hook({ id, status, seconds, error }: NodeResult): void {
    if (status === 'skipped') return;
    this.control.emit({ event: 'hook', at: now(), id, seconds, ...(error === undefined ? {} : { error }) });
  }

  finished(results: readonly NodeResult[], seconds: number): ModelsFinished {
    const counts: Partial<Record<NodeStatus, number>> = {};
    for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1;
    const stopped = this.control.drain.aborted || this.control.abort.aborted;
    const { id, command } = this.#run;
    const status = stopped ? 'stopped' : results.some(isFailure) ? 'failed' : 'ok';
    return {
      event: 'finished',
      at: now(),
      run: id,
      command,
      status,
      seconds,
      awakeSeconds: this.#run.awakeSeconds(),
      counts,
    };
  }

  #place(index: number): { index: number; total: number } {
    return { index, total: this.#run.plan.ids.length };
  }
}

function now(): string {
  return new Date().toISOString();
}
