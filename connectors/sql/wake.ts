import { setTimeout as sleep } from 'node:timers/promises';
import { type EventSink, MillraceError, millraceError } from '../contract/index.ts';

/** Milliseconds between tries: doubling from the first to the last, half of it random. */
const FIRST_DELAY_MS = 500;
const LAST_DELAY_MS = 5000;
/** A paused cluster may take half a minute to answer a handshake. */
const LONGEST_TRY_MS = 40_000;
/** A try that takes longer than this is said, before it is known how it ends. */
const SILENCE_SAID_MS = 5000;

export interface WakeOptions {
  /** The budget. */
  readonly seconds: number;
  /** Host and port, for messages. */
  readonly at: string;
  /** Whether it is of no use to wait: who refuses at once, and was never there before, is not asleep. */
  readonly hopeless?: (error: MillraceError) => boolean;
  readonly emit: EventSink;
  readonly signal: AbortSignal;
}

/**
 * Tries `connect` until it passes, fails for good, or the budget is used up. What looks like a sleeping cluster is tried again, and said
 * once when the second try has failed too: a first one may just have been cut. Throws the last error, for an unreachable server as `connect.unreachable` with the time that was waited.
 */
export async function withWake<T>(connect: (timeoutMs: number) => Promise<T>, options: WakeOptions): Promise<T> {
  const { seconds, at, hopeless, emit, signal } = options;
  const start = performance.now();
  const end = start + seconds * 1000;
  let said = false;
  const say = (why: string) => {
    if (!said) emit(waking(why, at, seconds));
    said = true;
  };
  const silence = setTimeout(say, SILENCE_SAID_MS, 'it has not answered yet');
  try {
    for (let tries = 0; ; tries++) {
      signal.throwIfAborted();
      try {
        return await connect(Math.max(1, Math.min(LONGEST_TRY_MS, end - performance.now())));
      } catch (thrown) {
        const delay = delayMs(tries);
        if (!mayWake(thrown)) throw thrown;
        if (hopeless?.(thrown)) throw refused(thrown, at);
        if (performance.now() + delay >= end) throw spent(thrown, at, (performance.now() - start) / 1000);
        if (tries === 1) say(thrown.message);
        await sleep(delay, undefined, { signal });
      }
    }
  } finally {
    clearTimeout(silence);
  }
}

function delayMs(tries: number): number {
  const full = Math.min(FIRST_DELAY_MS * 2 ** tries, LAST_DELAY_MS);
  return Math.max(FIRST_DELAY_MS, full / 2 + Math.random() * (full / 2));
}

function mayWake(thrown: unknown): thrown is MillraceError {
  return thrown instanceof MillraceError && (thrown.retry === 'wake' || thrown.code === 'connect.busy');
}

function waking(why: string, at: string, seconds: number) {
  return {
    event: 'notice',
    at: new Date().toISOString(),
    code: 'connect.waking',
    message: `waiting up to ${seconds} s for ${at} to wake: ${why}`,
  } as const;
}

function refused(error: MillraceError, at: string): MillraceError {
  return millraceError(error.code, `no connection to ${at}: ${error.message}`, { at, retry: 'never', cause: error });
}

function spent(error: MillraceError, at: string, seconds: number): MillraceError {
  const message = `no connection to ${at} within ${seconds.toFixed(1)} s: ${error.message}`;
  return millraceError(error.code, message, { at, retry: 'never', cause: error });
}
