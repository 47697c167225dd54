import type { Column, ColumnDefault, ColumnType } from '../contract/index.ts';
import { type Dialect, ddlType } from '../types/index.ts';
import { ddlText } from './ddl-text.ts';
import { quoteName } from './quote.ts';

/** A column's declaration: `` `name` type NOT NULL DEFAULT ... ``. Says nothing by itself: what the dialect cannot take was left out before. */
export function columnSql(column: Column, dialect: Dialect): string {
  return [
    quoteName(column.name),
    ddlType(column.type, dialect),
    ...(column.generated === undefined ? [] : [generatedSql(column.generated)]),
    ...nullSql(column, dialect),
    ...(column.default === undefined ? [] : [`DEFAULT ${defaultSql(column.default, column.type, dialect)}`]),
    ...(column.onUpdate === undefined ? [] : [`ON UPDATE ${column.onUpdate}`]),
    ...(column.invisible ? [invisibleSql(dialect)] : []),
    ...(column.autoIncrement ? ['AUTO_INCREMENT'] : []),
    ...(column.comment === undefined ? [] : [`COMMENT ${ddlText(column.comment)}`]),
  ].join(' ');
}

/** Whether a default is `CURRENT_TIMESTAMP(n)` or a bare literal of SQL such as `b'101'`: what may stand without parentheses. */
export function isPlainDefault(sql: string): boolean {
  return /^(CURRENT_TIMESTAMP(\(\d\))?|[bx]'[0-9a-f]*'|0x[0-9a-f]+)$/i.test(sql);
}

/** Whether a column of this type may have a default that is a literal; TEXT, BLOB and JSON may not, on MySQL and TiDB. */
export function takesLiteralDefault(type: ColumnType, dialect: Dialect): boolean {
  const large = type.kind === 'json' || ((type.kind === 'text' || type.kind === 'bytes') && type.length === undefined);
  return dialect === 'mariadb' || !(large || type.kind === 'vector');
}

function defaultSql(value: ColumnDefault, type: ColumnType, dialect: Dialect): string {
  if (value.kind === 'expression') return isPlainDefault(value.sql) ? value.sql : `(${value.sql})`;
  const literal = ddlText(value.text);
  return takesLiteralDefault(type, dialect) ? literal : `(${literal})`;
}

function generatedSql(generated: NonNullable<Column['generated']>): string {
  return `GENERATED ALWAYS AS (${generated.sql}) ${generated.stored ? 'STORED' : 'VIRTUAL'}`;
}

/** Before 8.0.23 MySQL has no such columns, and skips the comment. */
function invisibleSql(dialect: Dialect): string {
  return dialect === 'mariadb' ? 'INVISIBLE' : '/*!80023 INVISIBLE */';
}

/** TIMESTAMP says NULL aloud: servers with old defaults make it NOT NULL otherwise. MariaDB takes neither for generated columns. */
function nullSql(column: Column, dialect: Dialect): string[] {
  if (column.generated !== undefined && dialect === 'mariadb') return [];
  return [column.nullable ? 'NULL' : 'NOT NULL'];
}
