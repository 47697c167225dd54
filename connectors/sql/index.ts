/** What the connectors of MySQL-protocol databases are made of. */
export { endpoint, type SqlConfig, sqlFields, sqlFromUrl } from './config.ts';
export { SqlDestination, type SqlDestinationOptions } from './destination.ts';
export { sqlError } from './error.ts';
export type { FullRead, Moment } from './full-read.ts';
export { type KeyColumn, pageKey } from './keyset.ts';
export { look } from './look.ts';
export { type Lease, SqlPool } from './pool.ts';
export { execute, query, rollback } from './query.ts';
export { quoteName, quoteTable, quoteText } from './quote.ts';
export type { ServerInfo } from './server.ts';
export { destroySession, type Session } from './session.ts';
export { type ChangeRead, type ChangeTable, type Reading, SqlSource, type SqlSourceOptions } from './source.ts';
export type { View } from './table-read.ts';
