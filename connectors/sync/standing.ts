import {
  type Comparer,
  type ReadRequest,
  type StandingRows,
  type StreamRequest,
  streamText,
  type Target,
} from '../contract/index.ts';
import { type DiffSizes, diffTables, facing, newTally, type Side } from './diff.ts';
import type { Pipeline } from './pipeline.ts';
import { spelledSides } from './spelling.ts';
import { comparedTables } from './verify-table.ts';

/** Few rows of a part leave the databases for each row that differs: a run pays for what it reads, and most rows are as they were. */
export const fewRows: DiffSizes = { partRows: 4_096, partsAtOnce: 64, leafRows: 64, fanOut: 64, rowsAtOnce: 16_384 };

/** How a source compares itself with what the destination holds; undefined where that holds no rows that could be compared. */
export function standingRows(
  { destination }: Pick<Pipeline, 'destination'>,
  targets: readonly Target[],
  requests: readonly StreamRequest[],
): ReadRequest['standing'] {
  if (destination.comparer === undefined) return undefined;
  return async (stream, ours, signal) => {
    const at = targets.findIndex((target) => streamText(target.source.stream) === streamText(stream));
    return await differing(destination, targets[at]!, requests[at]!, ours, signal);
  };
}

async function differing(
  destination: Pipeline['destination'],
  target: Target,
  request: StreamRequest,
  ours: Comparer,
  signal: AbortSignal,
): Promise<StandingRows> {
  const compared = await comparedTables({ source: { comparer: () => ours }, destination }, target, request, signal);
  if ('reason' in compared) return { refused: compared.reason };
  const unseen = compared.leftOut.find(({ reason }) => reason !== 'not at the source');
  if (unseen !== undefined) return { refused: `column ${unseen.column} cannot be compared: ${unseen.reason}` };
  const partial = await partialColumns(compared, signal);
  if (partial.length > 0) {
    return { refused: `the two databases write ${partial.join(', ')} in different ways and cannot compare all of it` };
  }
  return { differences: diffTables(compared.source, compared.destination, signal, newTally(), fewRows) };
}

/** Columns in which a difference may not be seen. */
async function partialColumns(
  { source, destination }: { readonly source: Side; readonly destination: Side },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const sides = await facing(source, destination, signal);
  const { digested } = await spelledSides(sides.source, sides.destination, signal);
  return digested.source.comparer.partial(digested.source.table, signal);
}
