import { runPipeline } from '../../connectors/sync/index.ts';
import type { Invocation } from '../command.ts';
import { selectPipeline } from '../config/place.ts';
import { execute } from '../execution.ts';
import type { ExitCode } from '../exit.ts';

/** `millrace stream`: one pipeline, from where it ended, until a signal. */
export function run(invocation: Invocation): Promise<ExitCode> {
  const select = () => {
    const { stateFile, ...pipeline } = selectPipeline(invocation, invocation.args);
    return { pipelines: [pipeline], stateFile };
  };
  return execute(invocation, select, (pipeline, options) => runPipeline(pipeline, { ...options, follow: true }));
}
