/** One value of a result as the text protocol gives it. */
export type Cell = string | Buffer | null;

/** Runs one statement in the caller's session and gives its rows; no rows for statements that have none. Throws what the driver throws. */
export type Run = (sql: string) => Promise<readonly (readonly Cell[])[]>;

/** A cell as text; NULL is undefined. */
export function cellText(cell: Cell | undefined): string | undefined {
  if (cell === null || cell === undefined) return undefined;
  return typeof cell === 'string' ? cell : cell.toString('utf8');
}

/** The server's error number of a thrown thing or of one of its causes. */
export function serverErrno(thrown: unknown): number | undefined {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    if ('errno' in at && typeof at.errno === 'number' && at.errno > 0) return at.errno;
  }
  return undefined;
}

/** The server's own words of a thrown thing: those of the innermost cause. */
export function serverMessage(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? serverMessage(thrown.cause) : thrown.message;
}

/** Runs a query against a catalogue table that older servers do not have: no such table is no rows. */
export async function runIfKnown(run: Run, sql: string): ReturnType<Run> {
  try {
    return await run(sql);
  } catch (thrown) {
    if (unknownTable.has(serverErrno(thrown) ?? 0)) return [];
    throw thrown;
  }
}

/** ER_UNKNOWN_TABLE, ER_NO_SUCH_TABLE. */
const unknownTable = new Set([1109, 1146]);
