import { matchesStream, streamText } from '../../connectors/contract/index.ts';
import { LocalState } from '../../connectors/state/index.ts';
import { type Pipeline, resolvePipeline } from '../../connectors/sync/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import { selectWithHalves } from '../config/place.ts';
import { EXIT } from '../exit.ts';
import { inspect, noSignal } from '../inspection.ts';
import { plural } from '../output/format.ts';
import { confirm } from '../output/prompt.ts';

/** `millrace position reset`: lists what is forgotten first. With `--tables` only these streams of a project's pipeline. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { terminal, options, args } = invocation;
  const { pipelines, stateFile } = selectWithHalves(invocation, args);
  using state = new LocalState(stateFile, (message) => terminal.err.write(`note   ${message}\n`));
  const outcomes = await inspect(invocation, pipelines, async (pipeline, { only }) => {
    const { id, name, destination } = pipeline;
    const before = await destination.positions(noSignal);
    const head = `${name}: ${plural(before.lanes.size, 'lane')} of ${plural(before.streams.size, 'table')} at the destination`;
    const list = [head, ...[...before.streams.keys()].map((stream) => `  ${stream}`)].join('\n');
    if (!options.quiet) terminal.err.write(`${list}\n`);
    const what = only === undefined ? 'all of them' : only.join(', ');
    const question = `Forget the positions of ${what}? Tables of rows stay; the next sync reads again.`;
    if (!(await confirm(terminal, options, question))) return { reset: false, lanes: before.lanes.size };
    await reset(pipeline, only);
    const after = await destination.positions(noSignal);
    state.replacePositions(id, after, new Date().toISOString());
    return { reset: true, lanes: before.lanes.size - after.lanes.size };
  });
  const lanes = outcomes.reduce((sum, one) => sum + (one.reset ? one.lanes : 0), 0);
  const summary = outcomes.some((one) => one.reset) ? `${plural(lanes, 'lane')} forgotten` : 'nothing was changed';
  return { exit: EXIT.ok, summary, result: outcomes.length === 1 ? outcomes[0] : outcomes, report: '' };
}

async function reset(pipeline: Pipeline, only: readonly string[] | undefined): Promise<void> {
  if (only === undefined) return await pipeline.destination.reset(undefined, noSignal);
  const { targets, parked } = await resolvePipeline(pipeline, noSignal);
  const { home } = pipeline.source;
  const streams = [...targets.map(({ source }) => source.stream), ...parked.map(({ stream }) => stream)].filter(
    (stream) => only.some((pattern) => matchesStream(pattern, stream, home)),
  );
  for (const stream of streams.sort((a, b) => (streamText(a) < streamText(b) ? -1 : 1))) {
    await pipeline.destination.reset(stream, noSignal);
  }
}
