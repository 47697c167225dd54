import type { ResultColumn } from '../adapter/adapter.ts';
import { nameRules, type RelationName, renderRelation } from '../adapter/relation.ts';
import { columnIn, type SnapshotPlan, sourceColumns } from './snapshot-plan.ts';
import type { Statement } from './step.ts';

/** Of a row beside: the id of the row that holds for its key, NULL for a new key; and whether it differs from that row. */
export const OLD = '_millrace_old';
export const CHANGED = '_millrace_changed';

/** All rows of the first table. */
export function firstQuery(plan: SnapshotPlan): string {
  const { names, hardDeletes } = plan.build;
  const { quote } = nameRules(plan.dialect);
  const meta = metaOf(plan).map(([name, value]) => `${value} AS ${quote(name)}`);
  const deleted = hardDeletes === 'new_record' ? [`'False' AS ${quote(names.isDeleted)}`] : [];
  const columns = sourceColumns(plan).map(({ name }) => `n.${quote(name)}`);
  return `SELECT ${[...columns, ...meta, ...deleted].join(', ')} FROM ${plan.staging} AS n`;
}

/** What a row `n` of the query gets beside its own columns. */
function metaOf(plan: SnapshotPlan): [string, string][] {
  const { build, time, dialect } = plan;
  const { scdId, updatedAt, validFrom, validTo } = build.names;
  const { quote } = nameRules(dialect);
  const since = sinceOf(plan);
  const ends = time.openEnd ?? 'NULL';
  // By NULLIF the column has the type that dbt gives it.
  const until = dialect === 'duckdb' ? `COALESCE(NULLIF(${since}, ${since}), ${ends})` : moment(ends, plan);
  const told = build.updatedAt === undefined ? time.now : `n.${quote(build.updatedAt.name)}`;
  const id = hashOf([...build.key.map(({ name }) => `n.${quote(name)}`), told], plan);
  return [[scdId, id], [updatedAt, since], [validFrom, since], [validTo, until]]; // biome-ignore format: a table
}

/** When a row `n` of the query begins to hold. */
function sinceOf(plan: SnapshotPlan): string {
  const { build, time, dialect } = plan;
  if (build.updatedAt === undefined) return time.now;
  return moment(`n.${nameRules(dialect).quote(build.updatedAt.name)}`, plan);
}

/** Servers keep all moments alike; DuckDB as the source has them, like dbt. */
function moment(value: string, { dialect }: SnapshotPlan): string {
  return dialect === 'duckdb' ? value : `CAST(${value} AS DATETIME(6))`;
}

/** The id of a row: dbt's own on DuckDB. MySQL has no md5() from 9.6 on; nothing but that ids differ is asked of them. */
function hashOf(values: readonly string[], { dialect }: SnapshotPlan): string {
  const type = dialect === 'duckdb' ? 'VARCHAR' : 'CHAR';
  const texts = values.map((value) => `COALESCE(CAST(${value} AS ${type}), '')`);
  if (dialect === 'duckdb') return `md5(${texts.join(" || '|' || ")})`;
  return `LEFT(SHA2(CONCAT(${texts.join(", '|', ")}), 256), 32)`;
}

/** Finds for each row beside the one that holds for its key. NULL matches nothing, as in dbt. */
export function markStatement(plan: SnapshotPlan, target: RelationName): Statement {
  const { build, query, dialect, staging } = plan;
  const rules = nameRules(dialect);
  const table = build.kept === undefined ? renderRelation(target, rules) : `(\n${build.kept}\n)`;
  const kept = `(SELECT * FROM ${table} AS k WHERE ${holds('k', plan)})`;
  const same = build.key.map(({ name }) => equal(`o.${rules.quote(name)}`, 'n', columnIn(query, name)!, plan));
  const set = (side: string) =>
    `${side}${OLD} = o.${rules.quote(build.names.scdId)}, ${side}${CHANGED} = CASE WHEN ${changedOf(plan)} THEN 1 ELSE 0 END`;
  const sql =
    dialect === 'duckdb'
      ? `UPDATE ${staging} AS n SET ${set('')} FROM ${kept} AS o WHERE ${same.join(' AND ')}`
      : `UPDATE ${staging} AS n JOIN ${kept} AS o ON ${same.join(' AND ')} SET ${set('n.')}`;
  return { name: 'mark', sql, ofModel: true };
}

/** A table that somebody else made may have text in another collation. */
function equal(old: string, side: string, { name, type }: ResultColumn, { dialect }: SnapshotPlan): string {
  const collated = dialect !== 'duckdb' && type.kind === 'text' ? ' COLLATE utf8mb4_bin' : '';
  return `${old} = ${side}.${nameRules(dialect).quote(name)}${collated}`;
}

function sameRow(plan: SnapshotPlan): string {
  const collated = plan.dialect === 'duckdb' ? '' : ' COLLATE utf8mb4_bin';
  return `o.${nameRules(plan.dialect).quote(plan.build.names.scdId)} = n.${OLD}${collated}`;
}

function holds(side: string, { build, time, dialect }: SnapshotPlan): string {
  const end = `${side}.${nameRules(dialect).quote(build.names.validTo)}`;
  return time.openEnd === undefined ? `${end} IS NULL` : `(${end} = ${time.openEnd} OR ${end} IS NULL)`;
}

