const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** The 32-bit murmur2 by which Java's clients spread keys over partitions: other writers of a topic agree with us where a key goes. */
export function murmur2(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let hash = SEED ^ (end - start);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    word = Math.imul(word, M);
    word ^= word >>> 24;
    hash = Math.imul(hash, M) ^ Math.imul(word, M);
  }
  const left = end - at;
  if (left > 2) hash ^= bytes[at + 2]! << 16;
  if (left > 1) hash ^= bytes[at + 1]! << 8;
  if (left > 0) hash = Math.imul(hash ^ bytes[at]!, M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

/** The partition of a key, as Java's default partitioner finds it. */
export function partitionOf(hash: number, partitions: number): number {
  return (hash & 0x7fffffff) % partitions;
}
