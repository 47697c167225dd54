import { millraceError } from '../../connectors/contract/index.ts';
import type { AdapterSession, ResultColumn } from '../adapter/adapter.ts';
import { helperNames } from '../adapter/helper-name.ts';
import { nameRules, type Relation, relationText, renderRelation } from '../adapter/relation.ts';
import type { Built, IncrementalBuild, IndexConfig } from './build.ts';
import { mergeStatements } from './merge.ts';
import { compareColumns, planSchemaChange, type SchemaPlan } from './schema-change.ts';
import { alterStatements } from './schema-change-sql.ts';
import { runSteps, type Statement, type Step } from './step.ts';
import { storageDdl } from './storage-type.ts';
import { dropStep, lookAround } from './swap.ts';
import { type BuildOptions, buildTableAlone, insertSelect } from './table.ts';
import { addIndexes, createTable } from './table-ddl.ts';

/**
 * Brings new rows into the table of an incremental model; builds all of it where there is no table, or on a full refresh. Rows are put into a
 * table beside first where old ones are replaced by them; what is deleted and inserted takes effect at once.
 * @throws MillraceError `model.changed`, `model.key`, and as `buildTable`
 */
export async function buildIncremental(
  session: AdapterSession,
  build: IncrementalBuild,
  options: BuildOptions,
): Promise<Built> {
  return await session.alone(build.relation, async () => {
    const standing = await lookAround(session, build.relation);
    const keys = keyIndexes(build);
    if (standing.relation?.type !== 'table' || build.fullRefresh)
      return await buildTableAlone(session, build, options, keys);
    session.setModes(build.modes);
    const query = await session.columnsOf(build.sql);
    const table = await session.columns(standing.relation);
    checkKey(build, query, table);
    const change = planSchemaChange(build, query, compareColumns(query, table, session.adapter.type));
    const steps = incrementalSteps(session, {
      build,
      query,
      table,
      change,
      target: standing.relation,
      staged: standing.staging,
    });
    const { rowsAffected } = await runSteps(session, steps, { ...options, modes: build.modes });
    return { code: build.strategy.kind === 'merge' ? 'MERGE' : 'INSERT', rowsAffected };
  });
}

interface IncrementalPlan {
  readonly build: IncrementalBuild;
  readonly query: readonly ResultColumn[];
  readonly table: readonly ResultColumn[];
  readonly change: SchemaPlan;
  readonly target: Relation;
  readonly staged: Relation | undefined;
}

/** Deletes look for a key: with an index on it that is quick on all of these servers, without one it is not. */
function keyIndexes({ strategy }: IncrementalBuild): IndexConfig[] {
  const columns = 'key' in strategy ? strategy.key : strategy.kind === 'microbatch' ? [strategy.eventTime] : [];
  return columns.length === 0 ? [] : [{ columns, unique: false }];
}

/** @throws MillraceError `model.key` for a column that the query or the table does not have */
function checkKey(
  { strategy, relation }: IncrementalBuild,
  query: readonly ResultColumn[],
  table: readonly ResultColumn[],
): void {
  const key = 'key' in strategy ? strategy.key : strategy.kind === 'microbatch' ? [strategy.eventTime] : [];
  const has = (columns: readonly ResultColumn[], name: string) =>
    columns.some((column) => column.name.toLowerCase() === name.toLowerCase());
  const missing = key.find((name) => !has(query, name) || !has(table, name));
  if (missing === undefined) return;
  const at = relationText(relation);
  throw millraceError('model.key', `${at}: there is no column ${missing} to find old rows by`, { at });
}

export function incrementalSteps(session: Pick<AdapterSession, 'adapter'>, plan: IncrementalPlan): Step[] {
  const { type } = session.adapter;
  return type === 'duckdb' ? duckdbSteps(plan) : serverSteps(plan, type);
}

