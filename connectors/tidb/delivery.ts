import type { Difference, Message } from '../contract/index.ts';
import type { ChangedRows } from './changed-rows.ts';
import type { Going } from './diff-position.ts';
import type { Differing } from './history-diff.ts';
import type { Bound } from './key-span.ts';

/** Differences are handed over at this many, or at the end of a stretch. */
const FOUND_AT_ONCE = 500;
/** Differences of a table with a second unique key that are kept to be applied as one transaction. */
const KEPT = 10_000;

/** How far a delivery has come. */
export type Reached = Pick<Going, 'pass' | 'from'>;

/** What one comparison found, on its way to the target. */
export interface Delivery {
  /** The differences, in an order that a later comparison from `from` takes up. */
  readonly differences: (from: Bound | undefined) => AsyncIterable<Differing>;
  readonly rows: ChangedRows;
  readonly position: (reached: Reached) => string;
  /** A second unique key, whose values may have moved between rows: rows go before others come, or they would be in the way. */
  readonly unique: boolean;
  /** An earlier run was stopped in this comparison. */
  readonly resumed: boolean;
}

/**
 * The differences as batches, with checkpoints where a later run may go on. The caller closes with the last one: one before it that is no
 * further than the one before that would stop a run with few units each time at the same place.
 */
export function deliver(
  delivery: Delivery,
  reached: Reached,
  signal: AbortSignal,
): AsyncGenerator<Message, void, undefined> {
  return delivery.unique ? inTwoPasses(delivery, reached, signal) : inOnePass(delivery, reached, signal);
}

async function* inOnePass(
  { differences, rows, position }: Delivery,
  reached: Reached,
  signal: AbortSignal,
): AsyncGenerator<Message, void, undefined> {
  let { from } = reached;
  let waiting: Difference[] = [];
  for await (const { found, upTo, pause } of differences(from)) {
    waiting.push(...found);
    from = upTo ?? from;
    if (pause === undefined && (upTo === undefined || waiting.length < FOUND_AT_ONCE)) continue;
    yield* rows.changes(waiting, signal);
    waiting = [];
    yield { kind: 'checkpoint', position: position(at(1, from)) };
  }
  yield* rows.changes(waiting, signal);
}

/**
 * Takes away all rows that changed before it brings any. What is few goes in one transaction; more is split where it has to be, and the target
 * then lacks the changed rows for a while.
 */
async function* inTwoPasses(
  delivery: Delivery,
  reached: Reached,
  signal: AbortSignal,
): AsyncGenerator<Message, void, undefined> {
  const { differences, rows, position } = delivery;
  if (reached.pass === 1) {
    const kept = yield* takeAway(delivery, reached.from);
    if (kept !== undefined) {
      yield* rows.removals(kept);
      return yield* rows.arrivals(kept, signal);
    }
    yield { kind: 'checkpoint', position: position({ pass: 2 }), split: true };
  }
  let from = reached.pass === 1 ? undefined : reached.from;
  for await (const { found, upTo, pause } of differences(from)) {
    from = upTo ?? from;
    yield* rows.arrivals(found, signal);
    if (upTo !== undefined || pause !== undefined)
      yield { kind: 'checkpoint', position: position(at(2, from)), split: true };
  }
}

/**
 * The first pass. Gives back all differences where they are few: then nothing was handed over yet. What was stopped
 * meanwhile goes on where the first one was found, and hands over as it finds, or runs with few units would never come to the end.
 */
async function* takeAway(
  { differences, rows, position, resumed }: Delivery,
  from: Bound | undefined,
): AsyncGenerator<Message, readonly Difference[] | undefined, undefined> {
  let kept: Difference[] | undefined = resumed ? undefined : [];
  let reached = from;
  let clean: Bound | undefined;
  for await (const { found, upTo, pause } of differences(from)) {
    reached = upTo ?? reached;
    if (kept !== undefined && kept.length + found.length <= KEPT) {
      kept.push(...found);
      if (kept.length === 0) clean = reached;
      if (pause !== undefined && upTo !== undefined) yield { kind: 'checkpoint', position: position(at(1, clean)) };
      continue;
    }
    yield* rows.removals([...(kept ?? []), ...found]);
    kept = undefined;
    if (upTo !== undefined || pause !== undefined)
      yield { kind: 'checkpoint', position: position(at(1, reached)), split: true };
  }
  return kept;
}

function at(pass: 1 | 2, from: Bound | undefined): Reached {
  return { pass, ...(from === undefined ? {} : { from }) };
}
