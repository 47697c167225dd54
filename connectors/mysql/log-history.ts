import { type Finding, historyFinding, MillraceError, millraceError, type Positions } from '../contract/index.ts';
import { query, quoteText, type Session } from '../sql/index.ts';
import { LOG_LANE, logPosition } from './binlog-position.ts';
import { GtidSet } from './gtid.ts';
import type { LogPoint } from './log-point.ts';
import { type LogDialect, requireHistory } from './log-status.ts';

/** Whether the log still goes on from where the pipeline is, and until when it will. */
export async function historyFindings(
  session: Session,
  dialect: LogDialect,
  committed: Positions | undefined,
): Promise<Finding[]> {
  const position = committed === undefined ? undefined : logPosition(committed);
  const lost = position === undefined ? undefined : await lostHistory(session, dialect, position.log);
  if (lost !== undefined) return [lost];
  const at = committed?.lanes.get(LOG_LANE)?.committedAt;
  const committedAt = at === undefined ? undefined : new Date(at);
  const what = `the log at ${session.at}`;
  const hours = await managedHours(session);
  if (hours === 'unset') return [purgedAtOnce(what)];
  if (hours !== undefined) {
    const fix = 'Run the pipeline more often, or raise the hours by mysql.rds_set_configuration.';
    return [historyFinding({ what, keptMs: hours * 3_600_000, committedAt, fix, at: RETENTION_HOURS })];
  }
  const fix = 'Run the pipeline more often, or raise binlog_expire_logs_seconds.';
  return [historyFinding({ what, keptMs: await keptMs(session), committedAt, fix, at: 'binlog_expire_logs_seconds' })];
}

/** The setting of Amazon RDS and Aurora, which purge the log themselves, whatever the variables say. */
const RETENTION_HOURS = 'binlog retention hours';

/** Undefined: the service is another one, or the user may not see its table. */
async function managedHours(session: Session): Promise<number | 'unset' | undefined> {
  const [table] = await query(
    session,
    "SELECT 1 FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'mysql' AND TABLE_NAME = 'rds_configuration' AND COLUMN_NAME = 'value'",
  );
  if (table === undefined) return undefined;
  const name = quoteText(RETENTION_HOURS);
  const [row] = await query(session, `SELECT value FROM mysql.rds_configuration WHERE name = ${name}`);
  const value = row?.[0];
  return value === undefined || value === null ? 'unset' : Number(String(value));
}

function purgedAtOnce(what: string): Finding {
  return {
    severity: 'warning',
    code: 'cdc.retention',
    side: 'source',
    message: `${what} is purged by the service as soon as it can: "${RETENTION_HOURS}" is not set`,
    fix: `Run CALL mysql.rds_set_configuration('${RETENTION_HOURS}', 168).`,
    at: RETENTION_HOURS,
  };
}

async function lostHistory(session: Session, dialect: LogDialect, from: LogPoint): Promise<Finding | undefined> {
  try {
    await requireHistory(session, dialect, from);
    if (dialect === 'mariadb' && 'gtid' in from) await requireKept(session, from.gtid);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof MillraceError) || thrown.code !== 'source.history-lost') throw thrown;
    const { code, message, fix } = thrown;
    return { severity: 'error', code, side: 'source', message, fix };
  }
}

/** MariaDB says so itself when the log is asked for, and only then. The oldest file has at its begin, as `[0-1-5,...]`, what was before it. */
async function requireKept(session: Session, gtid: string): Promise<void> {
  const [oldest] = await query(session, 'SHOW BINARY LOGS');
  const events = await query(session, `SHOW BINLOG EVENTS IN ${quoteText(String(oldest?.[0]))} LIMIT 3`);
  const list = events.find(([, , type]) => String(type) === 'Gtid_list')?.[5] ?? '';
  if (GtidSet.parse(gtid).includes(GtidSet.parse(String(list).replaceAll(/[[\]\s]/g, '')))) return;
  const { at } = session;
  throw millraceError(
    'source.history-lost',
    `the log at ${at} cannot be read on: transactions behind the position were purged`,
    { at },
  );
}

/** Files whose newest event is older are taken away. Servers before MySQL 8.0 and MariaDB 10.6 count days. */
async function keptMs(session: Session): Promise<number> {
  const names = "'binlog_expire_logs_seconds', 'binlog_expire_logs_auto_purge', 'expire_logs_days'";
  const rows = await query(session, `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`);
  const values = new Map(rows.map(([name, value]) => [String(name), String(value)]));
  if (values.get('binlog_expire_logs_auto_purge') === 'OFF') return Number.POSITIVE_INFINITY;
  const seconds =
    Number(values.get('binlog_expire_logs_seconds') ?? 0) || Number(values.get('expire_logs_days') ?? 0) * 86_400;
  return seconds === 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
}
