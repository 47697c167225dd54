import { setTimeout as sleep } from 'node:timers/promises';
import { asMillraceError, type EventSink, type MillraceError } from '../contract/index.ts';
import { now } from './ledger.ts';

/** Attempts in a row without any commit after which an error that could pass is taken for one that will not. */
const MAX_ATTEMPTS = 8;
const FIRST_DELAY_MS = 200;
const LAST_DELAY_MS = 20_000;

/** Milliseconds before attempt `n` (1 is the first retry): doubling, with half of it random. */
export function backoffMs(n: number): number {
  const full = Math.min(FIRST_DELAY_MS * 2 ** (n - 1), LAST_DELAY_MS);
  return full / 2 + Math.random() * (full / 2);
}

export interface RetryHooks {
  /** Whether anything was committed since the last failure: the count of attempts starts again. */
  readonly progressed: () => boolean;
  readonly onRetry: (error: MillraceError, attempt: number, delayMs: number) => void;
  readonly signal: AbortSignal;
}

/** Whether the same attempt may succeed later; a read that must begin anew is its group's matter. */
function passes(error: MillraceError): boolean {
  return error.retry !== 'never' && error.retry !== 'restart';
}

/** Runs `attempt` until it returns, the error is final, or attempts without progress run out. Each attempt starts from the durable position. */
export async function retrying(attempt: () => Promise<void>, hooks: RetryHooks): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (thrown) {
      const error = asMillraceError(thrown);
      if (hooks.progressed()) tries = 1;
      if (!passes(error) || tries >= MAX_ATTEMPTS || hooks.signal.aborted) throw thrown;
      const delayMs = error.retry === 'shrink' ? 0 : backoffMs(tries);
      hooks.onRetry(error, tries, delayMs);
      await sleep(delayMs, undefined, { signal: hooks.signal }).catch(() => {
        throw thrown;
      });
    }
  }
}

/** A step outside lanes, which is idempotent: what can pass is tried again. */
export function passing(
  what: string,
  { emit, abort }: { emit: EventSink; abort: AbortSignal },
  step: () => Promise<void>,
): Promise<void> {
  return retrying(step, {
    progressed: () => false,
    onRetry: (error, attempt, delayMs) =>
      emit({ event: 'retry', at: now(), lane: what, error: error.envelope(), attempt, delayMs }),
    signal: abort,
  });
}
