import { millraceError } from '../../connectors/contract/index.ts';
import { quoteText } from '../../connectors/sql/quote.ts';
import { type Dialect, ddlType, literalSql } from '../../connectors/types/index.ts';
import type { AdapterSession } from '../adapter/adapter.ts';
import { helperNames } from '../adapter/helper-name.ts';
import { nameRules, type RelationName, relationText, renderRelation } from '../adapter/relation.ts';
import { parseCsv } from '../project/csv.ts';
import type { Built, IndexConfig } from './build.ts';
import { duckdbComments, duckdbIndexes } from './duckdb-steps.ts';
import { declaredSeedType, refuseUnfit } from './seed-declared.ts';
import { type SeedColumn, textColumn, typedColumn } from './seed-type.ts';
import { freshTable } from './standby.ts';
import { runSteps, type Statement, type Step } from './step.ts';
import { storageTypes } from './storage-type.ts';
import { lookAround, type Standing, swapSteps } from './swap.ts';
import type { BuildOptions } from './table.ts';
import { addIndexes, createTable } from './table-ddl.ts';

export interface SeedBuild {
  readonly relation: RelationName;
  /** The text of the file. */
  readonly source: string;
  readonly delimiter: string;
  /** Declared types by the names of columns, as DDL. */
  readonly columnTypes: ReadonlyMap<string, string>;
  readonly comment?: string;
  readonly columnComments?: ReadonlyMap<string, string>;
  readonly indexes?: readonly IndexConfig[];
}

/** Columns of a seed with their declarations. */
interface Declared extends SeedColumn {
  readonly dataType: string;
  readonly literal: (cell: string) => string;
}

/**
 * Makes a table of a seed's file, whatever columns the last one had, and swaps it in: readers never see an empty one.
 * @throws MillraceError `model.seed` for a file that is no table, those of the statements
 */
export async function buildSeed(session: AdapterSession, build: SeedBuild, options: BuildOptions): Promise<Built> {
  const { type } = session.adapter;
  const columns = declare(readSeed(build, type), build, type);
  return await session.alone(build.relation, async () => {
    const standing = await lookAround(session, build.relation);
    const steps =
      type === 'duckdb' ? duckdbSteps(build, columns, standing) : await serverSteps(session, build, columns, standing);
    const built = await runSteps(session, steps, { ...options, modes: undefined });
    await session.noted(build.relation, 'table');
    return { code: 'INSERT', rowsAffected: built.rowsAffected };
  });
}

/** The most digits of a DECIMAL. */
const digits: Readonly<Record<Dialect, number>> = { duckdb: 38, tidb: 65, mysql: 65, mariadb: 65 };

/** The columns of a seed's file. @throws MillraceError `model.seed` */
export function readSeed({ relation, source, delimiter, columnTypes }: SeedBuild, dialect: Dialect): SeedColumn[] {
  const refuse = (why: string) =>
    millraceError('model.seed', `${relationText(relation)}: ${why}`, { at: relationText(relation) });
  if ([...delimiter].length !== 1 || delimiter === '"' || delimiter === '\n')
    throw refuse('`delimiter` is not one character');
  const [header, ...rows] = parseCsv(source, delimiter);
  if (header === undefined || header.length === 0) throw refuse('the file has no line with the names of columns');
  const names = columnNames(header);
  const long = rows.findIndex((row) => row.length > names.length);
  if (long >= 0) {
    throw refuse(`row ${long + 1} has ${rows[long]!.length} values, and there are ${names.length} columns`);
  }
  return names.map((name, at) => {
    const raw = rows.map((row) => row[at] ?? '');
    return columnTypes.has(name) ? textColumn(name, raw) : typedColumn(name, raw, digits[dialect]);
  });
}

/** As agate names them: one without a name by a letter of its place, one that was there before with a number. */
function columnNames(header: readonly string[]): string[] {
  const names: string[] = [];
  header.forEach((written, at) => {
    const name = written === '' ? String.fromCharCode(97 + (at % 26)).repeat(Math.floor(at / 26) + 1) : written;
    let free = name;
    for (let count = 2; names.includes(free); count++) free = `${name}_${count}`;
    names.push(free);
  });
  return names;
}

