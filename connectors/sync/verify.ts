import { setTimeout as pause } from 'node:timers/promises';
import { streamText, type Target } from '../contract/index.ts';
import { type DiffTally, diffTables, facing, newTally, type Side } from './diff.ts';
import type { Pipeline } from './pipeline.ts';
import { resolvePipeline } from './resolve.ts';
import { type Look, type Looked, look, unchanged } from './verify-look.ts';
import { type RowDifference, rowDifference } from './verify-sample.ts';
import { type Compared, comparedTables, type LeftOut } from './verify-table.ts';

export interface VerifyOptions {
  /** Names or patterns of the streams to compare; all without it. */
  readonly only?: readonly string[];
  /** Differing rows of each stream that are given with their values. */
  readonly samples?: number;
  /** Seconds after which a difference is looked at again: as long as changes take to arrive. */
  readonly settleSeconds?: number;
  /** A stream's comparison ends at this many differences. */
  readonly maxDifferences?: number;
}

export interface VerifyReport {
  readonly streams: readonly StreamVerify[];
  /** Whether every stream is `equal`. */
  readonly equal: boolean;
}

/**
 * `different`: rows differ, and did so again after a pause in which the source's row did not change.
 * `in-motion`: rows differ, but the source's rows changed at each look.
 * `not-comparable`: nothing can be said; `reason` says why.
 */
export type VerifyStatus = 'equal' | 'different' | 'in-motion' | 'not-comparable';

export interface StreamVerify {
  readonly stream: string;
  readonly table: string;
  readonly status: VerifyStatus;
  readonly reason?: string;
  /** Rows compared; absent where the comparison ended before it had seen all. */
  readonly rows?: { readonly source: number; readonly destination: number };
  readonly differences: DifferenceCounts;
  /** There may be more: the comparison ended at `maxDifferences`. */
  readonly more: boolean;
  readonly samples: readonly RowDifference[];
  /** Columns that were not compared. */
  readonly leftOut: readonly LeftOut[];
  /** Columns compared only in part, because these two databases write the same value differently. */
  readonly partial: readonly string[];
}

export interface DifferenceCounts {
  readonly onlySource: number;
  readonly onlyDestination: number;
  readonly different: number;
  readonly inMotion: number;
}

const DEFAULTS = { samples: 20, settleSeconds: 3, maxDifferences: 1_000 };

/** Looks at rows in motion. */
const LOOKS = 4;

/** Keys looked at together. */
const KEYS_AT_ONCE = 500;

/** Compares each stream's rows at the source with those at the destination. Throws what `resolvePipeline` and the databases throw. */
export async function verifyPipeline(
  pipeline: Pipeline,
  options: VerifyOptions,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const { request, targets } = await resolvePipeline(pipeline, signal, options.only);
  const streams: StreamVerify[] = [];
  for (const [i, target] of targets.entries()) {
    const compared = await comparedTables(pipeline, target, request.streams[i]!, signal);
    streams.push(await verifyStream(target, compared, { ...DEFAULTS, ...options }, signal));
  }
  return { streams, equal: streams.every((stream) => stream.status === 'equal') };
}

type Limits = Required<Omit<VerifyOptions, 'only'>>;

async function verifyStream(
  target: Target,
  compared: Compared,
  limits: Limits,
  signal: AbortSignal,
): Promise<StreamVerify> {
  const names = { stream: streamText(target.source.stream), table: streamText(target.table) };
  if ('reason' in compared) {
    const { reason, leftOut } = compared;
    const none = { differences: noDifferences, more: false, samples: [], leftOut, partial: [] };
    return { ...names, status: 'not-comparable', reason, ...none };
  }
  const sides = await facing(compared.source, compared.destination, signal);
  const tally = newTally();
  const found = await persistent(sides, tally, limits, signal);
  const counts = countsOf(found.confirmed, found.moving.length);
  const partial = await sides.source.comparer.partial(sides.source.table, signal);
  return {
    ...names,
    status: found.confirmed.length > 0 ? 'different' : found.moving.length > 0 ? 'in-motion' : 'equal',
    ...(found.more ? {} : { rows: { source: tally.sourceRows, destination: tally.destinationRows } }),
    differences: counts,
    more: found.more,
    samples: found.confirmed.slice(0, limits.samples).map((looked) => rowDifference(sides.source.table, looked)),
    leftOut: compared.leftOut,
    partial,
  };
}

const noDifferences: DifferenceCounts = { onlySource: 0, onlyDestination: 0, different: 0, inMotion: 0 };

function countsOf(confirmed: readonly Looked[], inMotion: number): DifferenceCounts {
  const count = (test: (looked: Looked) => boolean) => confirmed.filter(test).length;
  const onlySource = count(({ destination }) => destination.length === 0);
  const onlyDestination = count(({ source }) => source.length === 0);
  return { onlySource, onlyDestination, different: confirmed.length - onlySource - onlyDestination, inMotion };
}

interface Found {
  readonly confirmed: Looked[];
  readonly moving: Looked[];
  more: boolean;
}

/** The differences that stay, a key once each. */
async function persistent(
  sides: { source: Side; destination: Side },
  tally: DiffTally,
  { maxDifferences, settleSeconds }: Limits,
  signal: AbortSignal,
): Promise<Found> {
  const found: Found = { confirmed: [], moving: [], more: false };
  let keys: Look['keys'][number][] = [];
  const settleKeys = async () => {
    const { confirmed, moving } = await settle({ ...sides, keys }, settleSeconds, signal);
    found.confirmed.push(...confirmed);
    found.moving.push(...moving);
    keys = [];
  };
  const { source, destination } = sides;
  let last: string | undefined;
  for await (const { key } of diffTables(source, destination, signal, tally)) {
    if (last === JSON.stringify(key)) continue;
    last = JSON.stringify(key);
    keys.push(key);
    const known = found.confirmed.length + found.moving.length;
    if (keys.length >= Math.min(KEYS_AT_ONCE, maxDifferences - known)) await settleKeys();
    found.more = found.confirmed.length + found.moving.length >= maxDifferences;
    if (found.more) return found;
  }
  if (keys.length > 0) await settleKeys();
  return found;
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
    const stood = Map.groupBy(again, (looked) => unchanged(before.get(JSON.stringify(looked.key))!, looked));
    confirmed.push(...(stood.get(true) ?? []));
    moving = stood.get(false) ?? [];
  }
  return { confirmed, moving };
}
