import { asMillraceError, type ErrorEnvelope, type MillraceError } from '../../connectors/contract/index.ts';
import { blameStatement } from '../adapter/statement-blame.ts';
import type { BatchResults, NodeResult, NodeStatus, Timing } from './result.ts';

/** A node made ready: what is sent to the database. */
export interface Compiled {
  readonly code?: string;
  readonly relation?: string;
}

/** What working on a node came to. */
export interface Executed {
  readonly status: NodeStatus;
  readonly message: string | null;
  readonly failures?: number;
  readonly response?: Readonly<Record<string, string | number>>;
  readonly relation?: string;
  /** Of a microbatch model. */
  readonly batches?: BatchResults;
  /** Where it failed without being thrown. */
  readonly error?: ErrorEnvelope;
}

/** The two parts of a node's work, timed apart. */
export interface NodeSteps<Ready extends Compiled> {
  compile(): Promise<Ready>;
  execute(compiled: Ready): Promise<Executed>;
}

/**
 * Runs a node on a thread and tells how long what took; what it throws is its result. Never throws.
 * @param at where people find what is sent: what the database refuses of it is the node's fault
 */
export async function runNode<Ready extends Compiled>(
  id: string,
  thread: number,
  steps: NodeSteps<Ready>,
  at?: string,
): Promise<NodeResult> {
  const clock = new Clock();
  let compiled: Ready | undefined;
  try {
    compiled = await clock.time('compile', () => steps.compile());
    const ready = compiled;
    const executed = await clock.time('execute', () => steps.execute(ready));
    return { ...result(id, thread, clock, compiled), response: {}, failures: null, ...executed };
  } catch (thrown) {
    const error = blamed(asMillraceError(thrown), at, compiled !== undefined).envelope();
    const failed = { status: 'error', message: error.message, failures: null, response: {}, error } as const;
    return { ...result(id, thread, clock, compiled), ...failed };
  }
}

/** Before there is a compiled file, the error itself knows the place. */
export function blamed(error: MillraceError, at: string | undefined, isCompiled: boolean): MillraceError {
  const place = isCompiled ? at : (error.at ?? at);
  if (place === undefined || error.retry !== 'never' || !error.code.startsWith('database.')) return error;
  return blameStatement(error, place);
}

function result(id: string, thread: number, clock: Clock, compiled: Compiled | undefined) {
  return {
    id,
    thread,
    timing: clock.timing,
    seconds: clock.seconds,
    ...(compiled?.code === undefined ? {} : { compiledCode: compiled.code }),
    ...(compiled?.relation === undefined ? {} : { relation: compiled.relation }),
  };
}

class Clock {
  readonly timing: Timing[] = [];
  readonly #begun = performance.now();

  get seconds(): number {
    return (performance.now() - this.#begun) / 1000;
  }

  async time<Result>(name: Timing['name'], work: () => Promise<Result>): Promise<Result> {
    const startedAt = new Date();
    try {
      return await work();
    } finally {
      this.timing.push({ name, startedAt, completedAt: new Date() });
    }
  }
}
