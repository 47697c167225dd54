import { type Finding, millraceError, type StreamName, streamText } from '../contract/index.ts';
import { query, quoteText, type ServerInfo, type Session } from '../sql/index.ts';

/** The version from which MySQL carries out cascades where it logs rows, and not inside of its storage engine. */
const LOGGED_FROM = 9.06;

/** Whether the server writes what a foreign key does to rows into its log. */
export function logsCascades({ dialect, version }: Pick<ServerInfo, 'dialect' | 'version'>): boolean {
  const [major = '0', minor = '0'] = version.split('.');
  return dialect === 'mysql' && Number(major) + Number.parseInt(minor, 10) / 100 >= LOGGED_FROM;
}

/** Tables whose rows a foreign key changes without a word in the log. */
export async function cascadeFindings(session: Session, tables: readonly StreamName[]): Promise<Finding[]> {
  if (tables.length === 0) return [];
  const names = new Set(tables.map(streamText));
  const schemas = [...new Set(tables.map(({ namespace }) => quoteText(namespace)))];
  const rows = await query(
    session,
    'SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE ' +
      `FROM INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA IN (${schemas.join(', ')})`,
  );
  return rows.flatMap((row): Finding[] => {
    const [namespace, name, constraint, onDelete, onUpdate] = row.map(String);
    const at = streamText({ namespace: namespace!, name: name! });
    const acts = [onDelete, onUpdate].some((rule) => rule !== 'RESTRICT' && rule !== 'NO ACTION');
    if (!acts || !names.has(at)) return [];
    return [
      {
        severity: 'error',
        code: 'cdc.cascade',
        side: 'source',
        at,
        message: `the foreign key ${constraint} changes rows of ${at} (ON DELETE ${onDelete}, ON UPDATE ${onUpdate}), which this server does not log`,
      },
    ];
  });
}

/** Throws `cdc.cascade` for such tables. */
export async function requireNoCascades(session: Session, tables: readonly StreamName[]): Promise<void> {
  const found = await cascadeFindings(session, tables);
  if (found.length === 0) return;
  throw millraceError('cdc.cascade', found.map(({ message }) => message).join('; '), { at: found[0]!.at! });
}
