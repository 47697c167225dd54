import type { DuckDBDataChunk } from '@duckdb/node-api';
import { millraceError } from '../../connectors/contract/index.ts';
import type { Session } from '../../connectors/duckdb/session.ts';
import type { ResultColumn } from './adapter.ts';
import { columnsOf } from './duckdb-column.ts';

/** Takes the chunks of a result in their order. */
export type ChunkTaker = (chunk: DuckDBDataChunk, columns: readonly ResultColumn[]) => void;

/**
 * Runs a query while its rows are taken, so that memory does not grow with it. A stream of DuckDB that fails in the middle looks like one
 * that has ended, and only the transaction around it knows: outside of one the query gets its own (invariant 2).
 * @param within whether the session is in a transaction already
 */
export async function readQuery(
  session: Session,
  sql: string,
  { within, signal }: { within: boolean; signal: AbortSignal },
  take: ChunkTaker,
): Promise<readonly ResultColumn[]> {
  if (within) return await readWhole(session, sql, signal, take, () => undefined);
  await session.run('BEGIN');
  try {
    const columns = await readWhole(session, sql, signal, take, () => sayWhy(session, sql));
    await session.run('COMMIT');
    return columns;
  } catch (thrown) {
    await session.rollback();
    throw thrown;
  }
}

async function readWhole(
  session: Session,
  sql: string,
  signal: AbortSignal,
  take: ChunkTaker,
  sayWhy: () => Promise<void> | undefined,
): Promise<readonly ResultColumn[]> {
  const columns = await readChunks(session, await session.stream(sql), take);
  signal.throwIfAborted();
  try {
    await session.run('SELECT 1');
  } catch (thrown) {
    await sayWhy();
    throw millraceError('database.refused', 'the query failed while its rows were read', { cause: thrown });
  }
  return columns;
}

/** Runs any other statement: what it gives is small, and whole before it is read. */
export async function readStatement(session: Session, sql: string, take: ChunkTaker): Promise<readonly ResultColumn[]> {
  return await readChunks(session, await session.whole(sql), take);
}

async function readChunks(
  session: Session,
  result: Awaited<ReturnType<Session['stream']>>,
  take: ChunkTaker,
): Promise<readonly ResultColumn[]> {
  const columns = columnsOf(result);
  for (;;) {
    const chunk = await session.guard(() => result.fetchChunk());
    if (chunk === null || chunk.rowCount === 0) return columns;
    take(chunk, columns);
  }
}

/** Throws what the query fails with: it runs again where DuckDB says it. What it makes does not stay. */
async function sayWhy(session: Session, sql: string): Promise<void> {
  await session.rollback();
  await session.run('BEGIN');
  await session.run(`CREATE TEMP TABLE _millrace_again AS (\n${sql}\n)`);
}
