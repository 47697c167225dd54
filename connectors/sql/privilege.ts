import type { StreamName } from '../contract/index.ts';
import { cellText, type Run } from './introspect-run.ts';

/** A privilege in the server's words, e.g. `SELECT`, and on what: everything, a database, a table, or columns of one. */
export interface Need {
  readonly privilege: string;
  readonly on?: { readonly namespace: string; readonly name?: string };
  /** Enough on these columns of the table; absent: the whole table. */
  readonly columns?: readonly string[];
}

/** One line of SHOW GRANTS. `REVOKE` lines are partial revokes of MySQL. */
export interface Grant {
  readonly revoked: boolean;
  /** Upper case names; the value lists columns, where it is for columns only. */
  readonly privileges: ReadonlyMap<string, readonly string[] | undefined>;
  /** Absent: everything (`*.*`). Without `name`: `namespace` is a pattern of LIKE. */
  readonly on?: { readonly namespace: string; readonly name?: string };
}

/** Needs that the session's user does not have by itself or by its active roles; all of them. */
export async function missingPrivileges(run: Run, needs: readonly Need[]): Promise<Need[]> {
  const grants = (await grantLines(run)).flatMap((line) => parseGrant(line) ?? []);
  return needs.filter((need) => !grants.some((grant) => covers(grant, need)) || isRevoked(grants, need));
}

/** `SELECT on shop.orders`. */
export function needText(need: Need): string {
  if (need.on === undefined) return `${need.privilege} on *.*`;
  return `${need.privilege} on ${need.on.namespace}.${need.on.name ?? '*'}`;
}

/** A line as data; undefined: it is about roles, routines or proxies. Lines may hold password hashes: they are for no message. */
export function parseGrant(line: string): Grant | undefined {
  const parts = grantLine.exec(line);
  if (parts === null) return undefined;
  const [, verb, list, scope] = parts;
  const privileges = new Map(
    [...list!.matchAll(onePrivilege)].map(([, name, columns]) => [name!.trim().toUpperCase(), columnNames(columns)]),
  );
  const on = scope === '*.*' ? undefined : scopeOf(scope!);
  return { revoked: verb === 'REVOKE', privileges, ...(on === undefined ? {} : { on }) };
}

const quoted = '`(?:[^`]|``)*`';
const grantLine = new RegExp(
  `^(GRANT|REVOKE) (.+) ON (?:TABLE )?(\\*\\.\\*|${quoted}\\.(?:\\*|${quoted})) (?:TO|FROM) `,
  's',
);
const onePrivilege = new RegExp(`([A-Z_ ]+?)\\s*(\\((?:${quoted}|[^)])*?\\))?\\s*(?:,|$)`, 'gi');

/** MySQL and MariaDB quote the columns, TiDB does not. */
function columnNames(list: string | undefined): string[] | undefined {
  if (list === undefined) return undefined;
  const inner = list.slice(1, -1);
  const names = inner.startsWith('`')
    ? [...inner.matchAll(new RegExp(quoted, 'g'))].map(([name]) => bare(name))
    : inner.split(', ');
  return names.map((name) => name.toLowerCase());
}

function scopeOf(scope: string): NonNullable<Grant['on']> {
  const [namespace, name] = [...scope.matchAll(new RegExp(`${quoted}|\\*$`, 'g'))].map(([part]) => part);
  return name === '*' ? { namespace: bare(namespace!) } : { namespace: bare(namespace!), name: bare(name!) };
}

function bare(name: string): string {
  return name.slice(1, -1).replaceAll('``', '`');
}

async function grantLines(run: Run): Promise<string[]> {
  const lines = async (sql: string) => (await run(sql)).map((row) => cellText(row[0]) ?? '');
  const own = await lines('SHOW GRANTS');
  const [row] = await run('SELECT CURRENT_ROLE()');
  const role = cellText(row?.[0]);
  if (role === undefined || role === '' || role === 'NONE') return own;
  // MySQL and TiDB list `` `role`@`host` `` with commas; MariaDB has one role, whose grants SHOW GRANTS holds already.
  return role.startsWith('`') ? [...own, ...(await lines(`SHOW GRANTS FOR CURRENT_USER() USING ${role}`))] : own;
}

/** The same privilege by another server's name. */
const alsoCalled: Readonly<Record<string, readonly string[]>> = { 'REPLICATION CLIENT': ['BINLOG MONITOR'] };

function covers(grant: Grant, need: Need): boolean {
  if (grant.revoked || !reaches(grant, need)) return false;
  const names = ['ALL PRIVILEGES', need.privilege, ...(alsoCalled[need.privilege] ?? [])];
  return names.some((name) => {
    if (!grant.privileges.has(name)) return false;
    const columns = grant.privileges.get(name);
    return columns === undefined || (need.columns?.every((column) => columns.includes(column.toLowerCase())) ?? false);
  });
}

function reaches(grant: Grant, need: Need): boolean {
  if (grant.on === undefined) return true;
  if (need.on === undefined) return false;
  if (grant.on.name === undefined) return likePattern(grant.on.namespace).test(need.on.namespace);
  return same(grant.on.namespace, need.on.namespace) && need.on.name !== undefined && same(grant.on.name, need.on.name);
}

/** A partial revoke takes a database out of what is granted on everything; what is granted on the database itself stays. */
function isRevoked(grants: readonly Grant[], need: Need): boolean {
  if (need.on === undefined) return false;
  const { namespace } = need.on;
  const revoked = grants.some(
    (grant) =>
      grant.revoked &&
      grant.privileges.has(need.privilege) &&
      grant.on !== undefined &&
      same(grant.on.namespace, namespace),
  );
  return revoked && !grants.some((grant) => grant.on !== undefined && covers(grant, need));
}

/** The pattern of a grant on databases: `_` any character, `%` any text, `\` takes the next as it is. */
function likePattern(pattern: string): RegExp {
  const source = pattern.replace(
    /\\(.)|([%_])|([^%_\\]+)|\\$/gsu,
    (_, escaped?: string, wild?: string, plain?: string) => {
      if (wild !== undefined) return wild === '%' ? '.*' : '.';
      return (escaped ?? plain ?? '\\').replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
    },
  );
  return new RegExp(`^${source}$`, 'isu');
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** A table as what a need is on. */
export function onTable(table: StreamName): NonNullable<Need['on']> {
  return { namespace: table.namespace, name: table.name };
}
