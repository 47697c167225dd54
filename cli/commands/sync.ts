import { millraceError, type PipelineId, type RunFinished } from '../../connectors/contract/index.ts';
import { type Pipeline, type RunOptions, runPipeline, syncUntilEqual } from '../../connectors/sync/index.ts';
import type { Invocation, Options } from '../command.ts';
import { openPipeline } from '../config/opening.ts';
import type { PipelineSpec } from '../config/pipeline-spec.ts';
import { selectPipelines } from '../config/place.ts';
import { execute } from '../execution.ts';
import type { ExitCode } from '../exit.ts';

/** `millrace sync`: every selected pipeline once, from where it ended; `--until-equal`: until both sides are equal. */
export function run(invocation: Invocation): Promise<ExitCode> {
  const { args, options } = invocation;
  const select = () => selectPipelines(invocation, args);
  if (!options.untilEqual) return execute(invocation, select, runPipeline);
  const relayed = new Map<PipelineId, Relayed>();
  const selectEnds = () => {
    requireBothHalves(options);
    const { pipelines, stateFile } = select();
    const whole = selectPipelines(invocation, args, { whole: true }).pipelines;
    for (const { id, writer } of pipelines) {
      const ahead = pipelines.find((one) => one.id === writer);
      if (ahead !== undefined) relayed.set(id, { ahead, ends: whole.find((one) => one.id === id)! });
    }
    return { pipelines: pipelines.filter(({ half }) => half !== 'source'), stateFile };
  };
  return execute(invocation, selectEnds, (pipeline, run, { id }) => untilEqual(pipeline, run, relayed.get(id)));
}

/** What belongs to the half at the destination: the half that writes what it reads, and both ends of the pipeline. */
interface Relayed {
  readonly ahead: PipelineSpec;
  readonly ends: PipelineSpec;
}

async function untilEqual(pipeline: Pipeline, run: RunOptions, relayed: Relayed | undefined): Promise<RunFinished> {
  if (relayed === undefined) return await syncUntilEqual(pipeline, run);
  await using ahead = openPipeline(relayed.ahead, run.emit);
  await using ends = openPipeline(relayed.ends, run.emit);
  return await syncUntilEqual(pipeline, run, { ahead, ends });
}

function requireBothHalves({ half }: Options): void {
  if (half === undefined) return;
  throw millraceError('config.invalid', '--until-equal compares both ends: it goes with both halves, not with --half');
}
