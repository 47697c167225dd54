import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect as connectTls, type SecureContext, TLSSocket } from 'node:tls';
import { type Manners, refusals } from './manners.ts';
import { errorPacket, type Packet, readPacket } from './packet.ts';
import { TransactionWatch } from './transaction.ts';

/** A request for TLS is the beginning of a login, and ends before the user's name. */
const TLS_REQUEST_BYTES = 32;

export interface PassageOptions {
  readonly server: { readonly host: string; readonly port: number };
  readonly manners: Manners;
  readonly context: SecureContext;
  /** The client is cut when it asks for TLS. */
  readonly cutAtTls: boolean;
}

/**
 * One client's way to the server. TLS is spoken on both sides, so that what was agreed in the handshake holds on both and nothing has
 * to be rewritten. Cut by `cut`.
 */
export class Passage {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #options: PassageOptions;
  readonly #transactions: TransactionWatch;
  #age: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(client: Socket, options: PassageOptions) {
    this.#client = client;
    this.#options = options;
    this.#transactions = new TransactionWatch(options.manners, () => this.cut());
    this.#server = connect(options.server);
    for (const socket of [client, this.#server]) socket.on('error', () => this.cut()).on('close', () => this.cut());
    if (options.manners.age !== undefined) this.#age = setTimeout(() => this.cut(), options.manners.age);
    this.#moved();
    void this.#pass().catch(() => this.cut());
  }

  cut(): void {
    clearTimeout(this.#age);
    clearTimeout(this.#idle);
    this.#transactions.end();
    this.#client.destroy();
    this.#server.destroy();
  }

  async #pass(): Promise<void> {
    const greeting = await readPacket(this.#server);
    if (greeting === undefined) return this.cut();
    this.#client.write(greeting.bytes);
    const request = await readPacket(this.#client);
    if (request === undefined) return this.cut();
    if (request.payload.length !== TLS_REQUEST_BYTES) return this.#refuse(this.#client, request, refusals.insecure);
    if (this.#options.cutAtTls) return this.cut();
    this.#server.write(request.bytes);
    const client = new TLSSocket(this.#client, { isServer: true, secureContext: this.#options.context });
    const server = connectTls({ socket: this.#server, rejectUnauthorized: false });
    for (const socket of [client, server]) socket.on('error', () => this.cut());
    await Promise.all([once(client, 'secure'), once(server, 'secureConnect')]);
    const login = await readPacket(client);
    if (login === undefined) return this.cut();
    const refusal = refusalOf(login, this.#options.manners);
    if (refusal !== undefined) return this.#refuse(client, login, refusal);
    server.write(login.bytes);
    await this.#relay(client, server);
  }

  #refuse(socket: Socket, { sequence }: Packet, [number, message]: readonly [number, string]): void {
    socket.end(errorPacket(sequence + 1, number, message));
    this.#server.destroy();
  }

  async #relay(client: Socket, server: Socket): Promise<void> {
    const there = this.#watched((chunk) => {
      this.#transactions.fromClient(chunk);
      return chunk;
    });
    const back = this.#watched((chunk) => this.#transactions.fromServer(chunk));
    await Promise.all([pipeline(client, there, server), pipeline(server, back, client)]);
    this.cut();
  }

  #watched(pass: (chunk: Buffer) => Buffer): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.#moved();
        done(null, pass(chunk));
      },
    });
  }

  #moved(): void {
    const { idle } = this.#options.manners;
    if (idle === undefined) return;
    clearTimeout(this.#idle);
    // As a load balancer does it, which has forgotten the connection.
    this.#idle = setTimeout(() => this.#client.resetAndDestroy(), idle);
  }
}

function refusalOf({ payload }: Packet, { exhausted, userPrefix }: Manners): readonly [number, string] | undefined {
  const user = payload.toString('utf8', TLS_REQUEST_BYTES, payload.indexOf(0, TLS_REQUEST_BYTES));
  if (userPrefix !== undefined && !user.startsWith(`${userPrefix}.`)) return refusals.unknownUser;
  return exhausted === true ? refusals.exhausted : undefined;
}
