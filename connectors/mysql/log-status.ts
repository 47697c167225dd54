import { millraceError } from '../contract/index.ts';
import { execute, query, quoteText, type Session } from '../sql/index.ts';
import type { LogPoint } from './log-point.ts';

export type LogDialect = 'mysql' | 'mariadb';

/** Where the log ends now: every transaction that a reader can see by now lies before it. Throws `cdc.log-settings`. */
export async function logEnd(session: Session, dialect: LogDialect): Promise<LogPoint> {
  if (dialect === 'mariadb') return mariadbEnd(session);
  const [row] = await query(session, 'SELECT @@GLOBAL.gtid_mode, @@GLOBAL.gtid_executed');
  const [mode, executed] = row!.map(String);
  return mode === 'ON' ? { gtid: executed!.replaceAll(/\s/g, '') } : fileEnd(session);
}

/**
 * A transaction is in MariaDB's log shortly before it can be seen in its table: only the log's place that belongs to a consistent
 * snapshot has no such transaction before it.
 */
async function mariadbEnd(session: Session): Promise<LogPoint> {
  await execute(session, 'START TRANSACTION WITH CONSISTENT SNAPSHOT');
  try {
    const status = new Map(await statusRows(session));
    const [file = '', at = ''] = [status.get('Binlog_snapshot_file'), status.get('Binlog_snapshot_position')];
    if (file === '') throw logOff(session);
    const [row] = await query(session, `SELECT BINLOG_GTID_POS(${quoteText(file)}, ${Number(at)})`);
    return { gtid: String(row?.[0] ?? '') };
  } finally {
    if (!session.lost) await execute(session, 'ROLLBACK');
  }
}

async function statusRows(session: Session): Promise<[string, string][]> {
  const rows = await query(session, "SHOW STATUS LIKE 'binlog_snapshot_%'");
  return rows.map(([name, value]) => [String(name), String(value)]);
}

/** MySQL before 8.2 and MySQL since have no word in common for it. */
async function fileEnd(session: Session): Promise<LogPoint> {
  const rows = await query(session, 'SHOW BINARY LOG STATUS').catch(() => query(session, 'SHOW MASTER STATUS'));
  const [file, at] = rows[0] ?? [];
  if (file === undefined) throw logOff(session);
  return { file: String(file), at: Number(at) };
}

function logOff({ at }: Session): Error {
  return millraceError('cdc.log-settings', `the server at ${at} writes no binary log`, {
    at,
    fix: 'Start the server with log_bin.',
  });
}

/** Throws `source.history-lost` where the log does not go on from the point any more, or the server never was there. */
export async function requireHistory(session: Session, dialect: LogDialect, from: LogPoint): Promise<void> {
  const { at } = session;
  const lost = (why: string) =>
    millraceError('source.history-lost', `the log at ${at} cannot be read on: ${why}`, { at });
  if ('file' in from) {
    const logs = await query(session, 'SHOW BINARY LOGS');
    const size = logs.find(([file]) => String(file) === from.file)?.[1];
    if (size === undefined) throw lost(`${from.file} is gone`);
    if (Number(size) < from.at) throw lost(`${from.file} is shorter than it was`);
    return;
  }
  // MariaDB tells by itself when the log is asked for.
  if (dialect === 'mariadb') return;
  const set = quoteText(from.gtid);
  const [row] = await query(
    session,
    `SELECT GTID_SUBSET(@@GLOBAL.gtid_purged, ${set}), GTID_SUBSET(${set}, @@GLOBAL.gtid_executed)`,
  );
  if (row![0] !== '1') throw lost('transactions behind the position were purged');
  if (row![1] !== '1') throw lost('the server does not have transactions that were read from it before');
}
