import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../contract/index.ts';
import type { Lease } from './pool.ts';
import type { Session } from './session.ts';

/** Connections in a row that may be cut before it is taken for more than the manners of a service. */
const MAX_TRIES = 6;
const FIRST_DELAY_MS = 100;

/**
 * Asks a server something that changes nothing: where the connection is cut, or the server is busy, the same is asked on another connection,
 * `most` times in all. `view` gives the session. Throws what `use` throws for anything else.
 */
export async function look<T>(
  view: (signal: AbortSignal) => Promise<Lease>,
  signal: AbortSignal,
  use: (session: Session) => Promise<T>,
  most = MAX_TRIES,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      await using lease = await view(signal);
      return await use(lease.session);
    } catch (thrown) {
      await afterCut(thrown, tries, signal, most);
    }
  }
}

/** A connection that was cut: by its age or the network, or because one answer takes longer than the service lets a connection live. */
export function isCut(thrown: unknown): boolean {
  return thrown instanceof MillraceError && thrown.retry === 'reconnect';
}

/** Waits before the next connection. Throws the error where it was neither a cut nor a busy server, or one too many. */
export async function afterCut(thrown: unknown, tries: number, signal: AbortSignal, most = MAX_TRIES): Promise<void> {
  const isBusy = thrown instanceof MillraceError && thrown.retry === 'backoff';
  if ((!isCut(thrown) && !isBusy) || tries >= most) throw thrown;
  await sleep(FIRST_DELAY_MS * 2 ** (tries - 1) * (0.5 + Math.random() / 2), undefined, { signal });
}
