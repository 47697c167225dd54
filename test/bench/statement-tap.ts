import type { Socket } from 'node:net';
import { LoopbackProxy } from '../loopback-proxy.ts';

/** A statement that went to the server; moments are milliseconds of `performance.now()`. */
export interface Sent {
  readonly connection: number;
  readonly sql: string;
  readonly from: number;
  /** When the last of its answer came. */
  to: number;
  /** The server refused it. */
  failed: boolean;
}

const HEADER = 4;
const COM_QUERY = 3;
const ERROR = 0xff;

/** A proxy that notes the statements of all connections, and how long the server took for each. */
export class StatementTap extends LoopbackProxy {
  #sent: Sent[] = [];
  #connections = 0;

  /** What was sent since the last time, in its order. */
  take(): Sent[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  protected override join(client: Socket, server: Socket): void {
    const connection = ++this.#connections;
    let last: Sent | undefined;
    client.on('data', (data) => {
      const sql = statementOf(data);
      const from = performance.now();
      last = sql === undefined ? undefined : { connection, sql, from, to: from, failed: false };
      if (last !== undefined) this.#sent.push(last);
      server.write(data);
    });
    server.on('data', (data) => {
      if (last !== undefined) {
        if (last.to === last.from) last.failed = data[HEADER] === ERROR;
        last.to = performance.now();
      }
      client.write(data);
    });
  }
}

/** Statements are short here, and the client waits for each answer: what comes at once is one packet. */
function statementOf(data: Buffer): string | undefined {
  if (data.length <= HEADER || data.readUIntLE(0, 3) !== data.length - HEADER) return undefined;
  if (data[3] !== 0 || data[HEADER] !== COM_QUERY) return undefined;
  const text = data.subarray(HEADER + 1);
  // A server that takes attributes of queries is told first that there are none.
  return (text[0] === 0 ? text.subarray(2) : text).toString();
}
