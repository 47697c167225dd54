import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A place in the talk between a process and its server. */
export interface Point {
  readonly title: string;
  /** Text of the statement. */
  readonly statement: string;
  /** Text that must have gone over the same connection before. */
  readonly behind?: string;
  /** The statement is not sent, or carried out and its answer lost. */
  readonly how: 'before' | 'after';
}

/**
 * A TCP proxy on 127.0.0.1 that does something when a statement goes over it: `act` is called with nothing sent on, or when the
 * server has answered and nobody was told. That connection is cut; the others stay.
 */
export class Wire implements AsyncDisposable {
  readonly #host: string;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#connect(client));
  #armed: { readonly point: Point; readonly act: () => void } | undefined;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
  }

  /** Starts to listen; gives the address. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `mysql://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Acts once at the point, the next time that it comes. */
  arm(point: Point, act: () => void): void {
    this.#armed = { point, act };
  }

  /** The point has not come. */
  get armed(): boolean {
    return this.#armed !== undefined;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#sockets.size / 2;
  }

  /** Cuts every connection that is open now. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: Socket): void {
    const server = connect(this.#port, this.#host);
    const said = new Set<string>();
    let answered: (() => void) | undefined;
    const cut = () => {
      for (const socket of [client, server]) {
        this.#sockets.delete(socket);
        socket.destroy();
      }
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', cut);
      socket.on('close', cut);
    }
    client.on('data', (data) => {
      const fired = this.#reached(data, said);
      if (fired?.how === 'before') {
        cut();
        return fired.act();
      }
      answered = fired?.act ?? answered;
      if (!server.write(data)) pauseFor(client, server);
    });
    server.on('data', (data) => {
      if (answered !== undefined) {
        cut();
        return answered();
      }
      if (!client.write(data)) pauseFor(server, client);
    });
  }

  #reached(data: Buffer, said: Set<string>): { how: Point['how']; act: () => void } | undefined {
    if (this.#armed === undefined) return undefined;
    const { point, act } = this.#armed;
    const { behind, statement, how } = point;
    const may = behind === undefined || said.has(behind);
    if (behind !== undefined && data.includes(behind)) said.add(behind);
    if (!may || !data.includes(statement)) return undefined;
    this.#armed = undefined;
    return { how, act };
  }
}

function pauseFor(from: Socket, to: Socket): void {
  from.pause();
  to.once('drain', () => from.resume());
}
