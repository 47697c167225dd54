import { runPipeline } from '../../connectors/sync/index.ts';
import type { Invocation } from '../command.ts';
import { selectWithHalves } from '../config/place.ts';
import { executeFollowed } from '../execution.ts';
import type { ExitCode } from '../exit.ts';

/** `millrace stream`: one pipeline, from where it ended, until a signal. */
export function run(invocation: Invocation): Promise<ExitCode> {
  const select = () => selectWithHalves(invocation, invocation.args);
  return executeFollowed(invocation, select, (pipeline, options) =>
    runPipeline(pipeline, { ...options, follow: true }),
  );
}
