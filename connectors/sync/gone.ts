import type { Comparer, Destination, RowKey, Target } from '../contract/index.ts';
import { compareTables } from './compare-tables.ts';
import { diffTables, type Side } from './diff.ts';

/** Keys looked up and removed at a time. */
const KEYS_AT_ONCE = 500;
/** Keys collected before any is removed: while the tables are compared both sides are busy with it, and memory is bounded by this. */
const KEYS_A_PASS = 50_000;

/** The two sides of a target, by their keys. */
interface Sides {
  readonly source: Side;
  readonly destination: Side;
}

/**
 * After a full read into `upsert` or `soft_delete`: rows of the target whose key is no longer at the source.
 * Found by comparing keys inside both databases, looked up once more at the source, then removed. Returns how many.
 */
export async function removeGone(
  source: Comparer | undefined,
  destination: Destination,
  target: Target,
  generation: number,
  where: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  if (source === undefined || destination.comparer === undefined || destination.remove === undefined) return 0;
  const tables = compareTables(target, where, 'key');
  const sides: Sides = {
    source: { comparer: source, table: tables.source },
    destination: { comparer: destination.comparer(), table: tables.destination },
  };
  for (let removed = 0; ; ) {
    const keys = await unmatched(sides, signal);
    let now = 0;
    for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
      const gone = await stillMissing(sides.source, keys.slice(at, at + KEYS_AT_ONCE), signal);
      if (gone.length > 0) now += await destination.remove(target, generation, gone, signal);
    }
    removed += now;
    if (keys.length < KEYS_A_PASS || now === 0) return removed;
  }
}

/** Keys that only the destination has, as many as one pass takes. */
async function unmatched({ source, destination }: Sides, signal: AbortSignal): Promise<RowKey[]> {
  const keys: RowKey[] = [];
  for await (const { kind, key } of diffTables(source, destination, signal)) {
    if (kind !== 'only-destination') continue;
    keys.push(key);
    if (keys.length === KEYS_A_PASS) break;
  }
  return keys;
}

async function stillMissing(
  { comparer, table }: Side,
  keys: readonly RowKey[],
  signal: AbortSignal,
): Promise<RowKey[]> {
  const found = await comparer.fetch(table, keys, signal);
  return keys.filter((key) => !found.has(JSON.stringify(key)));
}
