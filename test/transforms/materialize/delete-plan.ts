import { mergeStatements } from '../../../transforms/materialize/merge.ts';
import type { Place } from '../adapter/target.ts';

/**
 * How the server would delete five thousand keys from a hundred thousand rows, with an index on both sides, and with one on the new rows alone:
 * a line for each, `index` where one is used for the side that is looked up.
 */
export async function deletePlan(place: Place): Promise<string[]> {
  const digits =
    '(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
  const number = 'a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d';
  const all = `SELECT ${number} AS id, 'x' AS v FROM ${digits} a, ${digits} b, ${digits} c, ${digits} e, ${digits} f`;
  for (const [table, index] of [
    ['indexed', ', INDEX (id)'],
    ['bare', ''],
    ['staging', ', INDEX (id)'],
  ] as const) {
    await place.run(`CREATE TABLE ${place.sql(table)} (id BIGINT, v VARCHAR(255)${index})`);
    await place.run(`INSERT INTO ${place.sql(table)} ${all}${table === 'staging' ? ` WHERE ${number} < 5000` : ''}`);
    await place.run(`ANALYZE TABLE ${place.sql(table)}`);
  }
  const lines: string[] = [];
  for (const table of ['indexed', 'bare']) {
    const plan = {
      target: place.sql(table),
      staging: place.sql('staging'),
      columns: ['id', 'v'],
      strategy: { kind: 'delete+insert', key: ['id'] },
      predicates: [],
      dialect: place.type as 'tidb' | 'mysql' | 'mariadb',
      at: table,
    } as const;
    const [statement] = mergeStatements(plan).statements;
    const rows = await place.rows(`EXPLAIN ${statement!.sql}`);
    lines.push(`${table}: ${uses(rows)} ${JSON.stringify(rows)}`);
  }
  return lines;
}

/** MySQL and MariaDB say `ref` of a look-up by an index; TiDB joins by hash or by index, both of them quick. */
function uses(rows: readonly string[]): string {
  return rows.some((row) => /'ref'|'eq_ref'|IndexJoin|IndexHashJoin|HashJoin|MergeJoin/.test(row)) ? 'index' : 'scan';
}
