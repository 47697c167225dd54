import type { Lane } from '../contract/index.ts';

/**
 * The partitions of a topic that a process has by its consumer group, as lanes. The group only says who is to open which lane: that two
 * processes never both commit one is the fence's matter. Ends when all that it has are over.
 */
export class Share implements AsyncIterable<Lane> {
  readonly #lane: (partition: number, revoked: AbortSignal) => Lane;
  readonly #held = new Map<number, { readonly revoked: AbortController; ended: boolean }>();
  #arrived: Lane[] = [];
  #assigned = false;
  #closed = false;
  #wake: () => void = () => undefined;

  constructor(lane: (partition: number, revoked: AbortSignal) => Lane) {
    this.#lane = lane;
  }

  /** The partitions that this process has from now on. */
  assign(partitions: readonly number[]): void {
    this.#assigned = true;
    for (const [partition, { revoked }] of this.#held) {
      if (partitions.includes(partition)) continue;
      revoked.abort();
      this.#held.delete(partition);
    }
    for (const partition of partitions) if (!this.#held.has(partition)) this.#add(partition);
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  [Symbol.asyncIterator](): AsyncIterator<Lane> {
    return {
      next: async () => {
        for (;;) {
          const lane = this.#arrived.shift();
          if (lane !== undefined) return { done: false, value: lane };
          if (this.#closed || this.#done) return { done: true, value: undefined };
          const { promise, resolve } = Promise.withResolvers<void>();
          this.#wake = resolve;
          await promise;
        }
      },
      return: async () => {
        this.close();
        return { done: true, value: undefined };
      },
    };
  }

  get #done(): boolean {
    return this.#assigned && [...this.#held.values()].every((one) => one.ended);
  }

  #add(partition: number): void {
    const held = { revoked: new AbortController(), ended: false };
    this.#held.set(partition, held);
    const lane = this.#lane(partition, held.revoked.signal);
    const over = () => {
      held.ended = true;
      this.#wake();
    };
    this.#arrived.push({ ...lane, over });
  }
}
