import type { Socket } from 'node:net';
import { LoopbackProxy } from '../loopback-proxy.ts';

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
 * A proxy that does something when a statement goes over it: `act` is called with nothing sent on, or when the server has answered and
 * nobody was told. That connection is cut; the others stay.
 */
export class Wire extends LoopbackProxy {
  #armed: { readonly point: Point; readonly act: () => void } | undefined;

  /** Acts once at the point, the next time that it comes. */
  arm(point: Point, act: () => void): void {
    this.#armed = { point, act };
  }

  /** The point has not come. */
  get armed(): boolean {
    return this.#armed !== undefined;
  }

  protected override join(client: Socket, server: Socket, cut: () => void): void {
    const said = new Set<string>();
    let answered: (() => void) | undefined;
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