function declare(columns: readonly SeedColumn[], { columnTypes, relation }: SeedBuild, dialect: Dialect): Declared[] {
  const inferred = columns.map(({ name, type }) => ({ name, type, dataType: '', dtype: '', nullable: true }));
  const types = dialect === 'duckdb' ? columns.map(({ type }) => type) : storageTypes(inferred);
  return columns.map((column, at) => {
    const type = types[at]!;
    const text = (cell: string) =>
      dialect === 'duckdb' ? literalSql(cell, { kind: 'text' }, 'duckdb') : quoteText(cell);
    const declared = columnTypes.get(column.name);
    if (declared === undefined) {
      const literal = (cell: string) => (type.kind === 'text' ? text(cell) : literalSql(cell, column.type, dialect));
      return { ...column, dataType: ddlType(type, dialect), literal };
    }
    const asked = declaredSeedType(declared, ddlType(type, dialect), dialect);
    refuseUnfit(column, asked.type, relationText(relation));
    return { ...column, dataType: asked.dataType, literal: (cell) => asked.literal(cell) ?? text(cell) };
  });
}

/** Characters of one INSERT, of which servers take at least a mebibyte. */
const STATEMENT = 512 * 1024;

function inserts(table: string, columns: readonly Declared[], quote: (name: string) => string): Statement[] {
  const head = `INSERT INTO ${table} (${columns.map(({ name }) => quote(name)).join(', ')}) VALUES\n`;
  const statements: Statement[] = [];
  let rows: string[] = [];
  let size = 0;
  const flush = () => {
    if (rows.length > 0) statements.push({ name: 'fill', sql: head + rows.join(',\n'), counts: true });
    rows = [];
    size = 0;
  };
  const count = columns[0]?.cells.length ?? 0;
  for (let at = 0; at < count; at++) {
    const row = `(${columns.map((column) => cellSql(column, at)).join(', ')})`;
    if (size + row.length > STATEMENT) flush();
    rows.push(row);
    size += row.length;
  }
  flush();
  return statements;
}

function cellSql({ cells, literal }: Declared, at: number): string {
  const cell = cells[at] ?? null;
  return cell === null ? 'NULL' : literal(cell);
}

function contractOf(columns: readonly Declared[]) {
  const declared = columns.map(({ name, dataType }) => ({ name, dataType, notNull: false, constraints: [] }));
  return { columns: declared, constraints: [] };
}

async function serverSteps(
  session: AdapterSession,
  build: SeedBuild,
  columns: readonly Declared[],
  standing: Standing,
): Promise<Step[]> {
  const dialect = session.adapter.type as 'tidb' | 'mysql' | 'mariadb';
  const { build: helper } = helperNames(build.relation);
  const rules = nameRules(dialect);
  const types = new Map(columns.map(({ name, dataType }) => [name.toLowerCase(), dataType.toLowerCase()]));
  const { indexes = [] } = build;
  const shape = { columns: [], build: { ...build, sql: '', contract: contractOf(columns) }, dialect, indexes, types };
  const index = addIndexes(helper, shape);
  return [
    ...(await freshTable(session, standing, helper, createTable(helper, shape))),
    ...inserts(renderRelation(helper, rules), columns, rules.quote),
    ...(index === undefined ? [] : [{ name: 'index', sql: index }]),
    ...swapSteps(build.relation, standing, dialect === 'tidb'),
  ];
}

/** All in one transaction, so that the table that is there stays until the new one is whole. */
function duckdbSteps(build: SeedBuild, columns: readonly Declared[], standing: Standing): Step[] {
  const rules = nameRules('duckdb');
  const table = renderRelation(build.relation, rules);
  const declared = columns.map(({ name, dataType }) => `${rules.quote(name)} ${dataType}`).join(', ');
  const before: Statement[] = standing.relation?.type === 'view' ? [{ name: 'retire', sql: `DROP VIEW ${table}` }] : [];
  const create: Statement = { name: 'create', sql: `CREATE OR REPLACE TABLE ${table} (${declared})` };
  const rows = inserts(table, columns, rules.quote);
  const shape = { ...build, sql: '' };
  const after = [...duckdbIndexes(shape), ...duckdbComments(shape, 'TABLE')];
  return [{ name: 'build', together: [...before, create, ...rows, ...after] }];
}
