import { createHash } from 'node:crypto';

const PREFIX = '__dbt__cte__';
/** What MySQL and MariaDB take of a name. */
const LONGEST = 64;

/** The name of the CTE that an ephemeral model becomes: dbt's, cut with a hash where databases take no longer one. */
export function cteName(alias: string): string {
  const name = PREFIX + alias;
  if (name.length <= LONGEST) return name;
  const hash = createHash('md5').update(alias).digest('hex').slice(0, 10);
  return `${name.slice(0, LONGEST - hash.length - 1)}_${hash}`;
}

/** A CTE that stands before the code of who refers to it. */
export interface Cte {
  readonly id: string;
  readonly sql: string;
}

/** A query with these CTEs before its own. */
export function withCtes(sql: string, ctes: readonly Cte[]): string {
  if (ctes.length === 0) return sql;
  const list = ctes.map((cte) => cte.sql).join(', ');
  const own = placeInWith(sql);
  if (own !== undefined) return `${sql.slice(0, own)}${list}, ${sql.slice(own)}`;
  const start = /^\s*/.exec(sql)![0].length;
  return `${sql.slice(0, start)}with${list} ${sql.slice(start)}`;
}

const LEAD = /(?:\s+|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/y;

/** Where the first CTE of the query's own `with`, or `with recursive`, stands; undefined where it has none. */
function placeInWith(sql: string): number | undefined {
  const at = behind(LEAD, sql, 0);
  const word = behind(/with\b/iy, sql, at);
  if (word === at) return undefined;
  const next = behind(LEAD, sql, word);
  const recursive = behind(/recursive\b/iy, sql, next);
  return behind(/\s*/y, sql, recursive === next ? word : recursive);
}

function behind(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}
