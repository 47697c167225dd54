import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  type ColumnType,
  type Comparer,
  type HeldMoment,
  type KeptRow,
  type KeptShape,
  MillraceError,
  millraceError,
  type RowStore,
} from '../contract/index.ts';
import { keyHash, placeOf } from './key-place.ts';
import { type Ask, rowsComparer } from './row-comparer.ts';
import { Facts, prepareRowTables, ROWS, ROWS_TABLE } from './row-tables.ts';

/** Rows of a fill that are one transaction. */
const ROWS_AT_ONCE = 10_000;

/**
 * A RowStore in an SQLite file of its own. Beside the hash of a row that is certain stands the one that it will have when the position of a
 * moment is committed: until then the row is unknown, and equal to nothing. Moments that lead from one to the next are a chain, so that a run that
 * went over several of them is settled at whichever of them was committed.
 */
export class FileRowStore implements RowStore, Disposable {
  readonly #path: string;
  readonly #owner = crypto.randomUUID();
  #opened: { readonly database: DatabaseSync; readonly facts: Facts } | undefined;
  #types: readonly ColumnType[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  probe(): void {
    this.#guard(() => {
      if (existsSync(this.#path)) this.#open();
      let folder = dirname(this.#path);
      while (!existsSync(folder)) folder = dirname(folder);
      // The point makes a file in place of the folder an error.
      accessSync(`${folder}/.`, constants.W_OK);
    });
  }

