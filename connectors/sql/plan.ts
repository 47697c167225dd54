import { createHash } from 'node:crypto';
import type { Action, Finding, PipelineId, StreamName, StreamSchema, Target, TargetPlan } from '../contract/index.ts';
import { streamText } from '../contract/index.ts';
import { commentSql, nextAutoIncrementSql } from './ddl.ts';
import { createActions, evolveActions, indexActions, missingIndexes } from './evolve.ts';
import { differingNotes } from './evolve-notes.ts';
import { sameTable } from './evolve-same.ts';
import { cellText, type Run } from './introspect-run.ts';
import { nameFindings } from './name-clash.ts';
import { hangingFindings, ownershipFindings, shardFindings, standingFindings, typeFindings } from './plan-refusal.ts';
import { quoteTable, quoteText } from './quote.ts';
import { type Shape, wantedShape } from './shape.ts';
import { refusedExpressions, type ServerFacts } from './shape-facts.ts';
import { fitShape } from './shape-fit.ts';
import { hangingOn, look, type Standing, standingText } from './shape-look.ts';
import { createDatabaseSql } from './state-ddl.ts';
import { type SwapTables, swapTables } from './swap-name.ts';

export interface PlanRequest {
  readonly facts: ServerFacts;
  readonly target: Target;
  readonly pipeline: PipelineId;
  /** The full read that rows will come from; absent: none, changes only. */
  readonly generation: number | undefined;
  /** The table was made by this pipeline, or taken over before. */
  readonly owned: boolean;
}

/** A plan for a table of a MySQL-protocol database. */
export interface SqlPlan extends TargetPlan {
  readonly request: PlanRequest;
  /** Where rows are to be loaded: the target itself, or the table built beside it. */
  readonly load: StreamName;
  /** The shape that `load` will have; the types are the server's. */
  readonly shape: StreamSchema;
  /** What the look saw, as text that changes with it. */
  readonly seen: string;
}

/** What must be done before rows can be written to the target. Reads the catalogue only. */
export async function planTarget(run: Run, request: PlanRequest): Promise<SqlPlan> {
  const { target, facts } = request;
  const asked = wantedShape(target);
  const impossible = [
    ...nameFindings(asked.schema, facts.dialect),
    ...typeFindings(asked.schema),
    ...shardFindings(target),
  ];
  // The catalogue of MySQL and MariaDB cannot even be asked for some names.
  if (impossible.length > 0) return refusedPlan(request, asked.schema, impossible);
  const swap = swapOf(request);
  const standing = await look(run, facts.dialect, target.table, facts.foldsNames);
  const built = swap === undefined ? standing : await look(run, facts.dialect, swap.build, facts.foldsNames);
  const replaced = swap !== undefined && standing.kind === 'table';
  const hanging = replaced ? await hangingOn(run, standing.schema.stream) : { foreignKeys: [], triggers: [] };
  const { schema, notes } = await fittedShape(run, asked, facts);
  const steps = swap === undefined ? directSteps(schema, standing, request) : besideSteps(schema, built, swap, request);
  const refused = [
    ...standingFindings(target, standing),
    ...hangingFindings(target, hanging),
    ...ownershipFindings(target, standing, request.owned),
    ...steps.refused.map((message) => shapeFinding(target, message)),
  ];
  return {
    ...refusedPlan(request, schema, refused),
    seen: seenText(standing, built),
    actions:
      refused.length > 0
        ? []
        : [...(await databaseActions(run, target.table)), ...steps.actions, ...told(target.table, notes)],
  };
}

/** What is left as it is. */
function told(table: StreamName, notes: readonly string[]): Action[] {
  return notes.map((summary): Action => ({ table, summary, effect: 'none' }));
}

/** The target's database is made where there is none. */
async function databaseActions(run: Run, table: StreamName): Promise<Action[]> {
  const [row] = await run(
    `SELECT COUNT(*) FROM INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = ${quoteText(table.namespace)}`,
  );
  if (cellText(row?.[0]) !== '0') return [];
  return [{ table, summary: 'create the database', sql: createDatabaseSql(table.namespace), effect: 'safe' }];
}

/** The tables of a full read that builds beside its target; undefined: rows go into the target itself. */
export function swapOf(
  request: Pick<PlanRequest, 'facts' | 'target' | 'generation' | 'pipeline'>,
): SwapTables | undefined {
  const { facts, target, generation, pipeline } = request;
  if (target.write !== 'overwrite' || generation === undefined) return undefined;
  return swapTables(facts.dialect, pipeline, target.table, generation);
}

