import { createHash } from 'node:crypto';
import { type Action, millraceError, type StreamName, streamText } from '../contract/index.ts';
import { cellText, type Run, serverErrno } from './introspect-run.ts';
import { planTarget, type SqlPlan } from './plan.ts';

/** How long DDL waits for open transactions, and one runner for another, in seconds. */
const waitSeconds = 10;

/**
 * Does what a plan says, under a lock for its table. Looks again first: what was done by an earlier try that was killed is not done twice,
 * and anything that was not part of the plan throws `schema.moved`. A refused plan throws `schema.refused`; destructive steps are done
 * as the caller decided to hand them in.
 */
export async function applyPlan(run: Run, plan: SqlPlan): Promise<void> {
  const [refusal] = plan.refused;
  if (refusal !== undefined) throw millraceError('schema.refused', refusal.message, withFix(plan, refusal.fix));
  await withTableLock(run, plan.target.table, async () => {
    for (const action of await remaining(run, plan)) await perform(run, action);
  });
}

/** Holds the lock of one table while `work` runs; lock waits of its statements end after 10 s. Throws `database.conflict` when it is not to be had. */
export async function withTableLock<Result>(run: Run, table: StreamName, work: () => Promise<Result>): Promise<Result> {
  const name = `millrace ${createHash('sha256').update(streamText(table)).digest('hex').slice(0, 40)}`;
  const [row] = await run(`SELECT GET_LOCK('${name}', ${waitSeconds})`);
  if (cellText(row?.[0]) !== '1') {
    throw millraceError('database.conflict', `another runner is changing ${streamText(table)}`, {
      at: streamText(table),
    });
  }
  try {
    await run(`SET SESSION lock_wait_timeout = ${waitSeconds}`);
    return await work();
  } finally {
    // A lost connection has let go of it already.
    await run(`SELECT RELEASE_LOCK('${name}')`).catch(() => undefined);
  }
}

async function remaining(run: Run, plan: SqlPlan): Promise<readonly Action[]> {
  const now = await planTarget(run, plan.request);
  if (now.seen === plan.seen) return plan.actions;
  const planned = new Set(plan.actions.map((action) => action.sql));
  const ours =
    now.refused.length === 0 && now.actions.every((action) => action.sql === undefined || planned.has(action.sql));
  if (ours) return now.actions;
  const at = streamText(plan.target.table);
  throw millraceError('schema.moved', `${at} is no longer what the plan was made for`, { at });
}

async function perform(run: Run, action: Action): Promise<void> {
  if (action.sql === undefined) return;
  try {
    await run(action.sql);
  } catch (thrown) {
    if (!alreadyDone.has(serverErrno(thrown) ?? 0)) throw thrown;
  }
}

/** Table, column or index is there already: after the look under the lock it can only be the step of a try that did not hear its answer. */
const alreadyDone = new Set([1050, 1060, 1061]);

function withFix(plan: SqlPlan, fix: string | undefined) {
  return { at: streamText(plan.target.table), ...(fix === undefined ? {} : { fix }) };
}
