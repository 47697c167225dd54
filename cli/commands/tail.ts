import { type ShownChange, tailStream } from '../../connectors/sync/index.ts';
import type { Invocation } from '../command.ts';
import { hiddenColumns } from '../config/hidden.ts';
import { openSource } from '../config/opening.ts';
import { selectConnection } from '../config/place.ts';
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
  const masked = hiddenColumns(invocation, place, connection);
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
