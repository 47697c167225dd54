import { type Batch, slabRows } from '../contract/index.ts';
import type { Loader } from './load-attempt.ts';
import type { Segment } from './load-changes.ts';

/** Batches that may wait for the load before the writer is held off. */
const WAITING = 2;

/**
 * Batches of one stream, in order, that go to the server together. Rows that are only added flow: they are loaded while more come. Of changes the net
 * effect must be known first. The batches are kept until the server has taken all of them, for it says only then whether it did.
 */
export class Group {
  readonly loader: Loader;
  readonly flows: boolean;
  /** All batches, when no more come. */
  readonly whole: Promise<readonly Batch[]>;
  rows = 0;
  bytes = 0;
  readonly #batches: Batch[] = [];
  readonly #close: () => void;
  #taken = 0;
  #closed = false;
  #stopped = false;
  #come = () => {};
  #room = () => {};

  constructor(loader: Loader, first: Batch) {
    const { promise, resolve } = Promise.withResolvers<readonly Batch[]>();
    this.loader = loader;
    this.flows = flows(loader, first);
    this.whole = promise;
    this.#close = () => resolve(this.#batches);
  }

  /** Whether the batch goes the same way as those before it. */
  takes(loader: Loader, batch: Batch): boolean {
    return loader === this.loader && flows(loader, batch) === this.flows;
  }

  /** Adds a batch; a flowing one waits until the load has taken most of those before. */
  async add(batch: Batch): Promise<void> {
    this.#batches.push(batch);
    this.rows += slabRows(batch.rows);
    this.bytes += batch.rows.bytes.length;
    this.#come();
    while (this.flows && !this.#stopped && this.#batches.length - this.#taken > WAITING) {
      await new Promise<void>((resolve) => {
        this.#room = resolve;
      });
    }
  }

  /** No more batches come. */
  close(): void {
    this.#closed = true;
    this.#close();
    this.#come();
  }

  /** The load takes no more, whether it passed or not. */
  stop(): void {
    this.#stopped = true;
    this.#room();
  }

  /** Nobody looks at the rows any more. */
  release(): void {
    for (const batch of this.#batches) batch.release?.();
  }

  /** The rows as they come, to the end. */
  async *flow(): AsyncGenerator<Segment, void, undefined> {
    for (;;) {
      const batch = this.#batches[this.#taken];
      if (batch !== undefined) {
        this.#taken++;
        this.#room();
        yield { rows: batch.rows, from: 0, to: slabRows(batch.rows) };
      } else if (this.#closed) return;
      else {
        await new Promise<void>((resolve) => {
          this.#come = resolve;
        });
      }
    }
  }
}

/**
 * Changes do not flow, and nothing into TiDB: nothing ends its LOAD DATA while that waits for a client, so that a runner which is frozen with a
 * load open would hold its row locks against the next one for long.
 */
function flows({ method, dialect }: Loader, { ops }: Batch): boolean {
  return dialect !== 'tidb' && method !== 'refill' && ops === undefined;
}
