import { loadFormat } from '../avro/index.ts';
import { type Column, loadedColumns, type StreamSchema } from '../contract/index.ts';
import { type Dialect, literalSql, loadCharset, loadSql, type Value } from '../types/index.ts';
import type { KeyedTable } from './delete-keys.ts';
import { LOAD_FILE } from './load.ts';
import { type LoadMethod, type LoadTarget, loadedNames } from './load-target.ts';
import { quoteName, quoteTable, quoteText } from './quote.ts';
import { deletedAt } from './shape.ts';

/** Everything that the statements of one stream into one target are made from. */
export interface LoadPlan {
  readonly target: LoadTarget;
  readonly schema: StreamSchema;
  readonly method: LoadMethod;
  readonly dialect: Dialect;
  /** Whether INSERT takes a name for its rows. */
  readonly rowAlias: boolean;
}

/**
 * The LOAD DATA statement: fields go straight into their columns, or through a user variable where the text is not the value.
 */
export function loadStatement({ target, schema, method, dialect }: LoadPlan): string {
  const fields: string[] = [];
  const sets: string[] = [];
  for (const [at, column] of loadedColumns(schema).entries()) {
    const variable = `@c${at}`;
    const expression = loadSql(variable, column.type, dialect);
    fields.push(expression === undefined ? quoteName(column.name) : variable);
    if (expression !== undefined) sets.push(`${quoteName(column.name)} = ${expression}`);
  }
  for (const [column, literal] of fixedValues(target)) sets.push(`${quoteName(column)} = ${literal}`);
  const replace = method === 'replace' ? 'REPLACE ' : '';
  return (
    `LOAD DATA LOCAL INFILE '${LOAD_FILE}' ${replace}INTO TABLE ${quoteTable(target.table)} ` +
    `CHARACTER SET ${loadCharset} ${loadFormat} (${fields.join(', ')})` +
    (sets.length === 0 ? '' : ` SET ${sets.join(', ')}`)
  );
}

/** Columns that hold the same in every row, with their literals. */
function fixedValues({ constant, write }: LoadTarget): [string, string][] {
  return [
    ...(constant === undefined ? [] : [[constant.column, quoteText(constant.value)] as [string, string]]),
    ...(write === 'soft_delete' ? [[deletedAt.name, 'NULL'] as [string, string]] : []),
  ];
}

/** One row of a VALUES list; `values` in the order of the loaded columns. */
export function insertRow({ target, schema, dialect }: LoadPlan, values: readonly Value[]): string {
  const literals = loadedColumns(schema).map((column, at) => literalSql(values[at] ?? null, column.type, dialect));
  return `(${[...literals, ...fixedValues(target).map(([, literal]) => literal)].join(', ')})`;
}

/** The statement that puts rows in where LOAD DATA LOCAL is off or would be wrong; `rows` are texts of `insertRow`. */
export function insertStatement(plan: LoadPlan, rows: readonly string[]): string {
  const { target, schema, method, rowAlias } = plan;
  const names = loadedNames(target, schema).map(quoteName);
  const verb = method === 'replace' ? 'REPLACE' : 'INSERT';
  const head = `${verb} INTO ${quoteTable(target.table)} (${names.join(', ')}) VALUES ${rows.join(', ')}`;
  if (method !== 'update') return head;
  const alias = rowAlias ? ' AS fresh' : '';
  const value = (name: string) => (rowAlias ? `fresh.${name}` : `VALUES(${name})`);
  return `${head}${alias} ON DUPLICATE KEY UPDATE ${names.map((name) => `${name} = ${value(name)}`).join(', ')}`;
}

/** The target as a table that rows are removed from by key; `soft`: marked and kept. */
export function keyedTable({ target, schema, dialect }: LoadPlan, soft: boolean): KeyedTable {
  const { constant, table } = target;
  const key = (schema.key ?? []).map((name) => schema.columns.find((column) => column.name === name)!);
  const fixed: Column[] =
    constant === undefined
      ? []
      : [{ name: constant.column, type: { kind: 'text', charset: 'utf8mb4' }, nullable: false }];
  return { dialect, table, key: [...key, ...fixed], ...(soft ? { deletedAt: deletedAt.name } : {}) };
}

/** Empties the target's part of the table inside the transaction, where TRUNCATE would commit it. */
export function emptyStatement({ target }: LoadPlan): string {
  const { constant } = target;
  const where = constant === undefined ? 'TRUE' : `${quoteName(constant.column)} = ${quoteText(constant.value)}`;
  if (target.write === 'soft_delete') return `${softDeleteAll(target)} AND ${where}`;
  return `DELETE FROM ${quoteTable(target.table)} WHERE ${where}`;
}

function softDeleteAll({ table }: LoadTarget): string {
  const column = quoteName(deletedAt.name);
  return `UPDATE ${quoteTable(table)} SET ${column} = UTC_TIMESTAMP(6) WHERE ${column} IS NULL`;
}
