import { millraceError } from '../../connectors/contract/index.ts';
import { reloadStream } from '../../connectors/sync/index.ts';
import type { Invocation } from '../command.ts';
import { selectPipelines } from '../config/place.ts';
import { execute } from '../execution.ts';
import type { ExitCode } from '../exit.ts';

/** `millrace reload`: one table of one pipeline again. */
export function run(invocation: Invocation): Promise<ExitCode> {
  const [table, ...places] = invocation.args as [string, ...string[]];
  const urls = { ...invocation, options: { ...invocation.options, tables: [table] } };
  const select = () => {
    const selection = selectPipelines(urls, places);
    if (selection.pipelines.length === 1) return selection;
    const names = selection.pipelines.map(({ name }) => name).join(', ');
    throw millraceError('config.invalid', `several pipelines: ${names}`, { fix: 'Name the one to reload.' });
  };
  return execute(invocation, select, ({ ...pipeline }, options) =>
    reloadStream(pipeline, table, invocation.options.where, options),
  );
}
