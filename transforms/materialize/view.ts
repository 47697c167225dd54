import type { AdapterSession } from '../adapter/adapter.ts';
import { helperNames } from '../adapter/helper-name.ts';
import { nameRules, renderRelation } from '../adapter/relation.ts';
import type { Build, Built } from './build.ts';
import { duckdbViewSteps } from './duckdb-steps.ts';
import { runSteps, type Step } from './step.ts';
import { clearSteps, lookAround, type Standing, swapSteps } from './swap.ts';
import type { BuildOptions } from './table.ts';

/**
 * Makes a view of a query, in the place of what is there: a view is replaced, a table is exchanged for it by one RENAME.
 * @throws MillraceError as `buildTable`
 */
export async function buildView(session: AdapterSession, build: Build, options: BuildOptions): Promise<Built> {
  return await session.alone(build.relation, async () => {
    const standing = await lookAround(session, build.relation);
    const { type } = session.adapter;
    const steps = type === 'duckdb' ? duckdbViewSteps(build, standing) : viewSteps(build, standing, type === 'tidb');
    await runSteps(session, steps, { ...options, modes: build.modes });
    await session.noted(build.relation, 'view');
    return { code: 'CREATE VIEW', rowsAffected: 0 };
  });
}

/** A view has no indexes, and on these servers no comments. */
export function viewSteps(build: Build, standing: Standing, isTidb: boolean): Step[] {
  const rules = nameRules('tidb');
  const exchanged = standing.relation?.type === 'table';
  const name = exchanged ? helperNames(build.relation).build : build.relation;
  // No parentheses around the query: MariaDB refuses them around a WITH.
  const sql = `CREATE OR REPLACE VIEW ${renderRelation(name, rules)} AS\n${build.sql}`;
  const create: Step = { name: 'create', sql, ofModel: true };
  if (!exchanged) return [create, ...clearSteps(standing)];
  return [...clearSteps(standing), create, ...swapSteps(build.relation, standing, isTidb)];
}
