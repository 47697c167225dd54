import type { ColumnType } from '../../connectors/contract/index.ts';
import type { AdapterSession, ResultColumn } from '../adapter/adapter.ts';
import { helperNames } from '../adapter/helper-name.ts';
import { nameRules, renderRelation } from '../adapter/relation.ts';
import type { Build, BuildEvents, Built, IndexConfig } from './build.ts';
import { checkContract } from './contract.ts';
import { duckdbTableSteps } from './duckdb-steps.ts';
import { freshTable } from './standby.ts';
import { runSteps, type Step } from './step.ts';
import { storageDdl } from './storage-type.ts';
import { lookAround, type Standing, swapSteps } from './swap.ts';
import { addIndexes, createTable } from './table-ddl.ts';

export interface BuildOptions extends BuildEvents {
  readonly signal: AbortSignal;
}

/**
 * Builds a table from a query beside the relation that is there, and swaps it in: until then, and after a failure, readers see the old one.
 * @throws MillraceError `database.conflict` where another run builds the same, `schema.refused`, and those of the statements
 */
export async function buildTable(session: AdapterSession, build: Build, options: BuildOptions): Promise<Built> {
  return await session.alone(build.relation, () => buildTableAlone(session, build, options));
}

/** The same for a caller that has the relation for itself. `keys`: indexes that the materialization itself needs. */
export async function buildTableAlone(
  session: AdapterSession,
  build: Build,
  options: BuildOptions,
  keys: readonly IndexConfig[] = [],
): Promise<Built> {
  const { type } = session.adapter;
  session.setModes(build.modes);
  const columns = await session.columnsOf(build.sql);
  checkContract(build, columns, type);
  const standing = await lookAround(session, build.relation);
  const steps =
    type === 'duckdb'
      ? duckdbTableSteps(build, columns, standing)
      : await serverSteps(session, { build, columns, standing, dialect: type, keys });
  const built = await runSteps(session, steps, { ...options, modes: build.modes });
  await session.noted(build.relation, 'table');
  return built;
}

interface TablePlan {
  readonly build: Build;
  readonly columns: readonly ResultColumn[];
  readonly standing: Standing;
  readonly dialect: 'tidb' | 'mysql' | 'mariadb';
  readonly keys: readonly IndexConfig[];
}

/** A duplicate of a unique index is found before anybody sees the table. */
async function serverSteps(session: AdapterSession, plan: TablePlan): Promise<Step[]> {
  const { build, columns, standing, dialect, keys } = plan;
  const names = helperNames(build.relation);
  const indexes = withKeys(build.indexes ?? [], keys);
  const shape = { columns, build, dialect, indexes, types: typesByName(build, columns, dialect) };
  const index = addIndexes(names.build, shape);
  const sql = insertSelect(renderRelation(names.build, nameRules(dialect)), { columns, sql: build.sql, dialect });
  const fill = { table: names.build, columns, sql: build.sql, by: build.fill ?? 'auto' } as const;
  return [
    ...(await freshTable(session, standing, names.build, createTable(names.build, shape))),
    { name: 'fill', sql, ofModel: true, counts: true, fill },
    ...(index === undefined ? [] : [{ name: 'index', sql: index }]),
    ...swapSteps(build.relation, standing, dialect === 'tidb'),
  ];
}

/**
 * Columns of a query into those of a table that have their names; `all` of the query's, or some of them. No parentheses around the query where
 * it goes as it is: MariaDB refuses them around a WITH.
 */
export function insertSelect(table: string, { columns, sql, dialect, all = true }: InsertSelect): string {
  const rules = nameRules(dialect);
  const names = columns.map(({ name }) => rules.quote(name));
  const values = columns.map(({ type }, at) =>
    isDivided(type, dialect) ? `ROUND(${names[at]}, ${type.scale})` : names[at]!,
  );
  const asIs = all && values.every((value, at) => value === names[at]);
  const query = asIs ? sql : `SELECT ${values.join(', ')} FROM (\n${sql}\n) AS millrace_rows`;
  return `INSERT INTO ${table} (${names.join(', ')})\n${query}`;
}

interface InsertSelect {
  readonly columns: readonly ResultColumn[];
  readonly sql: string;
  readonly dialect: 'tidb' | 'mysql' | 'mariadb';
  readonly all?: boolean;
}

/**
 * TiDB and MariaDB compute with more digits than a decimal is said to have, show it rounded to these, and warn of the others where it is stored, as
 * they do of values that are lost (`1/3` is 0.333333333333, by a decimal of 18 digits). Rounded before, what is stored is what the query shows.
 */
function isDivided(type: ColumnType, dialect: 'tidb' | 'mysql' | 'mariadb'): type is ColumnType & { kind: 'decimal' } {
  return dialect !== 'mysql' && type.kind === 'decimal' && type.scale > 0;
}

/** An index that begins with the same columns serves as well. */
function withKeys(indexes: readonly IndexConfig[], keys: readonly IndexConfig[]): IndexConfig[] {
  const begins = (index: IndexConfig, key: IndexConfig) =>
    key.columns.every((column, at) => index.columns[at]?.toLowerCase() === column.toLowerCase());
  return [...indexes, ...keys.filter((key) => !indexes.some((index) => begins(index, key)))];
}

export function typesByName(
  { contract }: Build,
  columns: readonly ResultColumn[],
  dialect: 'tidb' | 'mysql' | 'mariadb',
): Map<string, string> {
  if (contract !== undefined)
    return new Map(contract.columns.map(({ name, dataType }) => [name.toLowerCase(), dataType.toLowerCase()]));
  const types = storageDdl(columns, dialect);
  return new Map(columns.map(({ name }, at) => [name.toLowerCase(), types[at]!.toLowerCase()]));
}
