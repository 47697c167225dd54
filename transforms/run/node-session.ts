import type { Adapter, AdapterSession, Remark } from '../adapter/adapter.ts';

/** The session of one node: opened when something first asks the database, given back when the node has ended. */
export class NodeSession implements AsyncDisposable {
  readonly #adapter: Adapter;
  readonly #remark: () => Promise<Remark | undefined>;
  readonly #signal: AbortSignal;
  #opened: Promise<AdapterSession> | undefined;

  /** @param remark what goes with the statements, made when something first asks */
  constructor(adapter: Adapter, remark: () => Promise<Remark | undefined>, signal: AbortSignal) {
    this.#adapter = adapter;
    this.#remark = remark;
    this.#signal = signal;
  }

  readonly get = (): Promise<AdapterSession> => {
    this.#opened ??= this.#open();
    return this.#opened;
  };

  async #open(): Promise<AdapterSession> {
    const remark = await this.#remark();
    const session = await this.#adapter.session(this.#signal);
    session.remark(remark);
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.[Symbol.asyncDispose]();
  }
}
