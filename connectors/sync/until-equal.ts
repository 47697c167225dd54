import { type ErrorEnvelope, millraceError, type RunFinished } from '../contract/index.ts';
import { now } from './ledger.ts';
import type { Pipeline } from './pipeline.ts';
import { type RunOptions, runPipeline } from './run.ts';
import { type StreamVerify, verifyPipeline } from './verify.ts';

/** Runs after which tables that still differ will not become equal by another one: nobody writes to what is about to be cut over. */
const MOST_PASSES = 10;

/** A pipeline that reads what another one writes: that one, and both ends as one pipeline, which is only compared. */
export interface Relay {
  readonly ahead: Pipeline;
  readonly ends: Pipeline;
}

/**
 * Runs a pipeline, compares, and runs it again, until both sides are equal: the way to a cut-over while the last writes come in. It ends as
 * failed with `sync.not-equal` where a run that moved nothing leaves a difference. Gives the last run's end. Never throws for what fails in a run.
 */
export async function syncUntilEqual(pipeline: Pipeline, options: RunOptions, relay?: Relay): Promise<RunFinished> {
  const stop = AbortSignal.any([options.abort, options.drain]);
  for (let pass = 1; ; pass++) {
    const ahead = relay === undefined ? undefined : await runPipeline(relay.ahead, options);
    if (ahead !== undefined && ahead.status !== 'ok') return ahead;
    const finished = await runPipeline(pipeline, options);
    if (finished.status !== 'ok') return finished;
    const { only } = options;
    const { equal, streams } = await verifyPipeline(relay?.ends ?? pipeline, only === undefined ? {} : { only }, stop);
    if (equal) return finished;
    const left = streams.filter(({ status }) => status !== 'equal');
    const written = finished.counts.written + (ahead?.counts.written ?? 0);
    const still = written === 0 && left.some(({ status }) => status !== 'in-motion');
    if (still || pass === MOST_PASSES) return failed(finished, notEqual(left), options);
    const message = `not equal yet: ${left.map(({ stream }) => stream).join(', ')}; another run`;
    options.emit({ event: 'notice', at: now(), code: 'sync.not-equal', message });
  }
}

function notEqual(left: readonly StreamVerify[]): ErrorEnvelope {
  const words = left.map(({ stream, status, reason }) => `${stream} (${reason ?? status})`).join(', ');
  return millraceError('sync.not-equal', `nothing is left to move, and not equal: ${words}`, {
    at: left[0]!.stream,
  }).envelope();
}

/** The end of the last run becomes that of the whole, also for history. */
function failed(finished: RunFinished, error: ErrorEnvelope, { emit }: RunOptions): RunFinished {
  const last: RunFinished = { ...finished, at: now(), status: 'failed', error };
  emit(last);
  return last;
}
