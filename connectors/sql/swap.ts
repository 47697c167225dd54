import { setTimeout } from 'node:timers/promises';
import { millraceError, type StreamName, streamText } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';
import { commentSql } from './ddl.ts';
import { cellText, type Run, serverErrno } from './introspect-run.ts';
import { withTableLock } from './plan-apply.ts';
import { quoteTable } from './quote.ts';
import { hangingOn } from './shape-look.ts';
import type { SwapTables } from './swap-name.ts';
import { isSwapped, lost, nextStep, type SwapState, swapState } from './swap-state.ts';

/**
 * What readers see: before the RENAME the old rows, after it the new ones, at no time neither. A transaction that was open across it gets
 * 1412 on MySQL and MariaDB, and on TiDB reads the new table as empty until it ends. New readers queue behind the RENAME while it waits for
 * a long query (MySQL, MariaDB): that wait is `waitSeconds` at most, then the RENAME steps back and tries again. On TiDB they never queue, and
 * the RENAME waits until every transaction that has read the table is over.
 */
export interface SwapOptions {
  readonly dialect: Dialect;
  /** Names that differ by case only are one table. */
  readonly foldsNames: boolean;
  readonly signal: AbortSignal;
  /** Called when the RENAME had to step back behind a long query, or on TiDB each time it has waited as long. */
  readonly waiting?: (attempt: number) => void;
}

const waitSeconds = 5;
const attempts = 30;

/**
 * Puts the built table in the place of the target by one RENAME; the old one is kept until `retire`. Called again after a kill at any point it
 * sees what is done. Throws `schema.moved` where neither a built nor a swapped table is there, `schema.refused` for foreign keys and triggers, `database.busy` when the table is never free.
 */
export async function swapIn(run: Run, tables: SwapTables, options: SwapOptions): Promise<void> {
  await withTableLock(run, tables.table, async () => {
    await run(`SET SESSION lock_wait_timeout = ${waitSeconds}`);
    for (let attempt = 1; ; attempt++) {
      options.signal.throwIfAborted();
      const step = nextStep(await swapState(run, tables, options.foldsNames), tables, options.dialect);
      if (step === undefined) return;
      await refuseHanging(run, tables.table);
      if (await done(() => run(step), options)) continue;
      if (attempt === attempts) throw busy(tables.table);
      options.waiting?.(attempt);
      await setTimeout(backoffMs(attempt), undefined, { signal: options.signal });
    }
  });
}

/**
 * After the swap was recorded: lets go of the old rows. On TiDB the old table stays as the empty standing table of the target, else it is
 * dropped. `comment`: what the target's comment shall be. Does nothing where it was done before.
 */
export async function retire(run: Run, tables: SwapTables, comment: string, options: SwapOptions): Promise<void> {
  await withTableLock(run, tables.table, async () => {
    const now = await swapState(run, tables, options.foldsNames);
    if (now.table === undefined) throw lost(tables);
    if (!isSwapped(now, tables, options.dialect)) return;
    await letGo(run, now, tables, options.dialect);
    if (options.dialect === 'tidb') await run(commentSql(tables.table, comment));
  });
}

/** With foreign keys looked at: one that could not be seen before, for want of privileges, keeps the old table from being dropped. */
async function checked(run: Run, sql: string): Promise<void> {
  const [row] = await run('SELECT @@SESSION.foreign_key_checks');
  await run('SET SESSION foreign_key_checks = 1');
  try {
    await run(sql);
  } finally {
    await run(`SET SESSION foreign_key_checks = ${cellText(row?.[0]) === '0' ? 0 : 1}`).catch(() => undefined);
  }
}

/**
 * Lets go of a full read that will not be finished: what it built and never swapped in is dropped, and of one that was swapped in the old rows.
 * The target is not touched. On TiDB the built table is the standing one of a target that is there: it loses its mark and its rows, and stays.
 */
export async function dropBuild(run: Run, tables: SwapTables, options: SwapOptions): Promise<void> {
  await withTableLock(run, tables.table, async () => {
    const now = await swapState(run, tables, options.foldsNames);
    if (isSwapped(now, tables, options.dialect)) return letGo(run, now, tables, options.dialect);
    if (now.build === undefined || (options.dialect === 'tidb' && now.build !== tables.marker)) return;
    if (now.table === undefined && now.retired !== undefined) throw lost(tables);
    if (options.dialect !== 'tidb' || now.table === undefined) {
      await run(`DROP TABLE IF EXISTS ${quoteTable(tables.build)}`);
      return;
    }
    await run(commentSql(tables.build, ''));
    await run(`TRUNCATE TABLE ${quoteTable(tables.build)}`);
  });
}

/** Drops the old rows after a swap. */
async function letGo(run: Run, now: SwapState, tables: SwapTables, dialect: Dialect): Promise<void> {
  if (dialect !== 'tidb') await checked(run, `DROP TABLE IF EXISTS ${quoteTable(tables.retired)}`);
  else if (now.build !== undefined) await checked(run, `TRUNCATE TABLE ${quoteTable(tables.build)}`);
}

/** Again, because the look of the plan was before the load. TiDB would even leave a foreign key that refers to no table. */
async function refuseHanging(run: Run, table: StreamName): Promise<void> {
  const { foreignKeys, triggers } = await hangingOn(run, table);
  const hanging = [...foreignKeys, ...triggers];
  if (hanging.length === 0) return;
  const at = streamText(table);
  throw millraceError(
    'schema.refused',
    `${at} cannot be replaced: ${hanging.join(', ')} would stay with the old table`,
    {
      at,
      fix: 'Choose `write: upsert`, which changes rows in place; or remove what hangs on the table.',
    },
  );
}

/**
 * False: the lock was not to be had in time. TiDB has no such time: its RENAME waits for the transactions that have read the table, and lets
 * new readers pass; that it waits is told.
 */
async function done(rename: () => Promise<unknown>, { dialect, waiting }: SwapOptions): Promise<boolean> {
  let told = 0;
  const tell = dialect === 'tidb' ? setInterval(() => waiting?.(++told), waitSeconds * 1000) : undefined;
  try {
    await rename();
    return true;
  } catch (thrown) {
    if (steppedBack.has(serverErrno(thrown) ?? 0)) return false;
    throw thrown;
  } finally {
    clearInterval(tell);
  }
}

/** Lock wait timeout, deadlock. */
const steppedBack = new Set([1205, 1213]);

function busy(table: StreamName): Error {
  const at = streamText(table);
  return millraceError(
    'database.busy',
    `${at} could not be replaced: some query or transaction holds it all the time`,
    {
      at,
      fix: 'Run again when no long query or transaction uses the table.',
    },
  );
}

/** Half a second to 5 s, with jitter: a queue of readers gets time to pass. */
function backoffMs(attempt: number): number {
  return Math.min(250 * 2 ** attempt, 5000) * (0.5 + Math.random() / 2);
}
