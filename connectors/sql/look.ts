import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../contract/index.ts';
import type { Lease } from './pool.ts';
import type { Session } from './session.ts';

/** Connections in a row that may be cut before it is taken for more than the manners of a service. */
const MAX_TRIES = 6;
const FIRST_DELAY_MS = 100;

/**
 * Asks a server something that changes nothing: where the connection is cut, the same is asked on another. `view` gives the session.
 * Throws what `use` throws for anything else.
 */
export async function look<T>(
  view: (signal: AbortSignal) => Promise<Lease>,
  signal: AbortSignal,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      await using lease = await view(signal);
      return await use(lease.session);
    } catch (thrown) {
      await afterCut(thrown, tries, signal);
    }
  }
}

/** Waits before the next connection. Throws the error where it was no cut, or one too many. */
export async function afterCut(thrown: unknown, tries: number, signal: AbortSignal): Promise<void> {
  const wasCut = thrown instanceof MillraceError && thrown.retry === 'reconnect';
  if (!wasCut || tries >= MAX_TRIES) throw thrown;
  await sleep(FIRST_DELAY_MS * 2 ** (tries - 1) * (0.5 + Math.random() / 2), undefined, { signal });
}
