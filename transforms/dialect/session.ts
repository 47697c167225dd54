import type { Dialect, ModelServer } from './adapt.ts';

/** What both dialects need: no value is changed in silence. (Invariant 2.) */
const strict = [
  'ONLY_FULL_GROUP_BY',
  'STRICT_ALL_TABLES',
  'NO_ZERO_IN_DATE',
  'NO_ZERO_DATE',
  'ERROR_FOR_DIVISION_BY_ZERO',
  'NO_ENGINE_SUBSTITUTION',
  'NO_AUTO_VALUE_ON_ZERO',
];

/** What makes `||` join texts, double quotes hold names, a backslash be a backslash, and `year(x) - year(y)` be a number below 0. */
const standard = ['PIPES_AS_CONCAT', 'ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES', 'NO_UNSIGNED_SUBTRACTION'];

/** `sql_mode` of statements in a dialect. Statements of the other one need it set before them, and set back. */
export function sqlMode(dialect: Dialect): string {
  return [...(dialect === 'standard' ? standard : []), ...strict].join(',');
}

/** Bytes that `group_concat` may make: more than a packet may hold. MariaDB takes no much larger number. */
const LONGEST_TEXT = 1_073_741_824;

/** Digits that a division adds: the servers' own 4 are few where DuckDB gives all of a double. */
const DIVISION_DIGITS = 12;

const shared = {
  time_zone: "'+00:00'",
  collation_connection: "'utf8mb4_bin'",
  group_concat_max_len: String(LONGEST_TEXT),
  div_precision_increment: String(DIVISION_DIGITS),
};

/** Rows that a recursion makes before it fails; MariaDB cuts it there, with a warning in a SELECT. */
const recursion = {
  tidb: { cte_max_recursion_depth: '4294967295' },
  mysql: { cte_max_recursion_depth: '4294967295' },
  mariadb: { max_recursive_iterations: '4294967295' },
};

/** DuckDB sorts NULLs last and has infinite quotients; with these it does as the servers do. */
const duckdb = {
  TimeZone: "'UTC'",
  default_null_order: "'nulls_first_on_asc_last_on_desc'",
  ieee_floating_point_ops: 'false',
};

/**
 * Variables of a session that runs models, by their names, as SQL values: set by `SET name = value` one by one.
 * They hold for what the session runs; a view that another session reads goes by the settings of that one.
 */
export function sessionSettings(dialect: Dialect, server: ModelServer): Readonly<Record<string, string>> {
  if (server === 'duckdb') return duckdb;
  return { sql_mode: `'${sqlMode(dialect)}'`, ...shared, ...recursion[server] };
}
