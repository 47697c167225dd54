import { type Action, millraceError, type StreamName, type StreamSchema, streamText } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';
import { indexActions, missingIndexes } from './evolve.ts';
import { introspectTables } from './introspect.ts';
import { type Run, serverErrno } from './introspect-run.ts';
import { withTableLock } from './plan-apply.ts';

/**
 * Builds the wanted secondary indexes that a loaded table lacks; `wanted` is the `shape` of its plan. Done before is not done again.
 * Throws `schema.refused` where rows have equal values in a unique index. Returns the steps that were done.
 */
export async function buildIndexes(
  run: Run,
  dialect: Dialect,
  table: StreamName,
  wanted: StreamSchema,
): Promise<Action[]> {
  return withTableLock(run, table, async () => {
    const [existing] = await introspectTables(run, dialect, [table]);
    if (existing === undefined) {
      throw millraceError('schema.moved', `${streamText(table)} is not there`, { at: streamText(table) });
    }
    const actions = indexActions(table, missingIndexes(wanted, existing), dialect);
    for (const action of actions) await build(run, action);
    return actions;
  });
}

async function build(run: Run, action: Action): Promise<void> {
  try {
    await run(action.sql ?? '');
  } catch (thrown) {
    const code = serverErrno(thrown);
    if (code === duplicateName) return;
    if (code !== duplicateValue) throw thrown;
    const at = streamText(action.table);
    throw millraceError('schema.refused', `rows of ${at} have equal values in a unique index`, {
      at,
      cause: thrown,
      fix: 'Compare the collations of source and target; or leave the indexes out with `carry: { indexes: false }`.',
    });
  }
}

const duplicateName = 1061;
const duplicateValue = 1062;
