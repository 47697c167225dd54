import type { FieldPacket, ResultSetHeader } from 'mysql2';
import { type MillraceError, millraceError } from '../contract/index.ts';
import { sqlError } from './error.ts';
import { destroySession, type Session, untilCut } from './session.ts';

/** A value of a small result: text, or bytes for binary columns. */
export type Cell = string | Buffer | null;

/** SERVER_STATUS_IN_TRANS of the protocol. */
const IN_TRANSACTION = 1;

export interface StatementResult {
  /** Rows changed; for an UPDATE the rows matched, changed or not. */
  readonly affected: number;
  readonly warnings: number;
  /** What the server says, e.g. `Records: 3  Duplicates: 0  Warnings: 0`. */
  readonly info: string;
}

/** Codes of the protocol's column types whose values are bytes when their charset is `binary` (63). */
const byteTypes = new Set([16, 249, 250, 251, 252, 253, 254, 255]);

/** Runs a query with a small result, held in memory. Throws `MillraceError`. */
export async function query(session: Session, sql: string): Promise<Cell[][]> {
  const [rows, fields] = await answered(session, sql);
  if (!Array.isArray(rows)) return [];
  const isBytes = (fields ?? []).map((field) => field.characterSet === 63 && byteTypes.has(field.columnType ?? 0));
  return (rows as (Buffer | null)[][]).map((row) =>
    row.map((value, at) => (value === null || isBytes[at] === true ? value : value.toString('utf8'))),
  );
}

/** Runs a statement that gives no rows. Throws `MillraceError`. */
export async function execute(session: Session, sql: string): Promise<StatementResult> {
  const [rows] = await answered(session, sql);
  const { affectedRows, warningStatus, info, serverStatus } = rows as ResultSetHeader;
  session.inTransaction = (serverStatus & IN_TRANSACTION) !== 0;
  return { affected: affectedRows, warnings: warningStatus, info };
}

/** Ends the open transaction without keeping anything. Never throws: a session that cannot is destroyed, and the server rolls back. */
export async function rollback(session: Session): Promise<void> {
  if (session.lost) return;
  try {
    await execute(session, 'ROLLBACK');
  } catch {
    destroySession(session);
  }
}

async function answered(session: Session, sql: string): Promise<[unknown, FieldPacket[] | undefined]> {
  const answer = new Promise<[unknown, FieldPacket[] | undefined]>((resolve, reject) => {
    session.wire.query(sql, (error, rows, fields) => {
      if (error === null) resolve([rows, fields]);
      else reject(error);
    });
  });
  try {
    return await untilCut(session, answer);
  } catch (thrown) {
    throw statementError(session, thrown);
  }
}

/** The error of a statement. A session that is out of step with its server is destroyed. */
export function statementError(session: Session, thrown: unknown): MillraceError {
  const error = askedForFile(session, thrown) ?? sqlError(thrown, session.side, session.at);
  const useless = error.retry === 'reconnect' || error.retry === 'wake' || error.retry === 'restart';
  if (useless || error.origin === 'internal') destroySession(session);
  return error;
}

/** The driver answers such a request with nothing; what asked for it is not trusted any further. */
function askedForFile(session: Session, thrown: unknown): MillraceError | undefined {
  if (!(thrown instanceof Error) || !thrown.message.startsWith('As a result of LOCAL INFILE command')) return undefined;
  destroySession(session);
  return millraceError('connect.file-asked', `${session.at} answered a query by asking for a local file`, {
    at: session.at,
    cause: thrown,
  });
}
