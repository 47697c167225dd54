import { runPipeline } from '../../connectors/sync/index.ts';
import type { Invocation } from '../command.ts';
import { selectPipelines } from '../config/place.ts';
import { execute } from '../execution.ts';
import type { ExitCode } from '../exit.ts';

/** `millrace sync`: every selected pipeline once, from where it ended. */
export function run(invocation: Invocation): Promise<ExitCode> {
  return execute(invocation, () => selectPipelines(invocation, invocation.args), runPipeline);
}
