import type { Column, StreamName, StreamSchema } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';
import { columnSql } from './ddl-column.ts';
import { ddlText } from './ddl-text.ts';
import { quoteName, quoteTable } from './quote.ts';

/**
 * CREATE TABLE for a shape that the dialect can take (see `fitShape`): columns, primary key, checks, comment, AUTO_INCREMENT.
 * No secondary indexes: they are built after the load (`addIndexesSql`), but for the one that AUTO_INCREMENT cannot do without.
 */
export function createTableSql(schema: StreamSchema, dialect: Dialect): string {
  const lines = [
    ...schema.columns.map((column) => columnSql(column, dialect)),
    ...(schema.key === undefined ? [] : [`PRIMARY KEY (${schema.key.map(quoteName).join(', ')})`]),
    ...counterIndex(schema),
    ...(schema.checks ?? []).map((check) => checkSql(check, dialect)),
  ];
  return `CREATE TABLE ${quoteTable(schema.stream)} (\n  ${lines.join(',\n  ')}\n)${tableOptions(schema)}`;
}

/** ALTER TABLE that adds and modifies columns, all in one statement. */
export function alterColumnsSql(
  table: StreamName,
  added: readonly Column[],
  modified: readonly Column[],
  dialect: Dialect,
): string {
  const clauses = [
    ...added.map((column) => `ADD COLUMN ${columnSql(column, dialect)}`),
    ...modified.map((column) => `MODIFY COLUMN ${columnSql(column, dialect)}`),
  ];
  return `ALTER TABLE ${quoteTable(table)} ${clauses.join(', ')}`;
}

/** ALTER TABLE that sets nothing but the comment: a change of metadata. */
export function commentSql(table: StreamName, comment: string): string {
  return `ALTER TABLE ${quoteTable(table)} COMMENT = ${ddlText(comment)}`;
}

/** ALTER TABLE that sets the next AUTO_INCREMENT value, given in digits. */
export function nextAutoIncrementSql(table: StreamName, next: string): string {
  return `ALTER TABLE ${quoteTable(table)} AUTO_INCREMENT = ${BigInt(next)}`;
}

/** The indexes that `createTableSql` leaves for later. */
export function laterIndexes(schema: StreamSchema): NonNullable<StreamSchema['indexes']> {
  const counter = counterColumn(schema);
  return (schema.indexes ?? []).filter((index) => index.name !== counter?.index);
}

/** Names of checks are one namespace a database on MySQL and TiDB, where a table beside its successor would clash: there the server names them. */
function checkSql(check: { name: string; sql: string }, dialect: Dialect): string {
  return dialect === 'mariadb' ? `CONSTRAINT ${quoteName(check.name)} CHECK (${check.sql})` : `CHECK (${check.sql})`;
}

function counterIndex(schema: StreamSchema): string[] {
  const counter = counterColumn(schema);
  return counter === undefined ? [] : [`KEY ${quoteName(counter.index)} (${quoteName(counter.column)})`];
}

/** An AUTO_INCREMENT column must be the first of some index; where the key does not begin with it, an index is made with the table. */
function counterColumn(schema: StreamSchema): { index: string; column: string } | undefined {
  const column = schema.columns.find((each) => each.autoIncrement);
  if (column === undefined || schema.key?.[0] === column.name) return undefined;
  const led = schema.indexes?.find(({ kind, parts, unique }) => {
    const whole = parts.length === 1 && parts[0]?.column === column.name && parts[0].length === undefined;
    return kind === 'btree' && !unique && whole;
  });
  return { index: led?.name ?? `_millrace_${column.name}`.slice(0, 64), column: column.name };
}

function tableOptions(schema: StreamSchema): string {
  const next = schema.nextAutoIncrement === undefined ? '' : ` AUTO_INCREMENT=${BigInt(schema.nextAutoIncrement)}`;
  const charset = schema.collation === undefined ? '' : ` COLLATE=${schema.collation}`;
  return `${next}${charset}${schema.comment === undefined ? '' : ` COMMENT=${ddlText(schema.comment)}`}`;
}
