import { setTimeout } from 'node:timers/promises';
import { MillraceError } from '../../connectors/contract/index.ts';
import { serverErrno } from '../../connectors/sql/introspect-run.ts';
import type { AdapterSession, Outcome, ResultColumn } from '../adapter/adapter.ts';
import type { RelationName } from '../adapter/relation.ts';
import type { BuildEvents, Built, FillBy } from './build.ts';

/** One statement of a materialization. */
export interface Statement {
  /** What it is for, e.g. `fill`. */
  readonly name: string;
  readonly sql: string;
  /** Holds text of the model: it runs in the modes that this text needs. */
  readonly ofModel?: true;
  /** Its rows are those of the node. */
  readonly counts?: true;
  /** It fills a table that nobody sees yet: its rows may come one transaction after the other. */
  readonly fill?: Filling;
}

export interface Filling {
  readonly table: RelationName;
  readonly columns: readonly ResultColumn[];
  readonly sql: string;
  /** `auto`: where the service does not take the statement whole. */
  readonly by: FillBy;
}

/** Statements that take effect together, or something that is looked at in between. */
export type Step =
  | Statement
  | { readonly name: string; readonly together: readonly Statement[] }
  | { readonly name: string; readonly look: (session: AdapterSession) => Promise<void> };

export interface StepsOptions extends BuildEvents {
  readonly modes: string | undefined;
  readonly signal: AbortSignal;
}

const attempts = 30;

/**
 * Runs the steps in their order. A statement that waits for a lock steps back after a few seconds (so that those behind it pass) and is tried
 * again; one that another one's DDL came between is tried again too.
 * @throws MillraceError of the statement; what is open is rolled back
 */
export async function runSteps(session: AdapterSession, steps: readonly Step[], options: StepsOptions): Promise<Built> {
  let built: Built = { code: '', rowsAffected: 0 };
  for (const step of steps) {
    await options.onStep?.(step.name);
    if ('look' in step) {
      await step.look(session);
      continue;
    }
    const statements = 'together' in step ? step.together : [step];
    const one = () =>
      'together' in step ? inTransaction(session, statements, options) : runOne(session, step, options);
    built = sum(built, await steppingBack(one, options));
  }
  return built;
}

async function inTransaction(
  session: AdapterSession,
  statements: readonly Statement[],
  options: StepsOptions,
): Promise<Built> {
  await session.begin();
  try {
    let built: Built = { code: '', rowsAffected: 0 };
    for (const statement of statements) {
      await options.onStep?.(statement.name);
      built = sum(built, await runOne(session, statement, options));
    }
    await options.onStep?.('commit');
    await session.commit();
    return built;
  } catch (thrown) {
    await session.rollback();
    throw thrown;
  }
}

async function runOne(
  session: AdapterSession,
  statement: Statement,
  options: StepsOptions,
): Promise<Built | undefined> {
  session.setModes(statement.ofModel ? options.modes : undefined);
  const { code, rowsAffected } = await executed(session, statement, options);
  return statement.counts ? { code, rowsAffected } : undefined;
}

async function executed(session: AdapterSession, { sql, fill }: Statement, { onStep }: StepsOptions): Promise<Outcome> {
  if (fill?.by !== 'stream') {
    try {
      return await session.execute(sql);
    } catch (thrown) {
      if (fill?.by !== 'auto' || !isTooLarge(thrown)) throw thrown;
    }
  }
  await onStep?.('stream');
  return await session.fill(fill.table, fill.columns, fill.sql);
}

/** The transaction, or what the server keeps in memory for it, is above a limit. */
function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof MillraceError && thrown.code === 'load.too-large';
}

function sum(built: Built, more: Built | undefined): Built {
  if (more === undefined || more.code === '') return built;
  return { code: more.code, rowsAffected: built.rowsAffected + more.rowsAffected };
}

async function steppingBack<T>(work: () => Promise<T>, { signal }: StepsOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (thrown) {
      if (!mayPass(thrown) || attempt === attempts) throw thrown;
      await setTimeout(backoffMs(attempt), undefined, { signal });
    }
  }
}

/** A lock that was not to be had, a deadlock, a schema that changed meanwhile, another transaction of a DuckDB file. */
function mayPass(thrown: unknown): boolean {
  if (!(thrown instanceof MillraceError)) return false;
  return thrown.code === 'database.conflict' || [1205, 1213].includes(serverErrno(thrown) ?? 0);
}

/** A fifth of a second to 5 s, with jitter. */
function backoffMs(attempt: number): number {
  return Math.min(100 * 2 ** attempt, 5000) * (0.5 + Math.random() / 2);
}
