import {
  type Comparer,
  type CompareTable,
  type Difference,
  type HashName,
  millraceError,
  type Part,
  streamText,
} from '../contract/index.ts';
import { mergeRows } from './diff-merge.ts';
import { cutBuckets, cutRange, type Span } from './part.ts';
import { type Axis, axisOf } from './part-axis.ts';
import { meanings, spelledSides } from './spelling.ts';

export interface Side {
  readonly comparer: Comparer;
  readonly table: CompareTable;
}

/** What a comparison cost, and how many rows there are; filled in while it runs. */
export interface DiffTally {
  sourceRows: number;
  destinationRows: number;
  /** Row digests that left the databases. */
  rowsRead: number;
  /** Questions to both databases. */
  questions: number;
}

export interface DiffSizes {
  /** Rows of a part of the first cut. */
  readonly partRows: number;
  /** Parts digested by one question. */
  readonly partsAtOnce: number;
  /** A part of more rows that differs is cut again, into `fanOut` ones. */
  readonly leafRows: number;
  readonly fanOut: number;
  /** Rows compared one by one by one question. */
  readonly rowsAtOnce: number;
}

const defaultSizes: DiffSizes = { partRows: 16_384, partsAtOnce: 64, leafRows: 2_048, fanOut: 16, rowsAtOnce: 65_536 };

export function newTally(): DiffTally {
  return { sourceRows: 0, destinationRows: 0, rowsRead: 0, questions: 0 };
}

/** A comparison under way. */
interface Diff {
  readonly source: Side;
  readonly destination: Side;
  readonly hash: HashName;
  readonly axis: Axis | undefined;
  /** Both sides with the columns that only texts tell apart, where there are any and both have texts. */
  readonly spelled: { readonly source: Side; readonly destination: Side } | undefined;
  readonly tally: DiffTally;
  readonly sizes: DiffSizes;
  readonly signal: AbortSignal;
}

/** A part, whether its digests are equal, and its rows on each side. */
interface Digested {
  readonly part: Part;
  readonly equal: boolean;
  readonly rows: { readonly source: number; readonly destination: number };
}

/**
 * Finds the rows in which two tables differ by checksums computed inside their databases: digests of parts first, then only
 * inside parts that differ. Parts are ranges of the first key column where all databases order it alike, else buckets of the
 * key's hash. Memory does not depend on the tables' size. Order of the differences is not defined; a table in which rows
 * repeat yields one for each row that is too many, and a key may come twice where columns that only texts tell apart (JSON that
 * each database writes in its own way) differ as well.
 */
export async function* diffTables(
  source: Side,
  destination: Side,
  signal: AbortSignal,
  tally = newTally(),
  sizes = defaultSizes,
): AsyncGenerator<Difference> {
  const hash = await agreeOnHash(source, destination, signal);
  const sides = await facing(source, destination, signal);
  const { digested: narrowed, spelled } = await spelledSides(sides.source, sides.destination, signal);
  const diff: Diff = { ...narrowed, hash, axis: sharedAxis(source, destination), spelled, tally, sizes, signal };
  const { rows, span } = await extents(diff, {});
  if (rows === 0) return;
  for (const parts of firstCuts(diff, rows, span)) {
    const digested = await digestBoth(diff, parts);
    tally.sourceRows += digested.source;
    tally.destinationRows += digested.destination;
    yield* descend(diff, digested.all);
    if (spelled === undefined) continue;
    for (const group of leafGroups(diff, digested.all)) yield* compareTexts(diff, group);
  }
}

/** Both sides, each with the canonical texts that it shares with the other. */
export async function facing(source: Side, destination: Side, signal: AbortSignal) {
  const [ours, theirs] = await Promise.all([source, destination].map((side) => side.comparer.dialect(signal)));
  return {
    source: { ...source, table: { ...source.table, peer: theirs! } },
    destination: { ...destination, table: { ...destination.table, peer: ours! } },
  };
}

async function agreeOnHash(source: Side, destination: Side, signal: AbortSignal): Promise<HashName> {
  const [ours, theirs] = await Promise.all([source.comparer.hashes(signal), destination.comparer.hashes(signal)]);
  const shared = ours.find((hash) => theirs.includes(hash));
  if (shared !== undefined) return shared;
  throw millraceError('compare.no-hash', 'source and destination have no hash function in common', {
    at: streamText(source.table.stream),
  });
}

function sharedAxis(source: Side, destination: Side): Axis | undefined {
  const [ours, theirs] = [source, destination].map(({ table }) => table.columns.find((c) => c.name === table.key[0])!);
  return ours!.type.kind === theirs!.type.kind && axisOf(theirs!) !== undefined ? axisOf(ours!) : undefined;
}

/** Rows of the fuller side, and where the first key column's values of both lie. */
async function extents(diff: Diff, part: Part): Promise<{ rows: number; span?: Span }> {
  const { source, destination, axis, signal } = diff;
  diff.tally.questions++;
  const both = await Promise.all([source, destination].map((side) => side.comparer.extent(side.table, part, signal)));
  const rows = Math.max(...both.map((extent) => extent.rows));
  const texts = both.filter((extent) => extent.rows > 0).flatMap(({ low, high }) => [low, high]);
  const points = texts.map((text) => (text === undefined ? undefined : axis?.at(text)));
  const known = points.filter((point) => point !== undefined);
  if (known.length === 0 || known.length < points.length) return { rows };
  return { rows, span: { low: known.reduce(least), high: known.reduce(greatest) } };
}

