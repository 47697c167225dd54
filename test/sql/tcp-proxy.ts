import type { Socket } from 'node:net';
import { LoopbackProxy } from '../loopback-proxy.ts';

/** What a proxy does when the client's bytes hold a statement. */
export type Fault = 'cut-before' | 'cut-after';

/**
 * A proxy that can lose a connection around one statement: `cut-before` drops it unsent, `cut-after` lets the server carry it out and loses
 * the answer.
 */
export class TcpProxy extends LoopbackProxy {
  #fault: { statement: Buffer; how: Fault } | undefined;

  /** The next connection that sends the statement is lost. */
  arm(statement: string, how: Fault): void {
    this.#fault = { statement: Buffer.from(statement), how };
  }

  protected override join(client: Socket, server: Socket, cut: () => void): void {
    let silent = false;
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
