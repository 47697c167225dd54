import type { FieldPacket, ResultSetHeader } from 'mysql2';
import { statementError } from './query.ts';
import { type Session, untilCut } from './session.ts';

/** All that a server answers to one statement. */
export interface Answer {
  /** Columns of the result; undefined where the statement gives none. */
  readonly fields: readonly FieldPacket[] | undefined;
  /** The first rows, each value as the text protocol has it. */
  readonly rows: readonly (readonly (Buffer | null)[])[];
  /** Rows of the whole result, or rows changed. */
  readonly count: number;
  /** How many warnings there are to ask for; undefined: the driver does not say. */
  readonly warnings: number | undefined;
}

/** SERVER_STATUS_IN_TRANS of the protocol. */
const IN_TRANSACTION = 1;

interface Packet {
  isEOF(): boolean;
  eofWarningCount(): number;
  eofStatusFlags(): number;
}

/** A state of mysql2's query command: takes a packet, gives the state for the next one. */
type State = (this: unknown, packet: Packet, connection: unknown) => unknown;

/** Runs a statement of any kind. `keep` rows are kept at most, the others are read and let go of. Throws `MillraceError`. */
export async function answer(session: Session, sql: string, keep: number): Promise<Answer> {
  try {
    return await untilCut(session, answered(session, sql, keep));
  } catch (thrown) {
    throw statementError(session, thrown);
  }
}

function answered(session: Session, sql: string, keep: number): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const command = session.wire.query({ sql, rowsAsArray: true, typeCast: false });
  let warnings: number | undefined;
  atEnd(command, (packet) => {
    warnings = packet.eofWarningCount();
    session.inTransaction = (packet.eofStatusFlags() & IN_TRANSACTION) !== 0;
  });
  const rows: (Buffer | null)[][] = [];
  let fields: readonly FieldPacket[] | undefined;
  let count = 0;
  command.on('error', reject);
  command.on('fields', (found: readonly FieldPacket[] | undefined) => {
    fields = found;
  });
  command.on('result', (result: unknown) => {
    if (Array.isArray(result)) {
      count++;
      if (rows.length < keep) rows.push(result as (Buffer | null)[]);
      return;
    }
    const header = result as ResultSetHeader;
    count = header.affectedRows;
    warnings = header.warningStatus;
    session.inTransaction = (header.serverStatus & IN_TRANSACTION) !== 0;
  });
  command.on('end', () => resolve({ fields, rows, count, warnings }));
  return promise;
}

/**
 * Looks at the packet that ends a result: the warnings of a SELECT are counted nowhere else, and mysql2 does not hand the number on. Where
 * mysql2 is built otherwise nothing is seen.
 */
function atEnd(command: unknown, look: (packet: Packet) => void): void {
  const query = command as { row?: State };
  const original = query.row;
  if (typeof original !== 'function') return;
  const row: State = function (this: unknown, packet, connection) {
    if (packet.isEOF()) look(packet);
    const next = original.call(this, packet, connection);
    return next === original ? row : next;
  };
  query.row = row;
}
