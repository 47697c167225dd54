import type { Part, Range } from '../contract/index.ts';
import type { Axis } from './part-axis.ts';

/** Where the values of the first key column lie on their axis. */
export interface Span {
  readonly low: bigint;
  readonly high: bigint;
}

/** Buckets of one call: 16 ** 4. */
const MAX_BUCKET_DIGITS = 4;

/**
 * Cuts a range into at most `count` of equal width, together covering all of it: values outside the span belong to the first
 * and the last. Yields the whole range alone where the span holds nothing to cut at. What is cut is always narrower, also where
 * a database orders the key in another way than its type says, so that cutting comes to an end.
 */
export function* cutRange(axis: Axis, range: Range, span: Span, count: number): Generator<Part> {
  const [first, beyond] = [range.from, range.to].map((text) => (text === undefined ? undefined : axis.at(text)));
  const lowest = first !== undefined && first > span.low ? first : span.low;
  const highest = beyond !== undefined && beyond <= span.high ? beyond - 1n : span.high;
  const width = highest - lowest + 1n;
  let from = range.from;
  let low = lowest;
  for (let i = 1n; i < BigInt(count); i++) {
    const to = axis.text(lowest + (width * i) / BigInt(count));
    const at = axis.at(to);
    if (at === undefined || at <= low || at > highest) continue;
    yield { range: bounds(from, to) };
    from = to;
    low = at;
  }
  yield { range: bounds(from, range.to) };
}

function bounds(from: string | undefined, to: string | undefined): Range {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

/** Cuts a part into buckets of about `leafRows` rows, as far as one call may. */
export function cutBuckets(part: Part, rows: number, leafRows: number): Part[] {
  const digits = Math.min(MAX_BUCKET_DIGITS, Math.max(1, Math.ceil(Math.log2(rows / leafRows) / 4)));
  return Array.from({ length: 16 ** digits }, (_, i) => ({ ...part, bucket: i.toString(16).padStart(digits, '0') }));
}
