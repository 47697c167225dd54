import { quoteName, quoteTable } from './quote.ts';

/** Raised when a later version lays the tables out in another way. */
export const STATE_FORMAT = 1;

/** The tables that millrace keeps beside the rows, in the order in which they are made. */
export const stateTables = ['_millrace_state', '_millrace_streams', '_millrace_rejects', '_millrace_order'] as const;
export type StateTableName = (typeof stateTables)[number];

/**
 * Lanes: keyed by hash in binary, because collations make `shop.Foo` and `shop.foo` one text. `position` NULL: opened, never committed.
 */
const laneColumns = `
  pipeline BINARY(16) NOT NULL,
  lane_hash BINARY(16) NOT NULL,
  pipeline_name TEXT NOT NULL,
  lane TEXT NOT NULL,
  streams LONGTEXT NOT NULL COMMENT 'JSON: names of the streams whose rows the lane carries',
  epoch BIGINT UNSIGNED NOT NULL COMMENT 'raised by every opener: only the last may commit',
  connection_id BIGINT UNSIGNED NOT NULL COMMENT 'who holds the lane',
  server_run TEXT NOT NULL COMMENT 'JSON: the life of the server that gave this id',
  position LONGBLOB NULL,
  ended TINYINT NOT NULL DEFAULT 0,
  rows_read BIGINT UNSIGNED NOT NULL DEFAULT 0,
  rows_written BIGINT UNSIGNED NOT NULL DEFAULT 0,
  rows_superseded BIGINT UNSIGNED NOT NULL DEFAULT 0,
  rows_already_applied BIGINT UNSIGNED NOT NULL DEFAULT 0,
  rows_rejected BIGINT UNSIGNED NOT NULL DEFAULT 0,
  source_identity TEXT NOT NULL,
  format INT NOT NULL,
  committed_at DATETIME(6) NULL COMMENT 'UTC',
  PRIMARY KEY (pipeline, lane_hash)`;

/** Streams: how far a full read has come, and which table is the pipeline's own. */
const streamColumns = `
  pipeline BINARY(16) NOT NULL,
  stream_hash BINARY(16) NOT NULL,
  pipeline_name TEXT NOT NULL,
  stream TEXT NOT NULL,
  table_schema VARBINARY(256) NOT NULL COMMENT 'the target table',
  table_name VARBINARY(256) NOT NULL,
  generation BIGINT UNSIGNED NOT NULL COMMENT '0: no full read yet',
  phase VARCHAR(16) NOT NULL,
  format INT NOT NULL,
  changed_at DATETIME(6) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (pipeline, stream_hash)`;

const rejectColumns = `
  id BIGINT NOT NULL AUTO_INCREMENT,
  pipeline BINARY(16) NOT NULL,
  pipeline_name TEXT NOT NULL,
  lane TEXT NOT NULL,
  stream TEXT NOT NULL,
  code VARCHAR(64) NOT NULL,
  message TEXT NOT NULL,
  row_json LONGTEXT NOT NULL,
  rejected_at DATETIME(6) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (id)`;

/** The last change of each key, of streams whose source may send changes again. Keys that are gone stay. */
const orderColumns = `
  pipeline BINARY(16) NOT NULL,
  stream_hash BINARY(16) NOT NULL,
  key_hash BINARY(16) NOT NULL,
  seq BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (pipeline, stream_hash, key_hash)`;

const columnsOf: Record<StateTableName, string> = {
  _millrace_state: laneColumns,
  _millrace_streams: streamColumns,
  _millrace_rejects: rejectColumns,
  _millrace_order: orderColumns,
};

/** Statements that make the tables where they are not there yet. The database must exist. */
export function createStateSql(database: string): string[] {
  return stateTables.map(
    (name) =>
      `CREATE TABLE IF NOT EXISTS ${quoteTable({ namespace: database, name })} (${columnsOf[name]}\n) ` +
      'DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin',
  );
}

/** The database of the state, made where it is not there yet. */
export function createDatabaseSql(database: string): string {
  return `CREATE DATABASE IF NOT EXISTS ${quoteName(database)}`;
}
