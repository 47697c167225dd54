import { reloadStream, runPipeline } from '../../connectors/sync/index.ts';
import type { Invocation } from '../command.ts';
import { selectWithHalves } from '../config/place.ts';
import { execute } from '../execution.ts';
import type { ExitCode } from '../exit.ts';

/** `millrace reload`: one table of one pipeline again. */
export function run(invocation: Invocation): Promise<ExitCode> {
  const [table, ...places] = invocation.args as [string, ...string[]];
  const select = () => selectWithHalves(invocation, places, { narrow: false });
  // Behind a relay the rows are changes as others are.
  return execute(invocation, select, (pipeline, options, { half }) =>
    half === 'destination'
      ? runPipeline(pipeline, options)
      : reloadStream(pipeline, table, invocation.options.where, options),
  );
}
