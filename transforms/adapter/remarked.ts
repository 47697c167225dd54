import type { Remark } from './adapter.ts';

/** A statement with its comment. Before it, the comment stands in the first line: lines that the database names stay what they are. */
export function remarked(sql: string, remark: Remark | undefined): string {
  if (remark === undefined) return sql;
  const comment = `/* ${remark.text} */`;
  return remark.append ? `${sql}\n${comment}` : `${comment} ${sql}`;
}
