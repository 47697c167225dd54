import { MillraceError } from '../contract/index.ts';
import { emptyStatement, type LoadPlan } from './load-statement.ts';
import { execute, query, rollback } from './query.ts';
import { quoteName, quoteTable } from './quote.ts';
import type { Session } from './session.ts';

/** Rows of a transaction that empties a part of a target. Fewer than these go with the position, in one commit. */
const PIECE_ROWS = 100_000;

/**
 * Empties a target of TiDB that holds more rows than one transaction should take away, in transactions of their own; the last rows are left for
 * the one that has the position. Each holds the row of the lane by `hold` (invariant 5). A run that ends in between loses nothing: the
 * position is still before the TRUNCATE, which is read again. Gives how many rows it took away.
 */
export async function emptyInPieces(session: Session, plan: LoadPlan, hold: () => Promise<void>): Promise<number> {
  let [size, gone] = [PIECE_ROWS, 0];
  /** Where rows still are: to look for them from the beginning again and again would pass all that were taken away. */
  let from: string | undefined;
  for (;;) {
    try {
      await execute(session, 'BEGIN PESSIMISTIC');
      await hold();
      const { affected } = await execute(session, `${emptyStatement(plan)}${from ?? ''} LIMIT ${size}`);
      if (affected < size) await rollback(session);
      else await execute(session, 'COMMIT');
      if (affected < size && from === undefined) return gone;
      gone += affected < size ? 0 : affected;
      from = affected < size ? undefined : await beyond(session, plan, from);
    } catch (thrown) {
      await rollback(session);
      if (!(thrown instanceof MillraceError) || thrown.code !== 'load.too-large' || size === 1) throw thrown;
      size = Math.ceil(size / 2);
    }
  }
}

/** A condition for the rows that are left, by the first column of the key where that is a number. */
async function beyond(
  session: Session,
  { target, schema }: LoadPlan,
  from: string | undefined,
): Promise<string | undefined> {
  const first = schema.columns.find(({ name }) => name === schema.key?.[0]);
  if (first?.type.kind !== 'integer' || target.write === 'soft_delete') return undefined;
  const name = quoteName(first.name);
  const [row] = await query(session, `SELECT MIN(${name}) FROM ${quoteTable(target.table)} WHERE TRUE${from ?? ''}`);
  return row?.[0] == null ? undefined : ` AND ${name} >= ${String(row[0])}`;
}
