import type { Reading, ServerInfo, SqlPool } from '../sql/index.ts';
import { logFindings } from './binlog-check.ts';
import { logGroup, requireCarried, watchedLog } from './binlog-group.ts';
import { cascadeFindings, logsCascades, requireNoCascades } from './cascade-check.ts';
import { historyFindings } from './log-history.ts';

/** A way of reading tables, and the log behind it. */
export function withLog(reading: Reading, pool: SqlPool, info: ServerInfo): Reading {
  const dialect = info.dialect === 'mariadb' ? 'mariadb' : 'mysql';
  return {
    ...reading,
    changes: async (read, signal) => {
      if (!logsCascades(info)) {
        const tables = read.tables.map(({ schema }) => schema.stream);
        await using lease = await pool.lease('read', signal);
        await requireNoCascades(lease.session, tables);
      }
      return [await logGroup(pool, dialect, read, signal)];
    },
    requireChanges: requireCarried,
    watch: (read, signal) => watchedLog(pool, dialect, read, signal),
    findings: async (schemas, request, signal, committed) => {
      await using lease = await pool.lease('read', signal);
      const tables = request.streams.filter(({ mode }) => mode === 'cdc').map(({ stream }) => stream);
      return [
        ...(await reading.findings(schemas, request, signal, committed)),
        ...(await logFindings(lease.session, dialect, request)),
        ...(tables.length === 0 ? [] : await historyFindings(lease.session, dialect, committed)),
        ...(logsCascades(info) ? [] : await cascadeFindings(lease.session, tables)),
      ];
    },
  };
}
