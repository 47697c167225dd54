import { setTimeout as pause } from 'node:timers/promises';
import type { FetchedRecord, KafkaClient, OffsetRange, TopicInfo } from './client.ts';

/** Offsets that one pass over a partition looks at in memory: longer ones are read once for each part of their keys. */
const OFFSETS_A_PASS = 400_000n;
/** Keys are given in lots of about so many bytes: brokers take 1 MiB by default. */
const LOT_BYTES = 256 * 1024;
const KEY_ROOM = 60;

/**
 * Keys of a partition that have a value from before an offset, and no record since. Only keys that begin with `frame` are looked at: a key
 * under another schema may be that of a row that came under the new one.
 */
export async function* unreadKeys(
  client: KafkaClient,
  topic: TopicInfo,
  partition: number,
  { before, frame, signal }: { readonly before: bigint; readonly frame: Uint8Array; readonly signal: AbortSignal },
): AsyncGenerator<readonly Buffer[], void, undefined> {
  const range = await wholeRange(client, topic.name, partition, signal);
  if (range === undefined || before <= range.first) return;
  const passes = Number((before - range.first) / OFFSETS_A_PASS) + 1;
  for (let pass = 0; pass < passes; pass++) {
    const alive = new Set<string>();
    for await (const { key, value, offset } of recordsOf(client, topic, partition, range)) {
      if (key === null || !key.subarray(0, frame.length).equals(frame) || sum(key) % passes !== pass) continue;
      if (value !== null && offset < before) alive.add(key.toString('latin1'));
      else alive.delete(key.toString('latin1'));
    }
    yield* lots(alive);
  }
}

/** Milliseconds between looks whether transactions have ended. */
const LOOK_MS = 250;

/**
 * The partition as it is now, when every transaction that has records in it has ended: behind one that is open nothing is given, and keys that
 * came again there would be taken for gone. Brokers end one themselves when its time is over.
 */
async function wholeRange(
  client: KafkaClient,
  topic: string,
  partition: number,
  signal: AbortSignal,
): Promise<OffsetRange | undefined> {
  const end = (await client.ends(topic))[partition];
  for (;;) {
    const range = (await client.offsets(topic))[partition];
    if (range === undefined || end === undefined || range.end >= end) return range;
    await pause(LOOK_MS, undefined, { signal });
  }
}

function* lots(keys: Iterable<string>): Generator<readonly Buffer[]> {
  let lot: Buffer[] = [];
  let bytes = 0;
  for (const text of keys) {
    const key = Buffer.from(text, 'latin1');
    if (lot.length > 0 && bytes + key.length + KEY_ROOM > LOT_BYTES) {
      yield lot;
      [lot, bytes] = [[], 0];
    }
    lot.push(key);
    bytes += key.length + KEY_ROOM;
  }
  if (lot.length > 0) yield lot;
}

/** Committed records of a partition. */
async function* recordsOf(
  client: KafkaClient,
  topic: TopicInfo,
  partition: number,
  { first, end }: { readonly first: bigint; readonly end: bigint },
): AsyncGenerator<FetchedRecord, void, undefined> {
  await using reader = client.reader(topic, partition);
  for (let next = first; next < end; ) {
    const fetched = await reader.fetch(next, -1);
    yield* fetched.records;
    next = fetched.next;
  }
}

/** Spreads keys over passes. */
function sum(key: Buffer): number {
  let result = 0;
  for (const byte of key) result = (Math.imul(result, 31) + byte) >>> 0;
  return result;
}
