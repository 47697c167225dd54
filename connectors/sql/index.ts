/** What the connectors of MySQL-protocol databases are made of. */
export { type BatchShape, readBatches } from './batches.ts';
export { sqlComparer } from './comparer.ts';
export { type Cells, readCells } from './comparer-rows.ts';
export { endpoint, type SqlConfig, sqlFields, sqlFromUrl } from './config.ts';
export { SqlDestination, type SqlDestinationOptions } from './destination.ts';
export {
  canonicalColumn,
  canonicalLiteral,
  hashSql,
  keyColumns,
  tableConditions,
} from './digest.ts';
export { sqlError } from './error.ts';
export type { FullRead, Handover, Moment, SettledRead } from './full-read.ts';
export { introspectTables } from './introspect.ts';
export { type KeyColumn, pageKey, whereSql } from './keyset.ts';
export { look } from './look.ts';
export { type Lease, SqlPool } from './pool.ts';
export { execute, query, rollback } from './query.ts';
export { quoteName, quoteTable, quoteText } from './quote.ts';
export type { ServerInfo } from './server.ts';
export { destroySession, type Session } from './session.ts';
export { type ChangeRead, type ChangeTable, type Reading, SqlSource, type SqlSourceOptions } from './source.ts';
export type { TableRead, View } from './table-read.ts';
