import type { Session } from './session.ts';

/** A value of a query whose columns are VARCHAR or BLOB. */
export type Cell = string | Uint8Array | null;

/** Runs a query whose columns are VARCHAR or BLOB while its rows are taken: an array of rows for each chunk. After `signal`: stops without throwing. */
export async function* readCells(session: Session, sql: string, signal: AbortSignal): AsyncGenerator<Cell[][]> {
  const stop = () => session.interrupt();
  signal.addEventListener('abort', stop);
  try {
    const result = await session.stream(sql);
    for (;;) {
      if (signal.aborted) return;
      const chunk = await session.guard(() => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      yield cellsOf(chunk.getColumns(), chunk.rowCount);
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    signal.removeEventListener('abort', stop);
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
