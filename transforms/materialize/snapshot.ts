import { millraceError } from '../../connectors/contract/index.ts';
import type { AdapterSession, ResultColumn } from '../adapter/adapter.ts';
import { helperNames } from '../adapter/helper-name.ts';
import { nameRules, type Relation, relationText, renderRelation } from '../adapter/relation.ts';
import type { Built, SnapshotBuild } from './build.ts';
import { oneForEachKey } from './merge.ts';
import { compareColumns } from './schema-change.ts';
import { alterStatements } from './schema-change-sql.ts';
import { columnIn, type SnapshotPlan, sourceColumns } from './snapshot-plan.ts';
import { CHANGED, firstQuery, markStatement, OLD, roundStatements } from './snapshot-sql.ts';
import { snapshotTime } from './snapshot-time.ts';
import { runSteps, type Step } from './step.ts';
import { dropStep, lookAround } from './swap.ts';
import { type BuildOptions, buildTableAlone, insertSelect, typesByName } from './table.ts';
import { addIndexes, createTable, type TableShape } from './table-ddl.ts';

/**
 * Brings the history of a query's rows up to date: a row that changed gets an end and a successor, as `hardDeletes` says one that is gone too.
 * The query is run once, into a table beside; all that then happens to the history is one transaction. The first table is built beside and
 * swapped in. Never begins anew: a history cannot be made again.
 * @throws MillraceError `model.key`, `model.invalid`, `model.changed` for a table that is no history, `schema.refused` for a view, and as `buildTable`
 */
export async function buildSnapshot(
  session: AdapterSession,
  build: SnapshotBuild,
  options: BuildOptions,
): Promise<Built> {
  return await session.alone(build.relation, async () => {
    const { relation: target, staging: left } = await lookAround(session, build.relation);
    if (target?.type === 'view') throw refuseView(build);
    session.setModes(build.modes);
    const query = await session.columnsOf(build.sql);
    const table = target === undefined ? undefined : await session.columns(target);
    checkColumns(build, query, table);
    const plan: SnapshotPlan = {
      build,
      query,
      table,
      dialect: session.adapter.type,
      staging: stagingOf(session, build),
      time: await snapshotTime(session, build),
    };
    const running = { ...options, modes: build.modes };
    await runSteps(session, stageSteps(plan, left), running);
    const built =
      target === undefined
        ? await first(session, plan, options)
        : await runSteps(session, roundSteps(plan, target), running);
    await runSteps(session, [dropStaging(plan)], running);
    return built;
  });
}

function refuseView({ relation }: SnapshotBuild): Error {
  const at = relationText(relation);
  return millraceError('schema.refused', `${at} is a view: a snapshot cannot take its place`, {
    at,
    origin: 'model',
    fix: 'Drop the view, or give the snapshot another `alias`.',
  });
}

/** @throws MillraceError where a column that the snapshot is told by is not there */
function checkColumns(
  build: SnapshotBuild,
  query: readonly ResultColumn[],
  table: readonly ResultColumn[] | undefined,
): void {
  const at = relationText(build.relation);
  const key = build.key.find(({ name }) => columnIn(query, name) === undefined);
  if (key !== undefined) throw millraceError('model.key', `${at}: the query gives no column ${key.name}`, { at });
  const told = [
    ...(build.updatedAt === undefined ? [] : [build.updatedAt.name]),
    ...(typeof build.changedBy === 'string' ? [] : build.changedBy),
  ];
  const missing = told.find((name) => columnIn(query, name) === undefined);
  if (missing !== undefined)
    throw millraceError('model.invalid', `${at}: the query gives no column ${missing} to see changes by`, { at });
  if (table === undefined) return;
  const { scdId, updatedAt, validFrom, validTo, isDeleted } = build.names;
  const kept = [scdId, updatedAt, validFrom, validTo, ...(build.hardDeletes === 'new_record' ? [isDeleted] : [])];
  const lost = kept.filter((name) => columnIn(table, name) === undefined);
  if (lost.length === 0) return;
  throw millraceError('model.changed', `${at} is no table of this snapshot: it has no ${lost.join(', ')}`, {
    at,
    fix: 'Add the column, correct `snapshot_meta_column_names`, or give the snapshot another `alias`.',
  });
}

