import type { Dialect } from '../types/index.ts';
import { plainExpression } from './introspect-default.ts';
import { type Cell, cellText } from './introspect-run.ts';

export interface Checks {
  readonly checks: readonly { readonly name: string; readonly sql: string }[];
  /** Columns that MariaDB holds to be JSON by a check of their own. */
  readonly json: ReadonlySet<string>;
}

/**
 * The query for enforced CHECKs: TABLE_SCHEMA, TABLE_NAME, name, clause, level. `among` restricts a schema and a table column.
 * MariaDB states the table itself, MySQL by way of TABLE_CONSTRAINTS, TiDB in a table of its own.
 */
export function checkQuery(among: (schema: string, table: string) => string, dialect: Dialect): string {
  const from = 'FROM INFORMATION_SCHEMA';
  if (dialect === 'mariadb') {
    return `SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE, LEVEL ${from}.CHECK_CONSTRAINTS WHERE ${among('CONSTRAINT_SCHEMA', 'TABLE_NAME')}`;
  }
  if (dialect === 'tidb') {
    return `SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE, 'Table' ${from}.TIDB_CHECK_CONSTRAINTS WHERE ${among('CONSTRAINT_SCHEMA', 'TABLE_NAME')}`;
  }
  return `SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.CONSTRAINT_NAME, c.CHECK_CLAUSE, 'Table' ${from}.TABLE_CONSTRAINTS t
    JOIN INFORMATION_SCHEMA.CHECK_CONSTRAINTS c ON c.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA AND c.CONSTRAINT_NAME = t.CONSTRAINT_NAME
    WHERE t.CONSTRAINT_TYPE = 'CHECK' AND t.ENFORCED = 'YES' AND ${among('t.TABLE_SCHEMA', 't.TABLE_NAME')}`;
}

/** The checks of one table, from its rows of `checkQuery`. */
export function checksOf(rows: readonly (readonly Cell[])[], dialect: Dialect): Checks {
  const all = rows.map((row) => ({
    name: cellText(row[2]) ?? '',
    sql: plainExpression(cellText(row[3]) ?? '', dialect),
    level: cellText(row[4]) ?? 'Table',
  }));
  const isJson = (check: (typeof all)[number]) => check.level === 'Column' && /^json_valid\(`/i.test(check.sql);
  return {
    checks: all.filter((check) => !isJson(check)).map(({ name, sql }) => ({ name, sql })),
    json: new Set(all.filter(isJson).map((check) => check.name)),
  };
}