function refusedPlan(request: PlanRequest, shape: StreamSchema, refused: readonly Finding[]): SqlPlan {
  const { target } = request;
  return { target, request, load: swapOf(request)?.build ?? target.table, shape, seen: '', actions: [], refused };
}

async function fittedShape(run: Run, asked: Shape, facts: ServerFacts): Promise<Shape> {
  const typed = fitShape(asked, { ...facts, refused: new Map() }).schema;
  return fitShape(asked, { ...facts, refused: await refusedExpressions(run, typed, facts.dialect) });
}

interface Steps {
  readonly actions: readonly Action[];
  readonly refused: readonly string[];
}

/** Rows go into the target itself. Its indexes come at once, or after the load of a full read (`buildIndexes`). */
function directSteps(wanted: StreamSchema, standing: Standing, request: PlanRequest): Steps {
  const { facts, target, generation } = request;
  const existing = standing.kind === 'table' ? standing.schema : undefined;
  const evolved: Steps =
    existing === undefined
      ? { actions: createActions(wanted, facts.dialect), refused: [] }
      : evolveActions(wanted, existing, target.write !== 'append', facts.dialect);
  const table = existing?.stream ?? target.table;
  const indexes = missingIndexes(wanted, existing);
  const differing = existing === undefined || target.adopt ? [] : differingNotes(wanted, existing, target.carry);
  const built = generation === undefined ? indexActions(table, indexes, facts.dialect) : later(target.table, indexes);
  return { ...evolved, actions: [...evolved.actions, ...built, ...told(table, differing)] };
}

/** Rows go into a table beside. One that is there already belongs to the same full read, begun before; on TiDB it may be the standing one. */
function besideSteps(wanted: StreamSchema, built: Standing, swap: SwapTables, request: PlanRequest): Steps {
  const { dialect } = request.facts;
  const marked = { ...wanted, stream: swap.build, ...(dialect === 'tidb' ? { comment: swap.marker } : {}) };
  const indexes = later(swap.build, missingIndexes(wanted, undefined));
  const create = [...createActions(marked, dialect), ...indexes];
  if (built.kind !== 'table') return { actions: create, refused: [] };
  const evolved = evolveActions(marked, built.schema, true, dialect);
  if (dialect !== 'tidb' || built.schema.comment === swap.marker) {
    return { ...evolved, actions: [...evolved.actions, ...indexes] };
  }
  if (sameTable(marked, built.schema, dialect))
    return { actions: [...emptyAgain(wanted, swap), ...indexes], refused: [] };
  return { actions: [dropStanding(swap), ...create], refused: [] };
}

/** TiDB: the standing table has the wanted shape already, and is used again. The mark comes last: with it the table counts as made. */
function emptyAgain(wanted: StreamSchema, swap: SwapTables): Action[] {
  const table = swap.build;
  const step = (summary: string, sql: string): Action => ({ table, summary, sql, effect: 'safe' });
  const next = wanted.nextAutoIncrement;
  return [
    step('empty the standing table', `TRUNCATE TABLE ${quoteTable(table)}`),
    ...(next === undefined ? [] : [step('carry the next AUTO_INCREMENT value', nextAutoIncrementSql(table, next))]),
    step('mark it as being built', commentSql(table, swap.marker)),
  ];
}

/** TiDB: the standing table has another shape. Statements that readers prepared before the last swap fail (8113) until it is there again. */
function dropStanding(swap: SwapTables): Action {
  return {
    table: swap.build,
    summary: 'drop the empty standing table, which has another shape',
    sql: `DROP TABLE ${quoteTable(swap.build)}`,
    effect: 'safe',
  };
}

function later(table: StreamName, indexes: readonly { name: string }[]): Action[] {
  if (indexes.length === 0) return [];
  const summary = `after the load: build index ${indexes.map((index) => index.name).join(', ')}`;
  return [{ table, summary, effect: 'safe' }];
}

function shapeFinding(target: Target, message: string): Finding {
  return {
    severity: 'error',
    code: 'schema.refused',
    side: 'destination',
    at: streamText(target.table),
    message,
    fix: 'Choose `write: overwrite`, give the stream another `target`, or change the table by hand.',
  };
}

function seenText(...standings: readonly Standing[]): string {
  return createHash('sha256').update(standings.map(standingText).join('\n')).digest('hex');
}
