import type { Session } from './session.ts';

/**
 * The tables that millrace keeps in a DuckDB file, in schema `main`. No PRIMARY KEY: one process at a time writes them. No lists:
 * DuckDB updates a row with one by deleting and inserting it, and then does not see that two transactions change the same row. Lists are JSON.
 */
export const OWN = {
  state: '_millrace_state',
  streams: '_millrace_streams',
  tables: '_millrace_tables',
  rejects: '_millrace_rejects',
  order: '_millrace_order',
} as const;

/** Version of the form below; a file with a later one is refused. */
export const FORMAT = 1;

const declarations: readonly string[] = [
  `${OWN.state} (pipeline UUID NOT NULL, lane VARCHAR NOT NULL, epoch BIGINT NOT NULL, position VARCHAR, ended BOOLEAN NOT NULL,
    rows_read BIGINT NOT NULL, rows_written BIGINT NOT NULL, rows_superseded BIGINT NOT NULL, rows_already_applied BIGINT NOT NULL,
    rows_rejected BIGINT NOT NULL, pipeline_name VARCHAR NOT NULL, source_identity VARCHAR, streams VARCHAR NOT NULL, committed_at TIMESTAMP, format INTEGER NOT NULL)`,
  `${OWN.streams} (pipeline UUID NOT NULL, stream VARCHAR NOT NULL, generation BIGINT NOT NULL, phase VARCHAR NOT NULL,
    build VARCHAR, changed_at TIMESTAMP NOT NULL)`,
  `${OWN.tables} (schema_name VARCHAR NOT NULL, table_name VARCHAR NOT NULL, pipeline UUID NOT NULL, stream VARCHAR NOT NULL, key VARCHAR)`,
  `${OWN.rejects} (pipeline UUID NOT NULL, pipeline_name VARCHAR NOT NULL, lane VARCHAR NOT NULL, stream VARCHAR NOT NULL, code VARCHAR NOT NULL, message VARCHAR NOT NULL,
    row_json VARCHAR NOT NULL, rejected_at TIMESTAMP NOT NULL)`,
  `${OWN.order} (pipeline UUID NOT NULL, stream VARCHAR NOT NULL, key_hash VARCHAR NOT NULL, seq UBIGINT NOT NULL)`,
];

/** Makes what is missing of them. */
export async function createOwnTables(session: Session): Promise<void> {
  for (const declaration of declarations) await session.run(`CREATE TABLE IF NOT EXISTS ${declaration}`);
}

/** Whether the file has them. */
export async function hasOwnTables(session: Session): Promise<boolean> {
  const found = await session.rows(
    `SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' AND table_name = '${OWN.rejects}'`,
  );
  return found.length > 0;
}
