import { setTimeout as pause } from 'node:timers/promises';
import type { RowKey } from '../contract/index.ts';
import { type DiffTally, diffTables, type Side } from './diff.ts';
import { type Look, type Looked, look, unchanged } from './verify-look.ts';

export interface Sides {
  readonly source: Side;
  readonly destination: Side;
}

export interface DifferenceCounts {
  readonly onlySource: number;
  readonly onlyDestination: number;
  readonly different: number;
  readonly inMotion: number;
}

export interface SettleLimits {
  readonly samples: number;
  readonly settleSeconds: number;
  readonly maxDifferences: number;
  readonly keysAtOnce: number;
}

/** The differences that stay, a key once each. */
export interface Settled {
  readonly counts: DifferenceCounts;
  readonly samples: readonly Looked[];
  /** The comparison ended at `maxDifferences`. */
  readonly more: boolean;
}

/** Looks at each differing key, at most. */
const LOOKS = 4;

/** Compares two sides and looks at what differs until it is equal, stays or keeps moving. */
export async function settled(
  sides: Sides,
  { samples, settleSeconds, maxDifferences, keysAtOnce }: SettleLimits,
  tally: DiffTally,
  signal: AbortSignal,
): Promise<Settled> {
  const counts = { onlySource: 0, onlyDestination: 0, different: 0, inMotion: 0 };
  const shown: Looked[] = [];
  const counted = new Set<string>();
  const waiting = new Map<string, RowKey>();
  const settleWaiting = async () => {
    const { confirmed, moving } = await settle({ ...sides, keys: [...waiting.values()] }, settleSeconds, signal);
    waiting.clear();
    for (const looked of confirmed) counts[kindOf(looked)]++;
    counts.inMotion += moving.length;
    shown.push(...confirmed.slice(0, samples - shown.length));
    for (const { key } of [...confirmed, ...moving]) counted.add(JSON.stringify(key));
  };
  for await (const { key } of diffTables(sides.source, sides.destination, signal, tally)) {
    const text = JSON.stringify(key);
    if (!counted.has(text)) waiting.set(text, key);
    if (waiting.size >= Math.min(keysAtOnce, maxDifferences - counted.size)) await settleWaiting();
    if (counted.size >= maxDifferences) return { counts, samples: shown, more: true };
  }
  if (waiting.size > 0) await settleWaiting();
  return { counts, samples: shown, more: false };
}

function kindOf({ source, destination }: Looked): keyof DifferenceCounts {
  if (destination.length === 0) return 'onlySource';
  return source.length === 0 ? 'onlyDestination' : 'different';
}

/**
 * Looks at differing keys until each is equal, or differs while the source's row stands still between two looks: a change that is
 * on its way arrives meanwhile. What still moves after the last look is in motion.
 */
async function settle(
  at: Look,
  settleSeconds: number,
  signal: AbortSignal,
): Promise<{ confirmed: Looked[]; moving: Looked[] }> {
  const confirmed: Looked[] = [];
  let moving = await look(at, signal);
  for (let n = 1; n < LOOKS && moving.length > 0; n++) {
    await pause(settleSeconds * 1000, undefined, { signal });
    const before = new Map(moving.map((looked) => [JSON.stringify(looked.key), looked]));
    const again = await look({ ...at, keys: moving.map(({ key }) => key) }, signal);
    const stood = Map.groupBy(again, (looked) =>
      unchanged(at.source.table, before.get(JSON.stringify(looked.key))!, looked),
    );
    confirmed.push(...(stood.get(true) ?? []));
    moving = stood.get(false) ?? [];
  }
  return { confirmed, moving };
}
