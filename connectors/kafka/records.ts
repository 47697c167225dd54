import type { Fetched, FetchedRecord } from './client.ts';

/** A batch of records as a broker keeps it. */
export interface RecordBatch {
  readonly firstOffset: bigint;
  readonly lastOffsetDelta: number;
  readonly partitionLeaderEpoch: number;
  readonly attributes: number;
  readonly firstTimestamp: bigint;
  readonly producerId: bigint;
  readonly records: readonly {
    readonly offsetDelta: number;
    readonly timestampDelta: bigint;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: readonly (readonly [Buffer | null, Buffer | null])[];
  }[];
}

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** The header of records whose batch was catching up. */
export const CATCHING_UP_HEADER = 'catching_up';
const CATCHING_UP = Buffer.from(CATCHING_UP_HEADER);

const TRANSACTIONAL = 0b1_0000;
const CONTROL = 0b10_0000;
/** Type of a control record that ends an aborted transaction. */
const ABORT = 0;

/** Records that were committed, from an offset on. A transaction that was aborted may end in a later answer. */
export function committedRecords(
  batches: readonly RecordBatch[],
  aborted: readonly AbortedTransaction[],
  from: bigint,
): Fetched {
  const open = new Set<bigint>();
  const coming = aborted.toSorted((a, b) => Number(a.firstOffset - b.firstOffset));
  const records: FetchedRecord[] = [];
  let next = from;
  let leaderEpoch = -1;
  for (const batch of batches) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    while (coming.length > 0 && coming[0]!.firstOffset <= last) open.add(coming.shift()!.producerId);
    if (batch.attributes & CONTROL) {
      if (batch.records[0]?.key?.readInt16BE(2) === ABORT) open.delete(batch.producerId);
    } else if (!(batch.attributes & TRANSACTIONAL) || !open.has(batch.producerId)) {
      records.push(...recordsOf(batch).filter((record) => record.offset >= from));
    }
    next = last + 1n > next ? last + 1n : next;
    leaderEpoch = batch.partitionLeaderEpoch;
  }
  return { records, next, leaderEpoch };
}

/** What batches that were read with all that is open tell of their transactions. */
export interface Decided {
  /** Records that are committed: outside of transactions, or with their commit among the batches. */
  readonly records: readonly FetchedRecord[];
  /** Producers whose transactions have no mark of their end among the batches. */
  readonly undecided: readonly bigint[];
}

/** Every transaction that has records here is either decided here or not marked as ended yet. */
export function decidedRecords(batches: readonly RecordBatch[], from: bigint): Decided {
  const open = new Map<bigint, FetchedRecord[]>();
  const decided: FetchedRecord[] = [];
  for (const batch of batches) {
    const own = open.get(batch.producerId) ?? [];
    if (batch.attributes & CONTROL) {
      if (batch.records[0]?.key?.readInt16BE(2) !== ABORT) decided.push(...own);
      open.delete(batch.producerId);
    } else if (batch.attributes & TRANSACTIONAL) {
      open.set(batch.producerId, [...own, ...recordsOf(batch)]);
    } else decided.push(...recordsOf(batch));
  }
  const records = decided.filter(({ offset }) => offset >= from).toSorted((a, b) => Number(a.offset - b.offset));
  return { records, undecided: [...open.keys()] };
}

function recordsOf({ firstOffset, firstTimestamp, records }: RecordBatch): FetchedRecord[] {
  return records.map(({ offsetDelta, timestampDelta, key, value, headers }) => ({
    offset: firstOffset + BigInt(offsetDelta),
    key,
    value,
    timestamp: Number(firstTimestamp + timestampDelta),
    ...(headers.some(([name]) => name?.equals(CATCHING_UP)) ? { catchingUp: true } : {}),
  }));
}
