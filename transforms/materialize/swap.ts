import { millraceError } from '../../connectors/contract/index.ts';
import type { AdapterSession } from '../adapter/adapter.ts';
import { helperNames } from '../adapter/helper-name.ts';
import { nameRules, type Relation, type RelationName, relationText, renderRelation } from '../adapter/relation.ts';
import type { Step } from './step.ts';

/** What stands where a relation is built on MySQL's family, when a build begins. */
export interface Standing {
  readonly relation: Relation | undefined;
  readonly build: Relation | undefined;
  readonly retired: Relation | undefined;
  readonly staging: Relation | undefined;
}

export async function lookAround(session: AdapterSession, relation: RelationName): Promise<Standing> {
  const { build, retired, staging } = helperNames(relation);
  const [now, built, old, staged] = await session.standing([relation, build, retired, staging]);
  return { relation: now, build: built, retired: old, staging: staged };
}

const rules = nameRules('tidb');
const render = (name: RelationName) => renderRelation(name, rules);

export function dropStep(name: string, relation: Relation): Step {
  return { name, sql: `DROP ${relation.type.toUpperCase()} IF EXISTS ${render(relation)}` };
}

/** What a killed build left where this one begins; on TiDB also the table that stands by. Directly before the name is made again: see `swapSteps`. */
export function clearSteps(standing: Standing): Step[] {
  return standing.build === undefined ? [] : [dropStep('clear', standing.build)];
}

/**
 * Puts what was built in the place of the relation by one RENAME, a view for a table too: the name is never missing. Then lets go of the
 * old one. On TiDB an old table becomes the empty table that stands by under the name of the build: statements that readers have prepared fail
 * there (8113) once the table that they know is dropped and nothing has its name.
 */
export function swapSteps(relation: RelationName, standing: Standing, isTidb: boolean): Step[] {
  const names = helperNames(relation);
  const { relation: old, retired } = standing;
  const guard: Step = { name: 'guard', look: (session) => refuseLoss(session, relation, old) };
  if (old === undefined) {
    const rename: Step = { name: 'swap', sql: renameAll([[names.build, relation]]) };
    // A server without atomic RENAME died in the middle of one: the old table is let go of once there is a new one.
    return [guard, rename, ...(retired === undefined ? [] : [dropStep('retire', retired)])];
  }
  const stands = isTidb && old.type === 'table';
  const moves: [RelationName, RelationName][] = [
    [old, names.retired],
    [names.build, relation],
    ...(stands ? [[names.retired, names.build] as [RelationName, RelationName]] : []),
  ];
  return [
    guard,
    ...(retired === undefined ? [] : [dropStep('clear', retired)]),
    { name: 'swap', sql: renameAll(moves) },
    stands
      ? { name: 'retire', sql: `TRUNCATE TABLE ${render(names.build)}` }
      : dropStep('retire', { ...names.retired, type: old.type }),
  ];
}

function renameAll(moves: readonly (readonly [RelationName, RelationName])[]): string {
  return `RENAME TABLE ${moves.map(([from, to]) => `${render(from)} TO ${render(to)}`).join(', ')}`;
}

/** A RENAME leaves foreign keys of other tables, and triggers, with the old table: they would go with it. */
async function refuseLoss(session: AdapterSession, relation: RelationName, old: Relation | undefined): Promise<void> {
  await session.stillAlone(relation);
  if (old?.type !== 'table') return;
  const hanging = await session.hanging(old);
  if (hanging.length === 0) return;
  const at = relationText(relation);
  throw millraceError('schema.refused', `${at} cannot be replaced: ${hanging.join(', ')} would go with the old table`, {
    at,
    origin: 'model',
    fix: 'Remove what hangs on the table, or make the model incremental.',
  });
}
