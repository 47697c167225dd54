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
import { type RunOptions, runPipeline } from '../connectors/sync/run.ts';
import type { Invocation } from './command.ts';
import { type OpenPipeline, openPipeline } from './config/opening.ts';
import type { PipelineSpec } from './config/pipeline-spec.ts';
import type { Selection } from './config/place.ts';
import { EXIT, type ExitCode, exitOfRun } from './exit.ts';
import { commandText } from './output/command-text.ts';
import { HalfLines } from './output/half-lines.ts';
import { writeEvent } from './output/json-lines.ts';
import { type Renderer, renderer } from './output/renderer.ts';
import { mergeFinished, runSummary } from './output/run-summary.ts';
import { maskText, maskValue } from './output/secret.ts';
import { type Stopping, stopOnSignals } from './signal.ts';

/** What to do with one open pipeline; gives the terminal event. */
export type Work = (pipeline: Pipeline, options: RunOptions, spec: PipelineSpec) => Promise<RunFinished>;

/** Runs what was selected with what stops it, and gives the terminal event of each run. */
type Runs = (pipelines: readonly PipelineSpec[], state: LocalState, stopping: Stopping) => AsyncIterable<RunFinished>;

/**
 * Runs the selected pipelines one after the other, shows and remembers what happens, and gives the exit code. A pipeline that fails does not
 * keep the next from running; a signal does. Under `--json` exactly one `finished` ends the output.
 */
export function execute(invocation: Invocation, select: () => Selection, work: Work): Promise<ExitCode> {
  return executeRuns(invocation, select, async function* (pipelines, state, stopping) {
    const shown = () => renderer(invocation.terminal, invocation.options);
    for (const spec of pipelines) {
      if (stopping.drain.aborted) return;
      yield await runOne(invocation, spec, state, stopping, work, shown());
    }
  });
}

/**
 * Runs one pipeline that is followed. Of one with a relay the half at the source is run to its end first, so that there is something to follow
 * behind it; then both side by side, and one that ends ends the other.
 */
export function executeFollowed(invocation: Invocation, select: () => Selection, work: Work): Promise<ExitCode> {
  return executeRuns(invocation, select, async function* (pipelines, state, stopping) {
    const [first, second] = pipelines as readonly [PipelineSpec, PipelineSpec?];
    const show = () => renderer(invocation.terminal, invocation.options);
    if (second === undefined) return yield await runOne(invocation, first, state, stopping, work, show());
    const filled = await runOne(invocation, first, state, stopping, runPipeline, show());
    yield filled;
    if (filled.status !== 'ok') return;
    const over = new AbortController();
    const either = { ...stopping, drain: AbortSignal.any([stopping.drain, over.signal]) };
    const side = async (spec: PipelineSpec) => {
      const finished = await runOne(invocation, spec, state, either, work, new HalfLines(invocation, spec));
      over.abort();
      return finished;
    };
    yield* await Promise.all([side(first), side(second)]);
  });
}

async function executeRuns(invocation: Invocation, select: () => Selection, start: Runs): Promise<ExitCode> {
  const { terminal, options } = invocation;
  const say = (line: string) => options.quiet || terminal.err.write(`${maskText(line)}\n`);
  using stopping = stopOnSignals(say);
  const runs: RunFinished[] = [];
  try {
    const { pipelines, stateFile } = select();
    using state = new LocalState(stateFile, (message) => say(`note   ${message}`));
    for await (const finished of start(pipelines, state, stopping)) {
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
  { drain, abort }: Pick<Stopping, 'drain' | 'abort'>,
  work: Work,
  shown: Renderer,
): Promise<RunFinished> {
  const run = newRunName(new Date());
  const emit = eventSink(shown, state, run, spec);
  state.begin(run, spec.id, spec.name, new Date().toISOString());
  try {
    await using pipeline = openPipeline(spec, emit);
    const only = spec.only === undefined ? {} : { only: spec.only };
    const { acceptDestructive } = invocation.options;
    const accepted = acceptDestructive === undefined ? {} : { acceptDestructive };
    const finished = await work(pipeline, { run, emit, drain, abort, ...only, ...accepted }, spec);
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
