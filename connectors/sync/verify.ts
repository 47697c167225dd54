import { MillraceError, streamText, type Target } from '../contract/index.ts';
import { facing, newTally, type Side } from './diff.ts';
import type { Pipeline } from './pipeline.ts';
import { resolvePipeline } from './resolve.ts';
import { spelledSides, withOwnTexts } from './spelling.ts';
import { type RowDifference, rowDifference } from './verify-sample.ts';
import { type DifferenceCounts, type Sides, settled } from './verify-settle.ts';
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

const DEFAULTS = { samples: 20, settleSeconds: 3, maxDifferences: 1_000 };

/** Compares each stream's rows at the source with those at the destination. Throws what `resolvePipeline` and the databases throw. */
export async function verifyPipeline(
  pipeline: Pipeline,
  options: VerifyOptions,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const { request, targets, parked } = await resolvePipeline(pipeline, signal, { only: options.only });
  const streams: StreamVerify[] = parked.map(({ stream, table, error }) =>
    notComparable({ stream: streamText(stream), table: streamText(table) }, { reason: error.message, leftOut: [] }),
  );
  for (const [i, target] of targets.entries()) {
    const compare = async () => {
      const compared = await comparedTables(pipeline, target, request.streams[i]!, signal);
      return await verifyStream(target, compared, { ...DEFAULTS, ...options }, signal);
    };
    streams.push(await compare().catch((thrown: unknown) => notRead(target, thrown)));
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
  const names = namesOf(target);
  if ('reason' in compared) return notComparable(names, compared);
  const sides = await facing(compared.source, compared.destination, signal);
  const { digested, spelled } = await spelledSides(sides.source, sides.destination, signal);
  const partial = await digested.source.comparer.partial(digested.source.table, signal);
  const looked = spelled === undefined ? sides : withTexts(sides, digested);
  if (looked.source.table.key.length === 0) {
    return notComparable(names, { reason: 'checksums tell none of its columns apart', leftOut: compared.leftOut });
  }
  const tally = newTally();
  const { counts, more, samples } = await settled(looked, { ...limits, keysAtOnce: keysAtOnce(target) }, tally, signal);
  return {
    ...names,
    status: statusOf(counts),
    ...(more ? {} : { rows: { source: tally.sourceRows, destination: tally.destinationRows } }),
    differences: counts,
    more,
    samples: samples.map((row) => rowDifference(looked.source.table, row)),
    leftOut: compared.leftOut,
    partial,
  };
}

/** A table that cannot be read is one of many: nothing is said of it, and the others are compared. Throws what concerns all of them. */
function notRead(target: Target, thrown: unknown): StreamVerify {
  if (!(thrown instanceof MillraceError) || thrown.retry !== 'never') throw thrown;
  if (thrown.origin === 'internal' || thrown.code.startsWith('connect.')) throw thrown;
  return notComparable(namesOf(target), { reason: thrown.message, leftOut: [] });
}

function statusOf({ onlySource, onlyDestination, different, inMotion }: DifferenceCounts): VerifyStatus {
  if (onlySource + onlyDestination + different > 0) return 'different';
  return inMotion > 0 ? 'in-motion' : 'equal';
}

function namesOf({ source, table }: Target): Pick<StreamVerify, 'stream' | 'table'> {
  return { stream: streamText(source.stream), table: streamText(table) };
}

/** Keys whose rows are held in memory together: some 16 MiB, by the size that the source says its rows have. */
function keysAtOnce({ source: { rows = 0, bytes = 0 } }: Target): number {
  const rowBytes = rows > 0 ? bytes / rows : 0;
  return Math.max(1, Math.min(500, Math.floor((16 * 1024 * 1024) / Math.max(1, rowBytes))));
}

function notComparable(
  names: Pick<StreamVerify, 'stream' | 'table'>,
  { reason, leftOut }: Pick<Extract<Compared, { reason: string }>, 'reason' | 'leftOut'>,
): StreamVerify {
  const differences = { onlySource: 0, onlyDestination: 0, different: 0, inMotion: 0 };
  return { ...names, status: 'not-comparable', reason, differences, more: false, samples: [], leftOut, partial: [] };
}

/**
 * Sides that give each value in their own spelling; `diffTables` lets them face each other again. What stands for the key of a
 * table without one are the columns that checksums tell apart.
 */
function withTexts({ source, destination }: Sides, digested: Sides): Sides {
  const spelling = ({ comparer, table }: Side, whole: Side) => {
    const names = new Set(whole.table.columns.map(({ name }) => name));
    return { comparer, table: withOwnTexts({ ...table, key: table.key.filter((name) => names.has(name)) }) };
  };
  return { source: spelling(source, digested.source), destination: spelling(destination, digested.destination) };
}