function stagingOf(session: AdapterSession, { relation }: SnapshotBuild): string {
  const rules = nameRules(session.adapter.type);
  if (session.adapter.type === 'duckdb') return `temp.main.${rules.quote('_millrace_staging')}`;
  return renderRelation(helperNames(relation).staging, rules);
}

/** All rows of the query, beside: typed as a table has them, so that what is compared is what is kept. */
function stageSteps(plan: SnapshotPlan, left: Relation | undefined): Step[] {
  const { build, dialect, staging, query } = plan;
  const keys = build.key.map(({ name }) => name);
  const check = oneForEachKey({ staging, dialect, at: relationText(build.relation) }, keys);
  if (dialect === 'duckdb') {
    const sql = `CREATE OR REPLACE TEMP TABLE _millrace_staging AS\nSELECT millrace_rows.*, CAST(NULL AS VARCHAR) AS ${OLD}, 0 AS ${CHANGED} FROM (\n${build.sql}\n) AS millrace_rows`;
    return [{ name: 'fill', sql, ofModel: true }, check];
  }
  const name = helperNames(build.relation).staging;
  const shape = stagingShape(plan, dialect);
  const index = addIndexes(name, shape);
  return [
    ...(left === undefined ? [] : [dropStep('clear', left)]),
    { name: 'create', sql: createTable(name, shape) },
    { name: 'fill', sql: insertSelect(staging, { columns: query, sql: build.sql, dialect }), ofModel: true },
    ...(index === undefined ? [] : [{ name: 'index', sql: index }]),
    check,
  ];
}

function stagingShape({ build, query }: SnapshotPlan, dialect: TableShape['dialect']): TableShape {
  const { comment: _, columnComments: __, contract: ___, ...plain } = build;
  const more: ResultColumn[] = [
    { name: OLD, type: { kind: 'text', length: 255 }, dataType: 'varchar(255)', dtype: 'varchar', nullable: true },
    {
      name: CHANGED,
      type: { kind: 'integer', bits: 8, unsigned: false },
      dataType: 'tinyint',
      dtype: 'tinyint',
      nullable: true,
    },
  ];
  const columns = [...query, ...more];
  const indexes = [build.key.map(({ name }) => name), [OLD]].map((names) => ({ columns: names, unique: false }));
  return { columns, build: plain, dialect, indexes, types: typesByName(plain, columns, dialect) };
}

/** The first table: of the rows that were put beside. */
async function first(session: AdapterSession, plan: SnapshotPlan, options: BuildOptions): Promise<Built> {
  const { key, names, modes: _, ...build } = plan.build;
  const plain = key.filter(({ computed }) => !computed).map(({ name }) => name);
  const keys = plain.length === key.length ? [{ columns: plain, unique: false }] : [];
  const indexes = [...keys, { columns: [names.scdId], unique: false }];
  return await buildTableAlone(session, { ...build, sql: firstQuery(plan) }, options, indexes);
}

/** DDL is not of the transaction on servers: a column that the table gained stays although the rows after it fail; it is NULL then. */
function roundSteps(plan: SnapshotPlan, target: Relation): Step[] {
  const { build, table = [], dialect } = plan;
  const { added, changed } = compareColumns(sourceColumns(plan), table, dialect);
  const keys = build.key.map(({ name }) => name.toLowerCase());
  // Text may grow; a value that another type does not hold fails.
  const wider = changed.filter(({ name, type }) => type.kind === 'text' && !keys.includes(name.toLowerCase()));
  const change = wider.filter(({ name }) => columnIn(table, name)?.type.kind === 'text');
  return [
    ...alterStatements(target, { add: added, drop: [], change, insert: [] }, dialect),
    markStatement(plan, target),
    { name: 'merge', together: roundStatements(plan, target) },
  ];
}

function dropStaging({ build, dialect, staging }: SnapshotPlan): Step {
  if (dialect === 'duckdb') return { name: 'retire', sql: `DROP TABLE ${staging}` };
  return dropStep('retire', { ...helperNames(build.relation).staging, type: 'table' });
}
