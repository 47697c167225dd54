import { createHash } from 'node:crypto';
import { type Identity, MillraceError } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';
import { type Cell, query } from './query.ts';
import type { Session } from './session.ts';

export type Flavour = 'mysql' | 'mariadb' | 'tidb' | 'tdsqlc' | 'aurora';

/** What a server is and can do. */
export interface ServerInfo {
  readonly dialect: Exclude<Dialect, 'duckdb'>;
  readonly flavour: Flavour;
  /** As the server writes it, e.g. `8.0.11-TiDB-v8.5.0`. */
  readonly version: string;
  readonly identity: Identity;
  readonly localInfile: boolean;
  /** In bytes. */
  readonly maxAllowedPacket: number;
  /** 0: names of databases and tables are case-sensitive; 1: kept in lower case; 2: kept as written, compared without case. */
  readonly lowerCaseTableNames: number;
  /** Whether INSERT takes a name for its rows (MySQL 8.0.19), which later versions want instead of VALUES(). */
  readonly rowAlias: boolean;
  /** Whether md5() is there: MySQL 9.6 and later need a component for it. */
  readonly md5: boolean;
}

/** Asks the server. Throws `MillraceError`. */
export async function serverInfo(session: Session): Promise<ServerInfo> {
  const sql =
    'SELECT VERSION(), @@version_comment, @@local_infile, @@max_allowed_packet, @@lower_case_table_names, CURRENT_USER()';
  const [row] = await query(session, sql);
  const [version, comment, local, packet, lower, user] = row!.map(String);
  const dialect = dialectOf(version!);
  const flavour = await flavourOf(session, dialect, comment!);
  return {
    dialect,
    flavour,
    version: version!,
    identity: await identityOf(session, flavour, user!),
    localInfile: local === '1' || local === 'ON',
    maxAllowedPacket: Number(packet),
    lowerCaseTableNames: Number(lower),
    rowAlias: dialect === 'mysql' && isAtLeast(version!, [8, 0, 19]),
    md5: (await optional(session, "SELECT MD5('')")) !== undefined,
  };
}

/** @param version as the server writes it */
export function dialectOf(version: string): ServerInfo['dialect'] {
  if (/tidb/i.test(version)) return 'tidb';
  return /mariadb/i.test(version) ? 'mariadb' : 'mysql';
}

function isAtLeast(version: string, least: readonly number[]): boolean {
  const parts = version.split(/[.-]/).map(Number);
  const at = least.findIndex((part, i) => parts[i] !== part);
  return at < 0 || parts[at]! > least[at]!;
}

async function flavourOf(session: Session, dialect: ServerInfo['dialect'], comment: string): Promise<Flavour> {
  if (dialect !== 'mysql') return dialect;
  if (/cynos|tdsql/i.test(comment) || (await optional(session, 'SELECT @@cynos_version')) !== undefined)
    return 'tdsqlc';
  return (await optional(session, 'SELECT @@aurora_version')) === undefined ? 'mysql' : 'aurora';
}

/** Where one server holds the data: its id. The nodes of the other flavours share one store and have ids of their own. */
const idVariable: Partial<Record<Flavour, string>> = { mysql: '@@server_uuid', mariadb: '@@server_uid' };

/** Without a server id: when the oldest system table was made, which all nodes tell alike, and on TiDB Cloud the cluster's user prefix. */
async function identityOf(session: Session, flavour: Flavour, user: string): Promise<Identity> {
  const variable = idVariable[flavour];
  const id = variable === undefined ? undefined : await optional(session, `SELECT ${variable}`);
  if (id !== undefined) return `${flavour}:${String(id)}`;
  const born = await optional(
    session,
    "SELECT MIN(CREATE_TIME) FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'mysql'",
  );
  const prefix = /^([^.@]+)\.[^@]*@/.exec(user)?.[1] ?? '';
  const digest = createHash('sha256')
    .update(`${prefix}\n${String(born ?? '')}`)
    .digest('hex');
  return `${flavour}:${digest.slice(0, 32)}`;
}

/** The first cell of a query that this server may not know; undefined where it is refused or NULL. */
async function optional(session: Session, sql: string): Promise<Cell | undefined> {
  try {
    const [row] = await query(session, sql);
    return row?.[0] ?? undefined;
  } catch (thrown) {
    if (thrown instanceof MillraceError && thrown.code.startsWith('database.')) return undefined;
    throw thrown;
  }
}
