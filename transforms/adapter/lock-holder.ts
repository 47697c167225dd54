import { setTimeout } from 'node:timers/promises';
import { cellText, type Run } from '../../connectors/sql/introspect-run.ts';
import { quoteText } from '../../connectors/sql/quote.ts';
import type { ServerInfo } from '../../connectors/sql/server.ts';

type ServerDialect = ServerInfo['dialect'];

/** How long a statement may wait before it is looked whom for. */
const PATIENCE_MS = 3000;

/** Looks once, when `work` takes long. What the looking comes to is not the work's matter: a user may not be allowed to see others. */
export async function whileWaiting<T>(work: Promise<T>, look: () => Promise<void>): Promise<T> {
  const ended = new AbortController();
  const looking = setTimeout(PATIENCE_MS, undefined, { signal: ended.signal })
    .then(look)
    .catch(() => undefined);
  try {
    return await work;
  } finally {
    ended.abort();
    await looking;
  }
}

/** A statement that may wait, and the connection that it was sent over. */
export interface Waiting {
  readonly id: number;
  readonly sql: string;
}

/**
 * The connections that DDL of another one waits for, each as `12 (reader@10.0.0.7)`; none where it does not wait, or nobody tells. On TiDB
 * from `mysql.tidb_mdl_view`, of users only on the same instance; on MySQL from its metadata locks. MariaDB shows no locks, so there it is
 * whose transaction is open longest.
 */
export async function ddlHolders(run: Run, dialect: ServerDialect, waiting: Waiting): Promise<string[]> {
  return people(await run(HOLDERS[dialect](waiting)));
}

/** What such connections are to people. On MariaDB they are a guess. */
export function openTransactions(holders: readonly string[], dialect: ServerDialect): string {
  const told = holders.join(', ');
  return dialect === 'mariadb'
    ? `an open transaction, perhaps that of connection ${told}, the oldest`
    : `the open transaction of connection ${told}`;
}

/** The connection that holds a lock of GET_LOCK, as above; none on TiDB, which does not tell. `lock` is its name as a literal. */
export async function lockHolder(run: Run, lock: string): Promise<string[]> {
  return people(
    await run(`SELECT id, user, host FROM information_schema.processlist WHERE id = IS_USED_LOCK(${lock})`),
  );
}

const HOLDERS: Readonly<Record<ServerDialect, (waiting: Waiting) => string>> = {
  tidb: ({ sql }) =>
    `SELECT DISTINCT v.session_id, h.user, h.host FROM mysql.tidb_mdl_view v
     LEFT JOIN information_schema.processlist h ON h.id = v.session_id WHERE v.query = ${quoteText(sql)}`,
  mysql: ({ id }) =>
    `SELECT DISTINCT t.processlist_id, t.processlist_user, t.processlist_host FROM performance_schema.threads me
     JOIN performance_schema.metadata_locks w ON w.owner_thread_id = me.thread_id AND w.lock_status = 'PENDING'
     JOIN performance_schema.metadata_locks h ON h.object_type = w.object_type AND h.object_schema <=> w.object_schema
       AND h.object_name <=> w.object_name AND h.lock_status = 'GRANTED' AND h.owner_thread_id <> w.owner_thread_id
     JOIN performance_schema.threads t ON t.thread_id = h.owner_thread_id
     WHERE me.processlist_id = ${id}`,
  mariadb: ({ id }) =>
    `SELECT p.id, p.user, p.host FROM information_schema.innodb_trx x
     JOIN information_schema.processlist p ON p.id = x.trx_mysql_thread_id
     JOIN information_schema.processlist w ON w.id = ${id} AND w.state LIKE '%metadata lock%'
     WHERE p.id <> ${id} ORDER BY x.trx_started LIMIT 1`,
};

function people(rows: Awaited<ReturnType<Run>>): string[] {
  return rows.map((row) => {
    const [id, user, host = ''] = row.map(cellText);
    return user === undefined ? `${id}` : `${id} (${user}@${host.replace(/:\d+$/, '')})`;
  });
}
