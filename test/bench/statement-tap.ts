import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

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

/** A proxy on 127.0.0.1 that notes the statements of all connections, and how long the server took for each. */
export class StatementTap implements AsyncDisposable {
  #sent: Sent[] = [];
  #connections = 0;
  readonly #sockets = new Set<Socket>();
  readonly #to: number;
  readonly #server = createServer((client) => this.#connect(client));

  private constructor(to: number) {
    this.#to = to;
  }

  static async open(to: number): Promise<StatementTap> {
    const tap = new StatementTap(to);
    await new Promise<void>((resolve) => tap.#server.listen(0, '127.0.0.1', resolve));
    return tap;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What was sent since the last time, in its order. */
  take(): Sent[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: Socket): void {
    const connection = ++this.#connections;
    const server = connect(this.#to, '127.0.0.1');
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', cut);
      socket.on('close', cut);
    }
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
