import type { AdapterSession, AdapterType } from '../adapter/adapter.ts';
import type { SnapshotBuild } from './build.ts';

/** The moments of a round, as SQL literals. */
export interface SnapshotTime {
  /** When it began, by the database's clock. */
  readonly now: string;
  /** What stands for the end of a row that holds; undefined: NULL. */
  readonly openEnd: string | undefined;
}

/** One moment for all of a round, taken before the query reads: what happens later is for the next round. */
export async function snapshotTime(session: AdapterSession, { openEnd }: SnapshotBuild): Promise<SnapshotTime> {
  const { type } = session.adapter;
  const now = type === 'duckdb' ? 'CAST(now() AS TIMESTAMP)' : 'NOW(6)';
  const end = openEnd === undefined ? null : await textOf(session, `(\n${openEnd}\n)`);
  return {
    now: literal(String(await textOf(session, now)), type),
    openEnd: end === null ? undefined : literal(end, type),
  };
}

async function textOf(session: AdapterSession, expression: string): Promise<string | null> {
  const text = session.adapter.type === 'duckdb' ? 'VARCHAR' : 'CHAR';
  const { table } = await session.execute(`SELECT CAST(${expression} AS ${text})`, { fetch: true });
  const value = table?.rows[0]?.[0];
  return typeof value === 'string' ? value : null;
}

function literal(text: string, type: AdapterType): string {
  return `CAST('${text.replaceAll("'", "''")}' AS ${type === 'duckdb' ? 'TIMESTAMP' : 'DATETIME(6)'})`;
}
