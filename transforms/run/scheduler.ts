import { type RunPlan, remaining } from './plan.ts';
import { ReadyNodes } from './ready.ts';
import { errorResult, isBlocking, isFailure, type NodeResult, skippedResult } from './result.ts';

/**
 * Runs one node on one of the threads. What fails is a result; what it throws becomes one.
 * @param signal aborts where the run is cancelled: what is running should end soon then
 */
export type NodeRunner = (id: string, thread: number, signal: AbortSignal) => Promise<NodeResult>;

export interface ScheduleOptions {
  /** Nodes that may run at once, each on a number from 0. */
  readonly threads: number;
  readonly run: NodeRunner;
  /** The first failure cancels what runs and skips what did not. */
  readonly failFast?: boolean;
  /** Begins no further node. */
  readonly drain?: AbortSignal;
  /** Cancels what runs, too. */
  readonly abort?: AbortSignal;
  /** Seconds that a node will take, as far as it is known; 1 for all without it. */
  readonly weightOf?: (id: string) => number;
  readonly onStart?: (id: string, thread: number) => void;
  readonly onEnd?: (result: NodeResult) => void;
}

/**
 * Runs every node of a plan after all that it needs, the most urgent first, and skips what needs one that failed. Every node of the plan has
 * exactly one result, in the order in which they ended.
 */
export function schedule(plan: RunPlan, options: ScheduleOptions): Promise<NodeResult[]> {
  return new Scheduler(plan, options).finished;
}

class Scheduler {
  readonly finished: Promise<NodeResult[]>;
  readonly #plan: RunPlan;
  readonly #options: ScheduleOptions;
  readonly #cancel = new AbortController();
  readonly #ready: ReadyNodes;
  readonly #free: number[];
  readonly #open: number[];
  readonly #children: number[][];
  /** The node that keeps another from being built, by the place of the latter. */
  readonly #blocked = new Map<number, string>();
  readonly #results: NodeResult[] = [];
  #why: string | undefined;
  #running = 0;
  #resolve!: (results: NodeResult[]) => void;

  constructor(plan: RunPlan, options: ScheduleOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#ready = new ReadyNodes(plan.ids, remaining(plan, options.weightOf ?? (() => 1)));
    this.#free = Array.from({ length: options.threads }, (_, thread) => options.threads - 1 - thread);
    this.#children = plan.ids.map(() => []);
    this.#open = this.#link();
    this.finished = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#begin();
  }

  #link(): number[] {
    const places = new Map(this.#plan.ids.map((id, index) => [id, index]));
    return this.#plan.ids.map((id, index) => {
      const needs = this.#plan.needs(id);
      for (const need of needs) this.#children[places.get(need)!]!.push(index);
      return needs.length;
    });
  }

  #begin(): void {
    const { drain, abort } = this.#options;
    whenAborted(drain, () => this.#stop('Skipped: the run was stopped.'));
    whenAborted(abort, () => {
      this.#stop('Skipped: the run was stopped.');
      this.#cancel.abort(abort?.reason);
    });
    for (const [index, open] of this.#open.entries()) if (open === 0) this.#ready.add(index);
    this.#pump();
  }

  #stop(why: string): void {
    this.#why ??= why;
  }

  #pump(): void {
    while (this.#ready.size > 0 && (this.#free.length > 0 || this.#why !== undefined)) {
      const index = this.#ready.take()!;
      const reason = this.#reasonToSkip(index);
      if (reason === undefined) this.#start(index);
      else this.#end(index, skippedResult(this.#plan.ids[index]!, reason));
    }
    if (this.#running === 0) this.#resolve(this.#results);
  }

  #reasonToSkip(index: number): string | undefined {
    const blocker = this.#blocked.get(index);
    return blocker === undefined ? this.#why : `Skipped: ${blocker} did not succeed.`;
  }

  #start(index: number): void {
    const id = this.#plan.ids[index]!;
    const thread = this.#free.pop()!;
    this.#running += 1;
    this.#options.onStart?.(id, thread);
    void this.#runOne(id, thread).then((result) => {
      this.#running -= 1;
      this.#free.push(thread);
      this.#end(index, result);
      this.#pump();
    });
  }

  async #runOne(id: string, thread: number): Promise<NodeResult> {
    try {
      return await this.#options.run(id, thread, this.#cancel.signal);
    } catch (thrown) {
      return { ...errorResult(id, thrown), thread };
    }
  }

  #end(index: number, result: NodeResult): void {
    this.#results.push(result);
    this.#options.onEnd?.(result);
    if (this.#options.failFast && isFailure(result) && this.#why === undefined) {
      this.#stop(`Skipped: ${result.id} failed, and the run is to fail fast.`);
      this.#cancel.abort(new Error(`cancelled: ${result.id} failed, and the run is to fail fast`));
    }
    const blocker = this.#blocked.get(index) ?? (isBlocking(result) ? this.#blockerOf(result) : undefined);
    for (const child of this.#children[index]!) {
      if (blocker !== undefined && !this.#blocked.has(child)) this.#blocked.set(child, blocker);
      this.#open[child]! -= 1;
      if (this.#open[child] === 0) this.#ready.add(child);
    }
  }

  /** What is skipped because the run stops keeps nobody else from anything: they are skipped for the same reason. */
  #blockerOf(result: NodeResult): string | undefined {
    return isFailure(result) || this.#why === undefined ? result.id : undefined;
  }
}

function whenAborted(signal: AbortSignal | undefined, act: () => void): void {
  if (signal?.aborted) act();
  else signal?.addEventListener('abort', act, { once: true });
}
