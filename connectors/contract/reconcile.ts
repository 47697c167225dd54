import { millraceError } from './errors.ts';
import { addCounts, balanced, type Counts, type LaneId, noCounts } from './position.ts';

/**
 * Invariant 4: every row that was handed over is written, superseded, applied before or rejected. Writers ask before they commit, the engine
 * after. Throws `reconcile.mismatch`.
 */
export function requireReconciled(lane: LaneId, rows: number, streams: ReadonlyMap<string, Counts>): void {
  const counts = [...streams.values()].reduce(addCounts, noCounts);
  if (counts.read === rows && balanced(counts)) return;
  throw millraceError('reconcile.mismatch', `lane ${lane}: ${rows} rows read, but ${JSON.stringify(counts)}`, {
    at: lane,
  });
}
