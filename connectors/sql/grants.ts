import type { ReadMode, StreamName } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';
import { type Need, onTable } from './privilege.ts';
import { quoteName, quoteText } from './quote.ts';

/** What reading streams by pattern needs, before any table is known: whole databases where the pattern names no single table. */
export function patternNeeds(
  dialect: Dialect,
  streams: readonly { readonly pattern: string; readonly mode: ReadMode }[],
): Need[] {
  return streams.flatMap(({ pattern, mode }) => {
    const dot = pattern.indexOf('.');
    const [namespace, name] = [pattern.slice(0, Math.max(dot, 0)), pattern.slice(dot + 1)];
    const log = sourceNeeds(dialect, mode, []);
    if (namespace === '' || /[*?]/.test(namespace)) return [{ privilege: 'SELECT' }, ...log];
    return [{ privilege: 'SELECT', on: /[*?]/.test(name) ? { namespace } : { namespace, name } }, ...log];
  });
}

/** What reading needs: SELECT on each table, and the log for `cdc` from MySQL and MariaDB. */
export function sourceNeeds(dialect: Dialect, mode: ReadMode, tables: readonly StreamName[]): Need[] {
  const log = mode === 'cdc' && dialect !== 'tidb' ? logPrivileges : [];
  return [
    ...tables.map((table): Need => ({ privilege: 'SELECT', on: onTable(table) })),
    ...log.map((privilege) => ({ privilege })),
  ];
}

/**
 * What writing needs, on whole databases: tables are built beside the target and the state is kept there. FILE is not among them: loads are
 * LOCAL. `replaces`: some table is written by `overwrite`; without TRIGGER a server does not show the triggers that would be lost.
 */
export function destinationNeeds(dialect: Dialect, tables: readonly StreamName[], replaces: boolean): Need[] {
  const privileges = replaces && dialect !== 'tidb' ? [...writePrivileges, 'TRIGGER'] : writePrivileges;
  const databases = [...new Set(tables.map((table) => table.namespace))];
  return databases.flatMap((namespace) => privileges.map((privilege): Need => ({ privilege, on: { namespace } })));
}

/** The least GRANT statements that give a user these needs, one for each table, database or everything. `host` is the account's, e.g. `%`. */
export function grantStatements(
  needs: readonly Need[],
  user: { readonly name: string; readonly host: string },
): string[] {
  const account = `${quoteText(user.name)}@${quoteText(user.host)}`;
  const scopes = Map.groupBy(needs, (need) => scopeSql(need.on));
  return [...scopes].map(([scope, group]) => {
    const privileges = [...new Set(group.map((need) => need.privilege))];
    return `GRANT ${privileges.join(', ')} ON ${scope} TO ${account};`;
  });
}

const writePrivileges = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'ALTER', 'DROP', 'INDEX'];
const logPrivileges = ['REPLICATION SLAVE', 'REPLICATION CLIENT'];

/** In a grant on a database `_` and `%` are wildcards unless escaped; in one on a table they are not. */
function scopeSql(on: Need['on']): string {
  if (on === undefined) return '*.*';
  if (on.name !== undefined) return `${quoteName(on.namespace)}.${quoteName(on.name)}`;
  return `${quoteName(on.namespace.replace(/[\\_%]/g, '\\$&'))}.*`;
}
