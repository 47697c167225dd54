import { reloadStream } from '../../connectors/sync/index.ts';
import type { Invocation } from '../command.ts';
import { selectPipeline } from '../config/place.ts';
import { execute } from '../execution.ts';
import type { ExitCode } from '../exit.ts';

/** `millrace reload`: one table of one pipeline again. */
export function run(invocation: Invocation): Promise<ExitCode> {
  const [table, ...places] = invocation.args as [string, ...string[]];
  const select = () => {
    const { stateFile, ...pipeline } = selectPipeline(invocation, places, false);
    return { pipelines: [pipeline], stateFile };
  };
  return execute(invocation, select, (pipeline, options) =>
    reloadStream(pipeline, table, invocation.options.where, options),
  );
}
