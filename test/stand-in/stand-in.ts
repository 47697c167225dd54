import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Certificates } from '../services/recipe.ts';
import { type Manners, refusals } from './manners.ts';
import { errorPacket } from './packet.ts';
import { Passage } from './passage.ts';

export type Condition = 'asleep' | 'waking' | 'awake';

/** What has happened at a stand-in. */
export type Told =
  | { readonly event: Condition }
  | { readonly event: 'open'; readonly open: number }
  | { readonly event: 'none-open' };

export interface StandInOptions {
  /** The server behind it, which must offer TLS itself. */
  readonly server: string;
  readonly certificates: Certificates;
  readonly manners: Manners;
  readonly port?: number;
}

/**
 * A real MySQL-protocol server behind the manners of a serverless cluster. Listens on 127.0.0.1 and takes nobody in without TLS.
 */
export class StandIn implements AsyncDisposable {
  /** Times that it was woken. */
  wakes = 0;
  /** Connections since it was made, refused ones too. */
  opened = 0;
  /** Connections that were open at once, at most. */
  mostOpen = 0;
  /** May be changed at any time; connections keep those that they began with. */
  manners: Manners;
  /** Called for all that happens. */
  onTold: (told: Told) => void = () => undefined;
  readonly #options: StandInOptions;
  readonly #context: SecureContext;
  readonly #clients = new Map<Socket, Passage | undefined>();
  readonly #stop = new AbortController();
  #listener: Server | undefined;
  #port: number;
  #condition: Condition;
  #falling: NodeJS.Timeout | undefined;
  #usedSince = 0;
  #usedMs = 0;

  private constructor(options: StandInOptions, context: SecureContext) {
    this.#options = options;
    this.#context = context;
    this.#port = options.port ?? 0;
    this.manners = options.manners;
    this.#condition = options.manners.wake === undefined ? 'awake' : 'asleep';
  }

  static async start(options: StandInOptions): Promise<StandIn> {
    const [cert, key] = await Promise.all([readFile(options.certificates.cert), readFile(options.certificates.key)]);
    const standIn = new StandIn(options, createSecureContext({ cert, key, ...options.manners.tls }));
    await standIn.#listen();
    return standIn;
  }

  get port(): number {
    return this.#port;
  }

  get condition(): Condition {
    return this.#condition;
  }

  /** Connections open now. */
  get open(): number {
    return this.#clients.size;
  }

  /** Seconds during which somebody was connected. */
  get usedSeconds(): number {
    return (this.#usedMs + (this.open > 0 ? performance.now() - this.#usedSince : 0)) / 1000;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const [client, passage] of this.#clients) {
      passage?.cut();
      client.destroy();
    }
  }

  /** Puts it to sleep at once, as if nobody had been connected for long. */
  fallAsleep(): void {
    this.cut();
    this.#become('asleep');
  }

  /** Resolves when nobody is connected. Throws where somebody still is after so long. */
  async untilNoneOpen(milliseconds = 2000): Promise<void> {
    for (const end = performance.now() + milliseconds; this.open > 0; await sleep(5))
      if (performance.now() > end) throw new Error(`${this.open} connections are still open`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#falling);
    this.cut();
    await this.#refuse();
  }

  /** The port is the same after a refusal: in between somebody else may have it for a moment. */
  async #listen(): Promise<void> {
    for (let tries = 0; !this.#stop.signal.aborted; tries++) {
      const listener = createServer((client) => this.#take(client));
      try {
        listener.listen(this.#port, '127.0.0.1');
        await once(listener, 'listening');
        this.#port = (listener.address() as AddressInfo).port;
        this.#listener = listener;
        return;
      } catch (thrown) {
        if (tries >= 50) throw thrown;
        await sleep(100);
      }
    }
  }

  /** Connections are refused from here on. Resolves when those that are open have ended. */
  #refuse(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#listener === undefined) resolve();
    else this.#listener.close(() => resolve());
    this.#listener = undefined;
    return promise;
  }

  #take(client: Socket): void {
    this.#count(client);
    if (this.#condition === 'asleep') void this.#wake();
    const isWaking = this.#condition !== 'awake';
    if (isWaking && this.manners.cutHandshake !== true) return void client.end(errorPacket(0, ...refusals.resuming));
    const { hostname, port } = new URL(this.#options.server);
    const server = { host: hostname, port: Number(port) };
    const passage = new Passage(client, { server, manners: this.manners, context: this.#context, cutAtTls: isWaking });
    this.#clients.set(client, passage);
  }

  #count(client: Socket): void {
    clearTimeout(this.#falling);
    if (this.open === 0) this.#usedSince = performance.now();
    this.#clients.set(client, undefined);
    this.opened++;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    this.#tell({ event: 'open', open: this.open });
    client.on('error', () => client.destroy());
    client.on('close', () => {
      this.#clients.delete(client);
      if (this.open > 0) return this.#tell({ event: 'open', open: this.open });
      this.#usedMs += performance.now() - this.#usedSince;
      this.#tell({ event: 'none-open' });
      this.#mayFall();
    });
  }

  #mayFall(): void {
    const { sleepAfter } = this.manners;
    if (sleepAfter === undefined || this.#condition !== 'awake') return;
    this.#falling = setTimeout(() => this.#become('asleep'), sleepAfter);
  }

  async #wake(): Promise<void> {
    const { wake = 0 } = this.manners;
    this.wakes++;
    this.#become('waking');
    const { signal } = this.#stop;
    try {
      await sleep(wake / 2, undefined, { signal });
      void this.#refuse();
      await sleep(wake / 2, undefined, { signal });
    } catch {
      return;
    }
    await this.#listen();
    this.#become('awake');
  }

  #become(condition: Condition): void {
    this.#condition = condition;
    this.#tell({ event: condition });
  }

  #tell(told: Told): void {
    this.onTold(told);
  }
}
