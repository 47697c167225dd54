import type { DatabaseSync } from 'node:sqlite';

/** Version of the tables below, kept in `user_version`. A file of another version is left alone. */
export const FORMAT = 1;

const TABLES = `
CREATE TABLE IF NOT EXISTS runs (
  run TEXT PRIMARY KEY,
  pipeline TEXT NOT NULL,
  name TEXT NOT NULL,
  pid INTEGER NOT NULL,
  started TEXT NOT NULL,
  finished TEXT,
  status TEXT NOT NULL,
  outcome TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS runs_by_start ON runs (started);
CREATE TABLE IF NOT EXISTS events (
  run TEXT NOT NULL,
  n INTEGER NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS positions (
  pipeline TEXT NOT NULL,
  lane TEXT NOT NULL,
  position TEXT NOT NULL,
  ended INTEGER NOT NULL,
  counts TEXT NOT NULL,
  committed TEXT NOT NULL,
  seen TEXT NOT NULL,
  PRIMARY KEY (pipeline, lane)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS streams (
  pipeline TEXT NOT NULL,
  stream TEXT NOT NULL,
  generation INTEGER NOT NULL,
  phase TEXT NOT NULL,
  seen TEXT NOT NULL,
  PRIMARY KEY (pipeline, stream)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = ${FORMAT};
`;

/** Makes the tables. Two processes may share the file: readers never wait, writers wait some seconds for each other. */
export function prepareTables(database: DatabaseSync): void {
  database.exec('PRAGMA busy_timeout = 5000');
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version !== 0 && version !== FORMAT) throw new Error(`it has format ${version}, this millrace knows ${FORMAT}`);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  if (version === 0) database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT`);
}
