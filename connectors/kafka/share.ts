import type { Lane } from '../contract/index.ts';

/** Milliseconds between looks whether the partitions of others are read to their ends. */
const LOOK_MS = 1000;
/** As long a lane that was lost stays so: the group tells within less who is to have it, where that is somebody else. */
const LOST_MS = 12_000;

export interface ShareOptions {
  /** The lane of a partition. It ends when `revoked` says so; `reached` is told when it was read to its end. */
  readonly lane: (partition: number, revoked: AbortSignal, reached: () => void) => Lane;
  /** Whether these partitions, all that are not here, are read to their ends by others. Absent: there is no end. */
  readonly isCovered?: (mine: ReadonlySet<number>) => Promise<boolean>;
}

interface Held {
  readonly revoked: AbortController;
  /** Nothing more is done about the lane. */
  ended: boolean;
  reached: boolean;
}

/**
 * The partitions of a topic that a process has by its consumer group, as lanes. The group only says who is to open which lane: that two
 * processes never both commit one is the fence's matter. Ends when all that it has are over and those of others are read: what a member
 * leaves behind that is gone comes here, and must not wait for the next run.
 */
export class Share implements AsyncIterable<Lane> {
  readonly #options: ShareOptions;
  readonly #held = new Map<number, Held>();
  #arrived: Lane[] = [];
  #assigned = false;
  #closed = false;
  #wake: () => void = () => undefined;

  constructor(options: ShareOptions) {
    this.#options = options;
  }

  /** The partitions that this process has from now on. One that was lost to another process meanwhile is begun again. */
  assign(partitions: readonly number[]): void {
    if (this.#closed) return;
    this.#assigned = true;
    for (const [partition, held] of this.#held) {
      const isLost = held.ended && !held.reached;
      if (partitions.includes(partition) && !isLost) continue;
      held.revoked.abort();
      this.#held.delete(partition);
    }
    for (const partition of partitions) if (!this.#held.has(partition)) this.#add(partition);
    this.#wake();
  }

  /** No more lanes come, and those that are there end. */
  close(): void {
    this.#closed = true;
    for (const { revoked } of this.#held.values()) revoked.abort();
    this.#wake();
  }

  [Symbol.asyncIterator](): AsyncIterator<Lane> {
    return {
      next: () => this.#next(),
      return: async () => {
        this.#closed = true;
        this.#wake();
        return { done: true, value: undefined };
      },
    };
  }

  async #next(): Promise<IteratorResult<Lane>> {
    for (;;) {
      if (this.#closed) return { done: true, value: undefined };
      const lane = this.#arrived.shift();
      if (lane !== undefined) return { done: false, value: lane };
      const woken = this.#nextWake();
      if (!this.#isIdle) await woken.promise;
      else if (await this.#isCovered()) return { done: true, value: undefined };
      else await woken.within(LOOK_MS);
    }
  }

  /** Resolved by what happens from here on, so that nothing is missed that comes during a look. */
  #nextWake() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const within = async (ms: number) => {
      const timer = setTimeout(resolve, ms);
      await promise;
      clearTimeout(timer);
    };
    return { promise, within };
  }

  get #isIdle(): boolean {
    return (
      this.#options.isCovered !== undefined && this.#assigned && [...this.#held.values()].every((one) => one.ended)
    );
  }

  async #isCovered(): Promise<boolean> {
    const mine = new Set([...this.#held].filter(([, held]) => held.reached).map(([partition]) => partition));
    const covered = await this.#options.isCovered!(mine);
    return covered && this.#arrived.length === 0 && this.#isIdle;
  }

  /** A lane that was lost while the group has not told of anybody else is begun again: nobody else may be there any more. */
  #again(partition: number, lost: Held): void {
    if (this.#closed || this.#held.get(partition) !== lost) return;
    this.#add(partition);
    this.#wake();
  }

  #add(partition: number): void {
    const held: Held = { revoked: new AbortController(), ended: false, reached: false };
    this.#held.set(partition, held);
    const reached = () => {
      held.reached = true;
    };
    const lane = this.#options.lane(partition, held.revoked.signal, reached);
    const over = () => {
      held.ended = true;
      if (!held.reached) setTimeout(() => this.#again(partition, held), LOST_MS).unref();
      this.#wake();
    };
    this.#arrived.push({ ...lane, over });
  }
}
