/** Thrown by what has to wait, or to be done once, in a render that cannot wait: it is then rendered again, by a render that can. */
export class WaitingNeeded extends Error {
  constructor() {
    super('this has to be waited for');
  }
}

/** Whether a render ended because of it. */
export function isWaitingNeeded(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.cause instanceof WaitingNeeded;
}
