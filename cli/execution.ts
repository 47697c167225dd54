import { randomBytes } from 'node:crypto';
import {
  asMillraceError,
  type ErrorEnvelope,
  noCounts,
  type RunEvent,
  type RunFinished,
} from '../connectors/contract/index.ts';
import { LocalState } from '../connectors/state/index.ts';
import type { Pipeline } from '../connectors/sync/pipeline.ts';
import type { RunOptions } from '../connectors/sync/run.ts';
import type { Invocation } from './command.ts';
import { type OpenPipeline, openPipeline } from './config/opening.ts';
import type { PipelineSpec } from './config/pipeline-spec.ts';
import type { Selection } from './config/place.ts';
import { EXIT, type ExitCode, exitOfRun } from './exit.ts';
import { commandText } from './output/command-text.ts';
import { writeEvent } from './output/json-lines.ts';
import { type Renderer, renderer } from './output/renderer.ts';
import { mergeFinished, runSummary } from './output/run-summary.ts';
import { maskText, maskValue } from './output/secret.ts';
import { type Stopping, stopOnSignals } from './signal.ts';

/** What to do with one open pipeline; gives the terminal event. */
export type Work = (pipeline: Pipeline, options: RunOptions) => Promise<RunFinished>;

/**
 * Runs the selected pipelines one after the other, shows and remembers what happens, and gives the exit code. A pipeline that fails does not
 * keep the next from running; a signal does. Under `--json` exactly one `finished` ends the output.
 */
export async function execute(invocation: Invocation, select: () => Selection, work: Work): Promise<ExitCode> {
  const { terminal, options } = invocation;
  const say = (line: string) => options.quiet || terminal.err.write(`${maskText(line)}\n`);
  using stopping = stopOnSignals(say);
  const runs: RunFinished[] = [];
  try {
    const { pipelines, stateFile } = select();
    using state = new LocalState(stateFile, (message) => say(`note   ${message}`));
    for (const spec of pipelines) {
      if (stopping.drain.aborted) break;
      const finished = await runOne(invocation, spec, state, stopping, work);
      runs.push(finished);
      if (!options.json) showEnd(invocation, finished, stateFile);
    }
  } catch (thrown) {
    if (!options.json) throw thrown;
    runs.push(neverStarted(asMillraceError(thrown).envelope()));
  }
  const finished = mergeFinished(runs);
  if (options.json) writeEvent(terminal, finished);
  const asWished = finished.status === 'stopped' && finished.followed && !stopping.abort.aborted;
  return finished.status === 'ok' || asWished ? EXIT.ok : exitOfRun(finished, stopping.exit());
}

async function runOne(
  invocation: Invocation,
  spec: PipelineSpec,
  state: LocalState,
  { drain, abort }: Stopping,
  work: Work,
): Promise<RunFinished> {
  const run = newRunName(new Date());
  const shown = renderer(invocation.terminal, invocation.options);
  const emit = eventSink(shown, state, run, spec);
  state.begin(run, spec.id, spec.name, new Date().toISOString());
  try {
    await using pipeline = openPipeline(spec, emit);
    const only = spec.only === undefined ? {} : { only: spec.only };
    const { acceptDestructive } = invocation.options;
    const accepted = acceptDestructive === undefined ? {} : { acceptDestructive };
    const finished = await work(pipeline, { run, emit, drain, abort, ...only, ...accepted });
    await copyPositions(pipeline, state, finished, abort);
    return maskValue(finished);
  } catch (thrown) {
    const finished = { ...neverStarted(asMillraceError(thrown).envelope()), run, pipeline: spec.name };
    emit(finished);
    return finished;
  } finally {
    shown.close();
  }
}

function eventSink(shown: Renderer, state: LocalState, run: string, spec: PipelineSpec): (event: RunEvent) => void {
  return (event) => {
    shown.event(event);
    if (event.event !== 'progress') state.record(run, spec.id, maskValue(event));
  };
}

/** The cluster is awake now, unless the run ended before it got there: later looks at the positions need not wake it. */
async function copyPositions(
  { id, destination }: OpenPipeline,
  state: LocalState,
  { error, streams }: RunFinished,
  abort: AbortSignal,
): Promise<void> {
  const reached = streams.some(({ status }) => status !== 'waiting');
  if (!reached || error?.origin === 'environment' || abort.aborted) return;
  try {
    state.replacePositions(id, await destination.positions(abort), new Date().toISOString());
  } catch {
    // The run is over and told; the copy that came from its commits stays.
  }
}

/** Sorts by time and can be typed: `20260131-120431-3f9a`. */
export function newRunName(now: Date): string {
  const [day, time] = now.toISOString().slice(0, 19).replace(/[-:]/g, '').split('T');
  return `${day}-${time}-${randomBytes(2).toString('hex')}`;
}

function neverStarted(error: ErrorEnvelope): RunFinished {
  return {
    event: 'finished',
    at: new Date().toISOString(),
    run: '',
    pipeline: '',
    status: 'failed',
    seconds: 0,
    awakeSeconds: { source: 0, destination: 0 },
    counts: noCounts,
    bytes: 0,
    streams: [],
    error: maskValue(error),
  };
}

function showEnd({ terminal, options, words }: Invocation, finished: RunFinished, stateFile: string): void {
  const failed = finished.status !== 'ok' && !(finished.followed && finished.status === 'stopped');
  if (options.quiet && !failed) return;
  terminal.err.write(`${maskText(runSummary(terminal, finished))}\n`);
  if (!failed) return;
  if (options.debug && finished.error?.stack !== undefined) terminal.err.write(`${maskText(finished.error.stack)}\n`);
  terminal.err.write(`log    millrace history logs ${finished.run}  (${stateFile})\n`);
  terminal.err.write(`retry  ${maskText(commandText(words))}\n`);
}