/** DDL is not of the transaction on these servers: what a table gained stays although the rows after it fail; it is NULL then. */
function serverSteps(plan: IncrementalPlan, dialect: 'tidb' | 'mysql' | 'mariadb'): Step[] {
  const { build, change, target, staged } = plan;
  const { staging } = helperNames(build.relation);
  const rules = nameRules(dialect);
  const alters = alterStatements(target, change, dialect);
  const clear = staged === undefined ? [] : [dropStep('clear', staged)];
  const { strategy } = build;
  if (strategy.kind === 'append') {
    return [
      ...clear,
      ...alters,
      { name: 'merge', together: [insertQuery(plan, renderRelation(target, rules), dialect)] },
    ];
  }
  const inStaging = plan.query.filter(({ name }) => change.insert.includes(name));
  const types = storageDdl(inStaging, dialect);
  const byName = new Map(inStaging.map(({ name }, at) => [name.toLowerCase(), types[at]!.toLowerCase()]));
  const { comment: _, columnComments: __, contract: ___, ...plain } = build;
  const shape = { columns: inStaging, build: plain, dialect, indexes: keyIndexes(build), types: byName };
  const index = addIndexes(staging, shape);
  return [
    ...clear,
    { name: 'create', sql: createTable(staging, shape) },
    insertQuery(plan, renderRelation(staging, rules), dialect),
    ...(index === undefined ? [] : [{ name: 'index', sql: index }]),
    ...alters,
    ...mergeSteps(plan, rules, renderRelation(staging, rules), dialect),
    dropStep('retire', { ...staging, type: 'table' }),
  ];
}

function mergeSteps(
  { build, change, target }: IncrementalPlan,
  rules: ReturnType<typeof nameRules>,
  staging: string,
  dialect: 'tidb' | 'mysql' | 'mariadb' | 'duckdb',
): Step[] {
  const { check, statements } = mergeStatements({
    target: renderRelation(target, rules),
    staging,
    columns: change.insert,
    strategy: build.strategy,
    predicates: build.predicates ?? [],
    dialect,
    at: relationText(build.relation),
  });
  // Predicates are text of the model.
  const together =
    build.predicates === undefined ? statements : statements.map((one) => ({ ...one, ofModel: true as const }));
  return [...(check === undefined ? [] : [check]), { name: 'merge', together }];
}

/** New rows as the query gives them; where the table lacks some of its columns, the others. */
function insertQuery(
  { build, query, change }: IncrementalPlan,
  into: string,
  dialect: 'tidb' | 'mysql' | 'mariadb',
): Statement {
  const columns = query.filter(({ name }) => change.insert.includes(name));
  const sql = insertSelect(into, { columns, sql: build.sql, dialect, all: columns.length === query.length });
  return { name: 'fill', sql, ofModel: true, counts: true };
}

function duckdbSteps(plan: IncrementalPlan): Step[] {
  const { build, change, target } = plan;
  const rules = nameRules('duckdb');
  const staging = `temp.main.${rules.quote('_millrace_staging')}`;
  const names = change.insert.map((name) => rules.quote(name)).join(', ');
  const query: Statement = {
    name: 'query',
    sql: `CREATE OR REPLACE TEMP TABLE ${rules.quote('_millrace_staging')} AS\nSELECT ${names} FROM (\n${build.sql}\n) AS millrace_rows`,
    ofModel: true,
    counts: true,
  };
  const alters = alterStatements(target, change, 'duckdb');
  if (build.strategy.kind === 'append') {
    const insert: Statement = {
      name: 'fill',
      sql: `INSERT INTO ${renderRelation(target, rules)} (${names}) SELECT ${names} FROM ${staging}`,
    };
    return [query, ...alters, { name: 'merge', together: [insert] }, { name: 'retire', sql: `DROP TABLE ${staging}` }];
  }
  return [
    query,
    ...alters,
    ...mergeSteps(plan, rules, staging, 'duckdb'),
    { name: 'retire', sql: `DROP TABLE ${staging}` },
  ];
}
