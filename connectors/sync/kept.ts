import { type KeptRowsOf, type StreamRequest, streamText } from '../contract/index.ts';
import { diffTables, newTally } from './diff.ts';
import type { Pipeline } from './pipeline.ts';
import { fewRows } from './standing.ts';

/** What a source compares itself with where the destination's own rows tell nothing, or not of all columns. */
export function keptRows(
  { kept, destination }: Pick<Pipeline, 'kept' | 'destination'>,
  requests: readonly StreamRequest[],
): KeptRowsOf | undefined {
  if (kept === undefined) return undefined;
  return (stream) => {
    const name = streamText(stream);
    const request = requests.find((one) => streamText(one.stream) === name);
    const isHidden = Object.keys(request?.protect ?? {}).length > 0;
    if (destination.comparer !== undefined && !isHidden) return undefined;
    const store = kept.of(name);
    return {
      store,
      differences: (ours, table, shape, signal) =>
        diffTables({ comparer: ours, table }, { comparer: store.comparer(shape), table }, signal, newTally(), fewRows),
    };
  };
}
