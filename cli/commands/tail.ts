import { matchesStream, type StreamName } from '../../connectors/contract/index.ts';
import { type ShownChange, tailStream } from '../../connectors/sync/index.ts';
import type { Invocation } from '../command.ts';
import { openSource } from '../config/opening.ts';
import { requireProject, selectConnection } from '../config/place.ts';
import { isUrl } from '../config/url.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { noSignal, noticeSink } from '../inspection.ts';
import { changeText } from '../output/change-text.ts';
import { maskText } from '../output/secret.ts';
import { reportTerminal } from '../terminal.ts';

/** `millrace tail`: changes of a table or topic as they come. */
export async function run(invocation: Invocation): Promise<ExitCode> {
  const [table, place] = invocation.args as [string, string | undefined];
  const { terminal, options } = invocation;
  const connection = selectConnection(invocation, place);
  const fromUrl = place !== undefined && isUrl(place);
  const masked = (stream: StreamName, home: string | undefined) =>
    fromUrl ? new Set<string>() : maskedColumns(invocation, connection.name, stream, home);
  const shown = reportTerminal(terminal);
  const line = (change: ShownChange) => (options.json ? JSON.stringify(change) : changeText(shown, change));
  await using source = openSource(connection, { emit: noticeSink(invocation) });
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  if (!options.quiet) terminal.err.write(`changes of ${table} from now on; Ctrl-C ends it\n`);
  for await (const change of tailStream(source, table, { masked }, noSignal)) {
    terminal.out.write(`${maskText(line(change))}\n`);
    if (--left <= 0) break;
  }
  return EXIT.ok;
}

/** What pipelines of the project hide of the table is not shown here either. */
function maskedColumns(
  invocation: Invocation,
  connection: string,
  stream: StreamName,
  home: string | undefined,
): Set<string> {
  const own = [...requireProject(invocation).pipelines.values()].filter(({ from }) => from === connection);
  const isMeant = (pattern: string) => matchesStream(pattern, stream, home);
  const all = own.flatMap((pipeline) => [
    pipeline,
    ...pipeline.streams.filter((entry) => typeof entry !== 'string').filter((entry) => isMeant(entry.name)),
  ]);
  return new Set(all.flatMap(({ hash = [], mask = [] }) => [...hash, ...mask]));
}
