import { execute } from '../../connectors/sql/query.ts';
import { quoteText } from '../../connectors/sql/quote.ts';
import type { Session } from '../../connectors/sql/session.ts';
import { statementCode } from './statement-code.ts';

/** The mode in which a session begins, as `session-settings.ts` pins it: nothing is cut in silence, and zero dates are values. */
export const OWN_MODES = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';

/** What connections are in, whoever has them; one that is not here is as it began. Undefined: not known. */
const current = new WeakMap<Session, string | undefined>();

/** The `sql_mode` of a connection: it is sent when a statement comes that it matters to, as each is a way to the server and back. */
export class SessionModes {
  wanted = OWN_MODES;
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Sends the mode that is wanted where the connection is in another. Throws as the statement would. */
  async before(sql: string, wanted = this.wanted): Promise<void> {
    const session = this.#session;
    if ((current.has(session) ? current.get(session) : OWN_MODES) === wanted || !minds(sql)) return;
    current.set(session, undefined);
    await execute(session, `SET SESSION sql_mode = ${quoteText(wanted)}`);
    current.set(session, wanted);
  }

  /** A statement of the project may set them itself. */
  behind(sql: string): void {
    if (/^(SET|CALL|EXECUTE)$/.test(statementCode(sql))) current.set(this.#session, undefined);
  }
}

/** What has no text and reckons nothing is the same in every mode. */
const PLAIN = /^(BEGIN|COMMIT|ROLLBACK|USE|RENAME TABLE|TRUNCATE TABLE|DROP (TABLE|VIEW)|CREATE TABLE)\b/;

function minds(sql: string): boolean {
  const unnamed = sql.replaceAll(/`[^`]*`/g, '');
  if (!PLAIN.test(unnamed) || /['"\\|]/.test(unnamed)) return true;
  return /\b(SELECT|WITH|VALUES|DEFAULT(?! CHARACTER SET))\b|\bTABLE\b.*\bTABLE\b/is.test(unnamed);
}