  settle(position: HeldMoment, key: string): string | undefined {
    return this.#guard(() => {
      this.#take();
      return this.#write((facts) => {
        this.#useFilled(facts, position.moment);
        const reason = this.#promote(facts, position);
        if (reason !== undefined) return reason;
        const own = facts.read('key');
        if (own !== key) return 'its key is another one now';
        this.#types = typesOf(key);
        return undefined;
      });
    });
  }

  begin(from: string, to: string, { shape }: KeptShape): void {
    this.#guard(() =>
      this.#write(({ database }) => {
        database
          .prepare('INSERT INTO attempts VALUES (?, ?, ?, 0) ON CONFLICT DO UPDATE SET complete = 0')
          .run(to, from, shape);
      }),
    );
  }

  note(to: string, rows: readonly KeptRow[]): void {
    if (rows.length === 0) return;
    this.#guard(() =>
      this.#write(({ database }) => {
        const note = database.prepare(
          `INSERT INTO ${ROWS} (at, hash, key, next, moment) VALUES (?, ?, ?, ?, ?) ` +
            'ON CONFLICT (at, hash) DO UPDATE SET next = excluded.next, moment = excluded.moment',
        );
        for (const { key, hash } of rows) {
          const next = hash === undefined ? null : Buffer.from(hash, 'hex');
          note.run(this.#place(key[0]!), keyHash(key), JSON.stringify(key), next, to);
        }
      }),
    );
  }

  complete(to: string): void {
    this.#guard(() =>
      this.#write(({ database }) => database.prepare('UPDATE attempts SET complete = 1 WHERE moment = ?').run(to)),
    );
  }

  async fill(moment: string, shape: KeptShape, rows: AsyncIterable<readonly KeptRow[]>): Promise<void> {
    this.#guard(() => {
      this.#take();
      this.#write((facts) => {
        facts.forget('filled');
        facts.database.exec(`DROP TABLE IF EXISTS filled; ${ROWS_TABLE.replace(ROWS, 'filled')}`);
      });
    });
    this.#types = typesOf(shape.key);
    let waiting: KeptRow[] = [];
    for await (const some of rows) {
      waiting.push(...some);
      if (waiting.length < ROWS_AT_ONCE) continue;
      this.#fillWith(waiting);
      waiting = [];
    }
    this.#fillWith(waiting);
    const filled = JSON.stringify({ moment, ...shape });
    this.#guard(() => this.#write((facts) => facts.write('filled', filled)));
  }

  comparer(shape: string): Comparer {
    const { database, facts } = this.#open();
    const ask: Ask = (sql, values) =>
      this.#guard(() => {
        const query = database.prepare(sql);
        query.setReadBigInts(true);
        return query.all(...values);
      });
    return rowsComparer(ask, facts.read('shape') === shape);
  }

  [Symbol.dispose](): void {
    this.#opened?.database.close();
    this.#opened = undefined;
  }

  #fillWith(rows: readonly KeptRow[]): void {
    this.#guard(() =>
      this.#write(({ database }) => {
        const add = database.prepare('INSERT INTO filled (at, hash, key, a, b, c, d) VALUES (?, ?, ?, ?, ?, ?, ?)');
        for (const { key, hash } of rows) {
          add.run(this.#place(key[0]!), keyHash(key), JSON.stringify(key), ...quarters(hash!));
        }
      }),
    );
  }

  #place(text: string | null): string {
    return placeOf(this.#types[0]!, text!);
  }

  /** A fill whose moment was committed takes the place of what was there. */
  #useFilled(facts: Facts, moment: string): void {
    const text = facts.read('filled');
    const filled = text === undefined ? undefined : (JSON.parse(text) as KeptShape & { moment: string });
    if (filled?.moment !== moment) return;
    facts.database.exec(
      `DROP INDEX IF EXISTS unknown; DROP TABLE ${ROWS}; ALTER TABLE filled RENAME TO ${ROWS}; ` +
        `CREATE INDEX unknown ON ${ROWS} (moment) WHERE moment IS NOT NULL; DELETE FROM attempts`,
    );
    facts.forget('filled');
    for (const [name, value] of Object.entries(filled)) facts.write(name, value);
  }

  /** What was noted on the way to the committed moment is certain now. */
  #promote(facts: Facts, { moment, going }: HeldMoment): string | undefined {
    const own = facts.read('moment');
    if (own === undefined) return 'no hashes of its rows are kept on this machine';
    const chain = facts.chain(own, moment);
    if (chain === undefined) return 'the hashes of its rows that are kept on this machine are of another run';
    if (going !== undefined && facts.attempt(going) === undefined) {
      return 'a run on another machine was on its way to a later moment';
    }
    const { database } = facts;
    for (const one of chain) {
      database.prepare(`DELETE FROM ${ROWS} WHERE moment = ? AND next IS NULL`).run(one);
      const settled = database.prepare(`SELECT at, hash, next FROM ${ROWS} WHERE moment = ?`).all(one);
      const set = database.prepare(
        `UPDATE ${ROWS} SET a = ?, b = ?, c = ?, d = ?, next = NULL, moment = NULL WHERE at = ? AND hash = ?`,
      );
      for (const { at, hash, next } of settled) {
        set.run(...quarters(Buffer.from(next as Uint8Array).toString('hex')), at!, hash!);
      }
    }
    if (chain.length > 0) facts.write('shape', facts.attempt(moment)!.shape);
    facts.write('moment', moment);
    database.prepare('DELETE FROM attempts WHERE moment IS NOT ?').run(going ?? null);
    return undefined;
  }

  #open(): { readonly database: DatabaseSync; readonly facts: Facts } {
    if (this.#opened === undefined) {
      mkdirSync(dirname(this.#path), { recursive: true });
      const database = new DatabaseSync(this.#path);
      try {
        prepareRowTables(database);
      } catch (thrown) {
        database.close();
        throw thrown;
      }
      this.#opened = { database, facts: new Facts(database) };
    }
    return this.#opened;
  }

  /** Invariant 5, among processes of one machine: who settled or filled last may write. */
  #take(): void {
    this.#transaction((facts) => facts.write('owner', this.#owner));
  }

  #write<T>(work: (facts: Facts) => T): T {
    return this.#transaction((facts) => {
      if (facts.read('owner') !== this.#owner) {
        throw millraceError('lane.fenced', `another process works with ${this.#path}`, { at: this.#path });
      }
      return work(facts);
    });
  }

  #transaction<T>(work: (facts: Facts) => T): T {
    const { database, facts } = this.#open();
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work(facts);
      database.exec('COMMIT');
      return result;
    } catch (thrown) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw thrown;
    }
  }

  #guard<T>(work: () => T): T {
    return guarded(this.#path, work);
  }
}

/** Errors of SQLite and of the file system as the registry's. */
function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof MillraceError || !(thrown instanceof Error) || !('code' in thrown)) throw thrown;
    const message = `the row hashes in ${path} cannot be used: ${thrown.message}`;
    throw millraceError('cdc.kept-rows', message, { at: path, cause: thrown });
  }
}

function typesOf(key: string): readonly ColumnType[] {
  return (JSON.parse(key) as readonly (readonly [string, ColumnType])[]).map(([, type]) => type);
}

/** A hash in hex as four numbers, whose sums stay exact. */
function quarters(hash: string): [number, number, number, number] {
  const at = (i: number) => Number.parseInt(hash.slice(8 * i, 8 * i + 8), 16);
  return [at(0), at(1), at(2), at(3)];
}
