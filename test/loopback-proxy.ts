import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on the loopback. What goes over a connection, and when it is cut, is of those that extend it. */
export abstract class LoopbackProxy implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#connect(client));
  readonly #port: number;
  readonly #host: string;

  /** @param url the server's, of which host and port are used */
  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
  }

  /** Passes on what both sides say. */
  protected abstract join(client: Socket, server: Socket, cut: () => void): void;

  /** Starts to listen; gives the URL to use. */
  async listen(address = '127.0.0.1'): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, address, resolve));
    return `mysql://root@${address}:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
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
    this.join(client, server, cut);
  }
}
