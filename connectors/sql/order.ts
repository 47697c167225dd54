import { hash } from 'node:crypto';
import type { StreamName } from '../contract/index.ts';
import type { KeyOrder } from './load-changes.ts';
import { execute, query } from './query.ts';
import type { Session } from './session.ts';
import type { StateTable } from './state.ts';

/** Keys of one statement: far below what makes MySQL's range optimizer give up. */
const KEYS = 1000;
/** Rows of one DELETE outside of a lane's transaction, which may be small on serverless clusters. */
const FORGET_ROWS = 20_000;

/**
 * The last `seq` of each key of a stream, in `_millrace_order`, also of keys that are gone: what a source sends again is known by it. Read and
 * written by the transaction that writes the rows; the rows of the keys are locked, so that two lanes that have a key after each other cannot
 * both take it.
 */
export class OrderTable {
  readonly #state: StateTable;
  readonly #stream: StreamName;

  constructor(state: StateTable, stream: StreamName) {
    this.#state = state;
    this.#stream = stream;
  }

  /** What is known of these keys. `ordered`: at least one change of theirs has an order; else a stream that never had one costs no look. */
  async read(session: Session, keys: readonly string[], ordered: boolean): Promise<Map<string, bigint>> {
    const known = new Map<string, bigint>();
    if (!ordered && (await query(session, `SELECT 1 FROM ${this.#table} WHERE ${this.#where} LIMIT 1`)).length === 0) {
      return known;
    }
    const byHash = new Map(keys.map((key) => [keyHash(key), key]));
    for (const hashes of chunks([...byHash.keys()])) {
      const rows = await query(
        session,
        `SELECT LOWER(HEX(key_hash)), seq FROM ${this.#table} WHERE ${this.#where} AND key_hash IN (${literals(hashes)}) FOR UPDATE`,
      );
      for (const [found, seq] of rows) known.set(byHash.get(String(found))!, BigInt(String(seq)));
    }
    return known;
  }

  /** Keeps what the changes came to. A key whose last change has no order is forgotten. */
  async write(session: Session, { known, latest }: KeyOrder): Promise<void> {
    const moved = [...latest].filter(([key, seq]) => seq !== 0n && known.get(key) !== seq);
    for (const part of chunks(moved)) {
      const rows = part.map(([key, seq]) => `(${this.#state.streamValues(this.#stream)}, x'${keyHash(key)}', ${seq})`);
      await execute(
        session,
        `REPLACE INTO ${this.#table} (pipeline, stream_hash, key_hash, seq) VALUES ${rows.join(', ')}`,
      );
    }
    const unordered = [...latest].filter(([key, seq]) => seq === 0n && known.has(key)).map(([key]) => keyHash(key));
    for (const hashes of chunks(unordered)) {
      await execute(session, `DELETE FROM ${this.#table} WHERE ${this.#where} AND key_hash IN (${literals(hashes)})`);
    }
  }

  get #table(): string {
    return this.#state.table('_millrace_order');
  }

  get #where(): string {
    return this.#state.streamWhere(this.#stream);
  }
}

/** Forgets the order of one stream's keys, or of all of the pipeline: whatever is read again then is done again. */
export async function forgetOrder(session: Session, state: StateTable, stream: StreamName | undefined): Promise<void> {
  const where = stream === undefined ? state.pipelineWhere : state.streamWhere(stream);
  const sql = `DELETE FROM ${state.table('_millrace_order')} WHERE ${where} LIMIT ${FORGET_ROWS}`;
  while ((await execute(session, sql)).affected > 0);
}

/** 128 bits of a key record's bytes, given as latin1. */
function keyHash(key: string): string {
  return hash('sha256', Buffer.from(key, 'latin1'), 'hex').slice(0, 32);
}

function literals(hashes: readonly string[]): string {
  return hashes.map((one) => `x'${one}'`).join(', ');
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += KEYS) yield items.slice(at, at + KEYS);
}
