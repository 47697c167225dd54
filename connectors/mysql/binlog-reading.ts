import type { Reading, ServerInfo, SqlPool } from '../sql/index.ts';
import { logFindings } from './binlog-check.ts';
import { logGroup, watchedLog } from './binlog-group.ts';

/** A way of reading tables, and the log behind it. */
export function withLog(reading: Reading, pool: SqlPool, info: ServerInfo): Reading {
  const dialect = info.dialect === 'mariadb' ? 'mariadb' : 'mysql';
  return {
    ...reading,
    changes: async (read, signal) => [await logGroup(pool, dialect, read, signal)],
    watch: (read, signal) => watchedLog(pool, dialect, read, signal),
    findings: async (schemas, request, signal) => {
      await using lease = await pool.lease('read', signal);
      const own = await logFindings(lease.session, dialect, request);
      return [...(await reading.findings(schemas, request, signal)), ...own];
    },
  };
}