/** Whether the row `n` is another one than `o`, which holds. */
function changedOf(plan: SnapshotPlan): string {
  const { build, dialect } = plan;
  const { quote } = nameRules(dialect);
  const back = build.hardDeletes === 'new_record' ? [`o.${quote(build.names.isDeleted)} = 'True'`] : [];
  if (build.changedBy === 'time') return [`o.${quote(build.names.validFrom)} < ${sinceOf(plan)}`, ...back].join(' OR ');
  const checked =
    build.changedBy === 'all' ? sourceColumns(plan) : build.changedBy.map((name) => columnIn(plan.query, name)!);
  // A column that the history did not have makes every row another, as in dbt.
  if (checked.some(({ name }) => columnIn(plan.table ?? [], name) === undefined)) return 'TRUE';
  return [...checked.map((column) => differs(column, plan)), ...back].join(' OR ');
}

/** NULL-safe; text byte by byte, also spaces at its end, which utf8mb4_bin does not see (invariant 2). */
function differs({ name, type }: ResultColumn, { dialect }: SnapshotPlan): string {
  const [old, now] = ['o', 'n'].map((side) => `${side}.${nameRules(dialect).quote(name)}`);
  if (dialect === 'duckdb') return `${old} IS DISTINCT FROM ${now}`;
  const bytes = (value: string) => (type.kind === 'text' ? `CAST(CONVERT(${value} USING utf8mb4) AS BINARY)` : value);
  return `NOT (${bytes(old!)} <=> ${bytes(now!)})`;
}

/** What happens to the history in one round, all at once. */
export function roundStatements(plan: SnapshotPlan, target: RelationName): Statement[] {
  const { hardDeletes } = plan.build;
  const table = renderRelation(target, nameRules(plan.dialect));
  return [
    ...(hardDeletes === 'new_record' ? [recordGone(plan, table)] : []),
    ...(hardDeletes === 'ignore' ? [] : [endGone(plan, table)]),
    endChanged(plan, table),
    insertNew(plan, table),
  ];
}

function gone(plan: SnapshotPlan): string {
  const { names, hardDeletes } = plan.build;
  const deleted = `o.${nameRules(plan.dialect).quote(names.isDeleted)}`;
  const known = hardDeletes === 'new_record' ? ` AND COALESCE(${deleted}, 'False') <> 'True'` : '';
  return `${holds('o', plan)}${known} AND NOT EXISTS (SELECT 1 FROM ${plan.staging} AS n WHERE ${sameRow(plan)})`;
}

/** A row that says that the key is gone, with the values that it had last. */
function recordGone(plan: SnapshotPlan, table: string): Statement {
  const { build, time, dialect } = plan;
  const { quote } = nameRules(dialect);
  const { scdId, updatedAt, validFrom, validTo, isDeleted } = build.names;
  const values: [string, string][] = [
    ...sourceColumns(plan).map(({ name }): [string, string] => [name, `o.${quote(name)}`]),
    [scdId, hashOf([`o.${quote(scdId)}`, time.now], plan)],
    [updatedAt, time.now],
    [validFrom, time.now],
    [validTo, `o.${quote(validTo)}`],
    [isDeleted, "'True'"],
  ];
  return insert('record', table, values, `${table} AS o WHERE ${gone(plan)}`, quote);
}

function endGone(plan: SnapshotPlan, table: string): Statement {
  const end = nameRules(plan.dialect).quote(plan.build.names.validTo);
  return { name: 'end', sql: `UPDATE ${table} AS o SET ${end} = ${plan.time.now} WHERE ${gone(plan)}` };
}

function endChanged(plan: SnapshotPlan, table: string): Statement {
  const end = nameRules(plan.dialect).quote(plan.build.names.validTo);
  const which = `n.${CHANGED} = 1 AND ${holds('o', plan)}`;
  const sql =
    plan.dialect === 'duckdb'
      ? `UPDATE ${table} AS o SET ${end} = ${sinceOf(plan)} FROM ${plan.staging} AS n WHERE ${sameRow(plan)} AND ${which}`
      : `UPDATE ${table} AS o JOIN ${plan.staging} AS n ON ${sameRow(plan)} SET o.${end} = ${sinceOf(plan)} WHERE ${which}`;
  return { name: 'update', sql };
}

function insertNew(plan: SnapshotPlan, table: string): Statement {
  const { quote } = nameRules(plan.dialect);
  const { names, hardDeletes } = plan.build;
  const values: [string, string][] = [
    ...sourceColumns(plan).map(({ name }): [string, string] => [name, `n.${quote(name)}`]),
    ...metaOf(plan),
    ...(hardDeletes === 'new_record' ? [[names.isDeleted, "'False'"] as [string, string]] : []),
  ];
  return insert('insert', table, values, `${plan.staging} AS n WHERE n.${OLD} IS NULL OR n.${CHANGED} = 1`, quote);
}

function insert(
  name: string,
  table: string,
  values: readonly (readonly [string, string])[],
  from: string,
  quote: (name: string) => string,
): Statement {
  const names = values.map(([column]) => quote(column)).join(', ');
  const sql = `INSERT INTO ${table} (${names})\nSELECT ${values.map(([, value]) => value).join(', ')} FROM ${from}`;
  return { name, sql, counts: true };
}
