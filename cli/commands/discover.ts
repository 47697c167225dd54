import { type Column, type StreamSchema, streamText } from '../../connectors/contract/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import { openSource } from '../config/opening.ts';
import { selectConnection } from '../config/place.ts';
import { EXIT } from '../exit.ts';
import { noSignal, noticeSink } from '../inspection.ts';
import { formatBytes, formatRounded, plural } from '../output/format.ts';
import { textTable } from '../output/table.ts';

/** `millrace discover`: the tables of a connection with their columns. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const connection = selectConnection(invocation, invocation.args[0]);
  await using source = openSource(connection, { emit: noticeSink(invocation) });
  const schemas = await source.discover(invocation.options.tables ?? ['*'], noSignal);
  return {
    exit: EXIT.ok,
    summary: `${plural(schemas.length, 'table')} at ${connection.name}`,
    result: schemas,
    report:
      schemas.length === 0
        ? ''
        : textTable(['TABLE', 'ROWS', 'SIZE', 'COLUMNS', 'KEY', 'UNKNOWN TYPES'], schemas.map(row), [
            'ROWS',
            'SIZE',
            'COLUMNS',
          ]),
  };
}

function row({ stream, columns, key, rows, bytes }: StreamSchema): string[] {
  return [
    streamText(stream),
    rows === undefined ? '' : `~${formatRounded(rows)}`,
    bytes === undefined ? '' : formatBytes(bytes),
    String(columns.length),
    key?.join(', ') ?? 'none',
    columns
      .filter(({ type }) => type.kind === 'unknown')
      .map(unknownText)
      .join(', '),
  ];
}

function unknownText({ name, native }: Column): string {
  return native === undefined ? name : `${name} (${native})`;
}
