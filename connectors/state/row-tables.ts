import type { DatabaseSync } from 'node:sqlite';

/** Version of the tables below, kept in `user_version`. */
const FORMAT = 1;

export const ROWS = 'rows_kept';

/**
 * `at`: where the first column of the key lies, `hash`: of the key. `a` to `d`: the quarters of the row's hash. `moment`: the row is unknown until
 * a position of it is committed, and then has the hash `next`, or is gone where that is NULL.
 */
export const ROWS_TABLE = `CREATE TABLE ${ROWS} (
  at TEXT NOT NULL,
  hash BLOB NOT NULL,
  key TEXT NOT NULL,
  a INTEGER, b INTEGER, c INTEGER, d INTEGER,
  next BLOB,
  moment TEXT,
  PRIMARY KEY (at, hash)
) STRICT, WITHOUT ROWID;`;

const TABLES = `
${ROWS_TABLE}
CREATE INDEX unknown ON ${ROWS} (moment) WHERE moment IS NOT NULL;
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE attempts (moment TEXT PRIMARY KEY, base TEXT NOT NULL, shape TEXT NOT NULL, complete INTEGER NOT NULL) STRICT;
PRAGMA user_version = ${FORMAT};
`;

/** What is noted must outlive the machine: the destination commits behind it. */
export function prepareRowTables(database: DatabaseSync): void {
  database.exec('PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version === 0) database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT`);
  else if (version !== FORMAT) {
    throw Object.assign(new Error(`it has format ${version}, this millrace knows ${FORMAT}`), { code: 'FORMAT' });
  }
}

export interface Attempt {
  readonly base: string;
  readonly shape: string;
  readonly complete: number;
}

/** What is known of the rows as a whole. */
export class Facts {
  readonly database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  read(name: string): string | undefined {
    const row = this.database.prepare('SELECT value FROM facts WHERE name = ?').get(name);
    return row === undefined ? undefined : String(row.value);
  }

  write(name: string, value: string): void {
    this.database
      .prepare('INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
      .run(name, value);
  }

  forget(name: string): void {
    this.database.prepare('DELETE FROM facts WHERE name = ?').run(name);
  }

  attempt(moment: string): Attempt | undefined {
    return this.database.prepare('SELECT base, shape, complete FROM attempts WHERE moment = ?').get(moment) as
      | Attempt
      | undefined;
  }

  /** The moments that lead from one to another, if all that lies between was noted. */
  chain(from: string, to: string): readonly string[] | undefined {
    const chain: string[] = [];
    for (let moment = to; moment !== from; ) {
      const attempt = this.attempt(moment);
      if (attempt === undefined || attempt.complete === 0 || chain.includes(moment)) return undefined;
      chain.unshift(moment);
      moment = attempt.base;
    }
    return chain;
  }
}
