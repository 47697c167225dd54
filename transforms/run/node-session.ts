import type { Adapter, AdapterSession } from '../adapter/adapter.ts';

/** The session of one node: opened when something first asks the database, given back when the node has ended. */
export class NodeSession implements AsyncDisposable {
  readonly #adapter: Adapter;
  readonly #signal: AbortSignal;
  #opened: Promise<AdapterSession> | undefined;

  constructor(adapter: Adapter, signal: AbortSignal) {
    this.#adapter = adapter;
    this.#signal = signal;
  }

  readonly get = (): Promise<AdapterSession> => {
    this.#opened ??= this.#adapter.session(this.#signal);
    return this.#opened;
  };

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.[Symbol.asyncDispose]();
  }
}
