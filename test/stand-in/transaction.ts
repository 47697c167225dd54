import type { Manners } from './manners.ts';
import { errorPacket, firstPacket, type PacketHead, PacketTracker } from './packet.ts';

const COM_QUERY = 0x03;
/** First byte of the packet by which a server asks for the file of a LOAD DATA LOCAL. */
const ASKS_FOR_FILE = 0xfb;
const ERROR = 0xff;
const TOO_LARGE = 8004;
const NO_DATABASE = 1049;

const begins = /^\s*(BEGIN|START\s+TRANSACTION)\b/i;
const ends = /^\s*(COMMIT|ROLLBACK)\b(?!\s+TO\b)/i;
const savepoint = /^\s*SAVEPOINT\s+(\S+)/i;
const rollbackTo = /^\s*ROLLBACK\s+TO\s+(?:SAVEPOINT\s+)?(\S+)/i;
const entersMoment = /^\s*SET\s+tidb_snapshot\s*=\s*'(\d+)'/i;
const writes = /^\s*(INSERT|REPLACE|UPDATE|DELETE|LOAD)\b/i;

/** Servers that know attributes of queries are sent their number, 0, and that of their sets, 1, before the text. */
function statement(payload: Buffer): string {
  return payload.toString('latin1', payload[0] === 0 && payload[1] === 1 ? 2 : 0);
}

type Limits = Pick<Manners, 'transactionAge' | 'transactionBytes' | 'unloadable'>;

/** The transactions of one connection: holds them to their limits of age and size, and keeps them out of moments. */
export class TransactionWatch {
  readonly #limits: Limits;
  readonly #cut: () => void;
  readonly #tracker = new PacketTracker(
    (packet) => this.#head(packet),
    (count) => this.#count(count),
  );
  readonly #savepoints = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #open = false;
  #bytes = 0;
  #writing = false;
  #unloadable = false;

  constructor(limits: Limits, cut: () => void) {
    this.#limits = limits;
    this.#cut = cut;
  }

  fromClient(chunk: Buffer): void {
    this.#tracker.push(chunk);
  }

  /** The server's bytes as the client gets them: the answer to a statement that went beyond the limit becomes an error. */
  fromServer(chunk: Buffer): Buffer {
    if (this.#unloadable) return this.#refuseMoment(chunk);
    if (!this.#isTooLarge()) return chunk;
    const answer = firstPacket(chunk);
    if (answer === undefined || answer.payload[0] === ASKS_FOR_FILE) return chunk;
    this.#writing = false;
    if (answer.payload[0] === ERROR) return chunk;
    const error = errorPacket(answer.sequence, TOO_LARGE, `Transaction is too large, size: ${this.#bytes}`);
    return Buffer.concat([error, chunk.subarray(answer.bytes.length)]);
  }

  #refuseMoment(chunk: Buffer): Buffer {
    const answer = firstPacket(chunk);
    if (answer === undefined) return chunk;
    this.#unloadable = false;
    const error = errorPacket(answer.sequence, NO_DATABASE, "database doesn't exist");
    return Buffer.concat([error, chunk.subarray(answer.bytes.length)]);
  }

  end(): void {
    this.#open = false;
    this.#savepoints.clear();
    clearTimeout(this.#timer);
  }

  #isTooLarge(): boolean {
    const { transactionBytes = Number.POSITIVE_INFINITY } = this.#limits;
    return this.#open && this.#writing && this.#bytes > transactionBytes;
  }

  /** Every command begins at sequence 0; what has a higher one belongs to it (a login, the file of a load). */
  #head({ sequence, head }: PacketHead): void {
    if (sequence !== 0) return;
    const sql = head[0] === COM_QUERY ? statement(head.subarray(1)) : '';
    this.#writing = writes.test(sql);
    const [, moment] = entersMoment.exec(sql) ?? [];
    this.#unloadable = moment !== undefined && this.#limits.unloadable?.has(moment) === true;
    if (begins.test(sql)) this.#begin();
    else if (ends.test(sql)) this.end();
    const [, made] = savepoint.exec(sql) ?? [];
    if (made !== undefined) this.#savepoints.set(made, this.#bytes);
    const [, back] = rollbackTo.exec(sql) ?? [];
    if (back !== undefined) this.#bytes = this.#savepoints.get(back) ?? this.#bytes;
  }

  #begin(): void {
    this.end();
    this.#open = true;
    this.#bytes = 0;
    const { transactionAge } = this.#limits;
    if (transactionAge !== undefined) this.#timer = setTimeout(this.#cut, transactionAge);
  }

  #count(bytes: number): void {
    if (this.#open) this.#bytes += bytes;
  }
}
