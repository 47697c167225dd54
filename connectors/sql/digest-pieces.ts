import type { Digest, Part } from '../contract/index.ts';
import { isCut } from './look.ts';

/**
 * Digests of parts by one question, or by several where connections do not live long enough for its answer: each half is then asked for
 * itself. Buckets are not parted, for each question about some of them reads all of their range. `ask` is told whether it may ask for less.
 */
export async function inPieces(
  parts: readonly Part[],
  ask: (parts: readonly Part[], divisible: boolean) => Promise<Digest[]>,
): Promise<Digest[]> {
  const divisible = parts.length > 1 && parts[0]!.bucket === undefined;
  try {
    return await ask(parts, divisible);
  } catch (thrown) {
    if (!divisible || !isCut(thrown)) throw thrown;
    const half = Math.ceil(parts.length / 2);
    return [...(await inPieces(parts.slice(0, half), ask)), ...(await inPieces(parts.slice(half), ask))];
  }
}