const least = (a: bigint, b: bigint) => (a < b ? a : b);
const greatest = (a: bigint, b: bigint) => (a > b ? a : b);

/** The whole table in parts, made as they are needed: as many as one question may hold at a time. */
function* firstCuts(diff: Diff, rows: number, span: Span | undefined): Generator<Part[]> {
  const { axis, sizes } = diff;
  if (axis === undefined || span === undefined) yield cutBuckets({}, rows, sizes.leafRows);
  else yield* arraysOf(cutRange(axis, {}, span, Math.ceil(rows / sizes.partRows)), sizes.partsAtOnce);
}

function* arraysOf<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let array: T[] = [];
  for (const item of items) {
    array.push(item);
    if (array.length < size) continue;
    yield array;
    array = [];
  }
  if (array.length > 0) yield array;
}

async function digestBoth(diff: Diff, parts: readonly Part[]) {
  const { source, destination, hash, signal } = diff;
  diff.tally.questions++;
  const [ours, theirs] = await Promise.all(
    [source, destination].map((side) => side.comparer.digests(side.table, parts, hash, signal)),
  );
  const total = { source: 0, destination: 0 };
  const all = parts.map((part, i): Digested => {
    const [a, b] = [ours![i]!, theirs![i]!];
    total.source += a.rows;
    total.destination += b.rows;
    const equal = a.rows === b.rows && a.high === b.high && a.low === b.low;
    return { part, equal, rows: { source: a.rows, destination: b.rows } };
  });
  return { ...total, all };
}

/** Parts that differ, down to their rows. */
async function* descend(diff: Diff, digested: readonly Digested[]): AsyncGenerator<Difference> {
  const differing = digested.filter(({ equal }) => !equal);
  const leaves = differing.filter((part) => isLeaf(diff, part));
  for (const parts of leafGroups(diff, leaves)) yield* compareRows(diff, parts);
  const ranges: Part[] = [];
  for (const larger of differing) {
    if (isLeaf(diff, larger)) continue;
    const children = await cutAgain(diff, larger);
    if (children[0]?.bucket === undefined) ranges.push(...children);
    else yield* descend(diff, (await digestBoth(diff, children)).all);
  }
  for (const parts of arraysOf(ranges, diff.sizes.partsAtOnce)) {
    yield* descend(diff, (await digestBoth(diff, parts)).all);
  }
}

/** Buckets are always leaves: each question about a bucket reads all of its range. Where one side has no rows, nothing is gained by cutting. */
function isLeaf({ sizes }: Diff, { part, rows }: Digested): boolean {
  const { source, destination } = rows;
  return part.bucket !== undefined || Math.min(source, destination) === 0 || fuller(rows) <= sizes.leafRows;
}

function fuller(rows: Digested['rows']): number {
  return Math.max(rows.source, rows.destination);
}

/**
 * A part in smaller parts. Its span is looked up again, so that rows that crowd in one place do not take a level for each bit;
 * rows that all have the same value are cut into buckets.
 */
async function cutAgain(diff: Diff, { part, rows }: Digested): Promise<Part[]> {
  const { axis, sizes } = diff;
  const { span } = await extents(diff, part);
  const ranges = axis && span ? [...cutRange(axis, part.range ?? {}, span, sizes.fanOut)] : [];
  return ranges.length > 1 ? ranges : cutBuckets(part, fuller(rows), sizes.leafRows);
}

/** Parts whose rows are read by one question. Buckets share a range that each question reads, so there are at most some 16 such questions. */
function* leafGroups({ sizes, tally }: Diff, leaves: readonly Digested[]): Generator<Part[]> {
  const bucketed = leaves.some((leaf) => leaf.part.bucket !== undefined);
  const total = Math.max(tally.sourceRows, tally.destinationRows);
  const most = bucketed ? Math.max(sizes.rowsAtOnce, total / 16) : sizes.rowsAtOnce;
  let group: Part[] = [];
  let rows = 0;
  for (const leaf of leaves) {
    if (rows > 0 && rows + fuller(leaf.rows) > most) {
      yield group;
      group = [];
      rows = 0;
    }
    group.push(leaf.part);
    rows += fuller(leaf.rows);
  }
  if (group.length > 0) yield group;
}

async function* compareRows(diff: Diff, parts: readonly Part[]): AsyncGenerator<Difference> {
  const { source, destination, hash, tally, signal } = diff;
  tally.questions++;
  const [ours, theirs] = [source, destination].map((side) => side.comparer.rows(side.table, parts, hash, signal));
  yield* mergeRows(ours!, theirs!, (rows) => {
    tally.rowsRead += rows;
  });
}

/** Rows that both sides have, by what their texts mean: for columns that each database writes in its own way. */
async function* compareTexts(
  { spelled, hash, tally, signal }: Diff,
  parts: readonly Part[],
): AsyncGenerator<Difference> {
  tally.questions++;
  const [ours, theirs] = [spelled!.source, spelled!.destination].map(({ comparer, table }) =>
    meanings(table, comparer.texts!(table, parts, hash, signal)),
  );
  const count = (rows: number) => {
    tally.rowsRead += rows;
  };
  for await (const difference of mergeRows(ours!, theirs!, count)) {
    if (difference.kind === 'different') yield difference;
  }
}
