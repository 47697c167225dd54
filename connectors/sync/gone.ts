import type { Comparer, CompareTable, Destination, RowKey, Source, Target } from '../contract/index.ts';
import { compareTables } from './compare-tables.ts';
import { diffTables } from './diff.ts';

/** Keys looked up and removed at a time. */
const KEYS_AT_ONCE = 500;

/**
 * After a full read into `upsert` or `soft_delete`: rows of the target whose key is no longer at the source.
 * Found by comparing keys inside both databases, looked up once more at the source, then removed. Returns how many.
 */
export async function removeGone(
  source: Source,
  destination: Destination,
  target: Target,
  where: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  if (source.comparer === undefined || destination.comparer === undefined || destination.remove === undefined) return 0;
  const sides = { source: source.comparer(), destination: destination.comparer() };
  const tables = compareTables(target, where, 'key');
  let removed = 0;
  let keys: RowKey[] = [];
  const flush = async () => {
    const gone = await stillMissing(sides.source, tables.source, keys, signal);
    if (gone.length > 0) removed += await destination.remove!(target, gone, signal);
    keys = [];
  };
  for await (const difference of diffTables(
    { comparer: sides.source, table: tables.source },
    { comparer: sides.destination, table: tables.destination },
    signal,
  )) {
    if (difference.kind !== 'only-destination') continue;
    keys.push(difference.key);
    if (keys.length >= KEYS_AT_ONCE) await flush();
  }
  if (keys.length > 0) await flush();
  return removed;
}

async function stillMissing(
  source: Comparer,
  table: CompareTable,
  keys: readonly RowKey[],
  signal: AbortSignal,
): Promise<RowKey[]> {
  const found = await source.fetch(table, keys, signal);
  return keys.filter((key) => !found.has(JSON.stringify(key)));
}
