import type { Gtid } from '../gtid.ts';
import { BytesReader } from './bytes-reader.ts';

/** What stands before a transaction. */
export interface TransactionStart {
  readonly gtid: Gtid | undefined;
  /** Microseconds since 1970 at which it was committed; absent: the server does not say. */
  readonly committedAt?: number;
}

/** Where the commit time stands: 7 bytes, of which the highest bit says that another time follows. */
const COMMIT_TIME = 42;

/** UUIDs as text: a log has few. */
const uuids = new Map<string, string>();

function uuidText(bytes: Buffer): string {
  const raw = bytes.toString('latin1');
  let text = uuids.get(raw);
  if (text === undefined) {
    text = bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    uuids.set(raw, text);
  }
  return text;
}

/** GTID_LOG_EVENT and ANONYMOUS_GTID_LOG_EVENT of MySQL, the body. */
export function mysqlGtid(buffer: Buffer, start: number, end: number, anonymous: boolean): TransactionStart {
  const gtid = anonymous
    ? undefined
    : { source: uuidText(buffer.subarray(start + 1, start + 17)), number: buffer.readBigInt64LE(start + 17) };
  if (end - start < COMMIT_TIME + 7) return { gtid };
  const low = buffer.readUIntLE(start + COMMIT_TIME, 6);
  const high = buffer[start + COMMIT_TIME + 6]! & 0x7f;
  return { gtid, committedAt: high * 2 ** 48 + low };
}

const TAGGED = { flags: 0, uuid: 1, number: 2, tag: 3, lastCommitted: 4, sequence: 5, committedAt: 6 } as const;

/** GTID_TAGGED_LOG_EVENT of MySQL 8.3 and later: fields by number, those that are not needed at the end. */
export function taggedGtid(buffer: Buffer, start: number): TransactionStart {
  const from = new VariableReader(buffer, start);
  from.unsigned();
  from.unsigned();
  from.unsigned();
  let [uuid, number, tag, committedAt] = ['', 0n, '', 0];
  for (let last = -1; last < TAGGED.committedAt; ) {
    last = Number(from.unsigned());
    if (last === TAGGED.uuid) uuid = uuidText(Buffer.from(Array.from({ length: 16 }, () => Number(from.unsigned()))));
    else if (last === TAGGED.number) number = from.signed();
    else if (last === TAGGED.tag) tag = from.text();
    else if (last === TAGGED.committedAt) committedAt = Number(from.unsigned());
    else from.unsigned();
  }
  return { gtid: { source: tag === '' ? uuid : `${uuid}:${tag}`, number }, committedAt };
}

/** Numbers whose first byte has as many ones at its low end as bytes follow it. */
class VariableReader {
  readonly #buffer: Buffer;
  #at: number;

  constructor(buffer: Buffer, at: number) {
    this.#buffer = buffer;
    this.#at = at;
  }

  unsigned(): bigint {
    const first = this.#buffer[this.#at]!;
    let more = 0;
    while (more < 8 && (first & (1 << more)) !== 0) more++;
    let value = 0n;
    for (let i = more; i > 0; i--) value = (value << 8n) | BigInt(this.#buffer[this.#at + i]!);
    this.#at += more + 1;
    return more >= 7 ? value : (value << BigInt(7 - more)) | BigInt(first >> (more + 1));
  }

  signed(): bigint {
    const value = this.unsigned();
    return (value & 1n) === 0n ? value >> 1n : -(value >> 1n) - 1n;
  }

  text(): string {
    const length = Number(this.unsigned());
    const text = this.#buffer.toString('latin1', this.#at, this.#at + length);
    this.#at += length;
    return text;
  }
}

const ALONE = 1;
const PREPARED_XA = 64;

/** GTID_EVENT of MariaDB, the body. `alone`: one statement without BEGIN and COMMIT. */
export function mariadbGtid(buffer: Buffer, start: number, server: number) {
  const from = new BytesReader(buffer, start);
  const number = from.number64();
  const gtid: Gtid = { source: String(from.number(4)), number, server };
  const flags = from.number(1);
  return { gtid, alone: (flags & ALONE) !== 0, xa: (flags & PREPARED_XA) !== 0 };
}
