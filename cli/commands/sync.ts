import { runPipeline, syncUntilEqual } from '../../connectors/sync/index.ts';
import type { Invocation } from '../command.ts';
import { selectPipelines } from '../config/place.ts';
import { execute } from '../execution.ts';
import type { ExitCode } from '../exit.ts';

/** `millrace sync`: every selected pipeline once, from where it ended; `--until-equal`: until both sides are equal. */
export function run(invocation: Invocation): Promise<ExitCode> {
  const work = invocation.options.untilEqual ? syncUntilEqual : runPipeline;
  return execute(invocation, () => selectPipelines(invocation, invocation.args), work);
}
