import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** What a proxy does when the client's bytes hold a statement. */
export type Fault = 'cut-before' | 'cut-after';

/**
 * A TCP proxy on the loopback that can lose a connection around one statement: `cut-before` drops it unsent, `cut-after` lets the server
 * carry it out and loses the answer.
 */
export class TcpProxy implements AsyncDisposable {
  #fault: { statement: Buffer; how: Fault } | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#connect(client));
  readonly #port: number;
  readonly #host: string;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
  }

  /** Starts to listen; gives the URL to use. */
  async listen(address = '127.0.0.1'): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, address, resolve));
    return `mysql://root@${address}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next connection that sends the statement is lost. */
  arm(statement: string, how: Fault): void {
    this.#fault = { statement: Buffer.from(statement), how };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: Socket): void {
    const server = connect(this.#port, this.#host);
    let silent = false;
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', cut);
    }
    client.on('data', (data) => {
      const fault = this.#fault;
      if (fault !== undefined && data.includes(fault.statement)) {
        this.#fault = undefined;
        if (fault.how === 'cut-before') return cut();
        silent = true;
      }
      server.write(data);
    });
    // The server has answered: the statement was carried out, and nobody will know.
    server.on('data', (data) => (silent ? cut() : client.write(data)));
  }
}
