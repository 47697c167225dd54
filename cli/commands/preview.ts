import { previewStream } from '../../connectors/sync/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import { hiddenColumns } from '../config/hidden.ts';
import { openSource } from '../config/opening.ts';
import { selectConnection } from '../config/place.ts';
import { EXIT } from '../exit.ts';
import { noSignal, noticeSink } from '../inspection.ts';
import { clip, plural } from '../output/format.ts';
import { textTable } from '../output/table.ts';

const DEFAULT_ROWS = 5;
/** Longer values are cut in the table for people; `--json` has them whole. */
const CELL = 40;

/** `millrace preview`: the first rows of a table as they would flow. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const [table, place] = invocation.args as [string, string | undefined];
  const connection = selectConnection(invocation, place);
  await using source = openSource(connection, { emit: noticeSink(invocation) });
  const rows = invocation.options.limit ?? DEFAULT_ROWS;
  const masked = hiddenColumns(invocation, place, connection);
  const { columns, rows: found } = await previewStream(source, table, { rows, masked }, noSignal);
  return {
    exit: EXIT.ok,
    summary: `${plural(found.length, 'row')} of ${table}`,
    result: { columns, rows: found },
    report: textTable(
      columns,
      found.map((row) => row.map((value) => (value === null ? 'NULL' : clip(value, CELL)))),
    ),
  };
}
