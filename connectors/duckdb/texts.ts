import { millraceError } from '../contract/index.ts';
import type { Session } from './session.ts';

/** A value of a query whose columns are VARCHAR or BLOB. */
export type Cell = string | Uint8Array | null;

/**
 * Runs a query whose columns are VARCHAR or BLOB while its rows are taken, so that memory does not grow with it: an array of rows for each chunk.
 * `ended` is run in the query's transaction when all of it was taken. After `signal` it stops without throwing. A stream of DuckDB that fails looks like one that has ended; only the transaction around it knows.
 */
export async function* readCells(
  session: Session,
  sql: string,
  signal: AbortSignal,
  ended: () => Promise<void> = async () => {},
): AsyncGenerator<Cell[][]> {
  const stop = () => session.interrupt();
  signal.addEventListener('abort', stop);
  try {
    await session.run('BEGIN');
    const result = await session.stream(sql);
    while (!signal.aborted) {
      const chunk = await session.guard(() => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) break;
      yield cellsOf(chunk.getColumns(), chunk.rowCount);
    }
    if (signal.aborted) return;
    await requireEnded(session, sql);
    await ended();
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    signal.removeEventListener('abort', stop);
    await session.rollback();
  }
}

async function requireEnded(session: Session, sql: string): Promise<void> {
  try {
    await session.run('SELECT 1');
  } catch (thrown) {
    await session.rollback();
    // The same again, where it says why. What it makes does not stay in memory.
    await session.run(`CREATE TEMP TABLE _millrace_again AS ${sql}`);
    await session.run('DROP TABLE temp.main._millrace_again');
    throw millraceError('database.refused', 'a query of DuckDB was cut short', { retry: 'backoff', cause: thrown });
  }
}

function cellsOf(columns: readonly (readonly unknown[])[], count: number): Cell[][] {
  return Array.from({ length: count }, (_, row) => columns.map((column) => cellOf(column[row])));
}

function cellOf(value: unknown): Cell {
  if (value === null || typeof value === 'string') return value;
  return (value as { readonly bytes: Uint8Array }).bytes;
}

/** As `readCells`, for queries of VARCHAR columns alone. */
export async function* readTexts(
  session: Session,
  sql: string,
  signal: AbortSignal,
): AsyncGenerator<(string | null)[][]> {
  for await (const rows of readCells(session, sql, signal)) yield rows as (string | null)[][];
}
