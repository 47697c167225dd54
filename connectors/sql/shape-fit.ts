import type { Column, ColumnType, Index, StreamSchema } from '../contract/index.ts';
import { type Dialect, targetType } from '../types/index.ts';
import { isPlainDefault, takesLiteralDefault } from './ddl-column.ts';
import type { Shape } from './shape.ts';

/** What of a server decides which shapes it can take. */
export interface Fit {
  readonly dialect: Dialect;
  /** CHECKs are enforced, not only accepted (TiDB: `tidb_enable_check_constraint`). */
  readonly checksEnforced: boolean;
  /** Expressions that the server refuses, each with its reason (`refusedExpressions`). */
  readonly refused: ReadonlyMap<string, string>;
}

/** Bytes that a key may have on all three servers, counted at 4 bytes a character. */
const keyBytes = 3072;

/** How much of a text without limit an index takes, in characters. */
const prefixLength = 191;

/** A wanted shape as the server can take it. What is changed or left out is told in a note, never in silence. */
export function fitShape(wanted: Shape, fit: Fit): Shape {
  const notes = [...wanted.notes];
  const { schema } = wanted;
  const keyed = new Set(schema.key ?? []);
  const share = Math.floor(keyBytes / 4 / Math.max(1, keyed.size));
  const columns = schema.columns
    .map((column) => typedColumn(column, keyed.has(column.name), fit.dialect, notes))
    .map((column) => (keyed.has(column.name) ? keyColumn(column, share, notes) : column))
    .map((column) => defaultedColumn(column, fit, notes))
    .map((column) => visibleColumn(column, fit.dialect, notes))
    .filter((column) => generates(column, fit, notes));
  const indexes = fitIndexes(schema, columns, fit, notes);
  const checks = fitChecks(schema, fit, notes);
  const { indexes: _indexes, checks: _checks, charset, collation, ...rest } = schema;
  return {
    schema: {
      ...rest,
      ...tableCollation(charset, collation, fit.dialect),
      columns,
      ...(indexes.length === 0 ? {} : { indexes }),
      ...(checks.length === 0 ? {} : { checks }),
    },
    notes,
  };
}

function tableCollation(charset: string | undefined, collation: string | undefined, dialect: Dialect) {
  if (charset === undefined || collation === undefined) return {};
  const text = targetType({ kind: 'text', length: 1, charset, collation }, dialect);
  if (text.kind !== 'text' || text.charset === undefined || text.collation === undefined) return {};
  return { charset: text.charset, collation: text.collation };
}

/** What compares byte by byte and counts trailing spaces: no two different keys are one under it. */
const exactCollations = {
  mysql: 'utf8mb4_0900_bin',
  tidb: 'utf8mb4_0900_bin',
  mariadb: 'utf8mb4_nopad_bin',
  duckdb: undefined,
};

/** A collation that the target lacks becomes the nearest one; in a key, where a coarser one would swallow rows, the exact one. */
function typedColumn(column: Column, inKey: boolean, dialect: Dialect, notes: string[]): Column {
  const type = targetType(column.type, dialect);
  const from = collationOf(column.type);
  const to = collationOf(type);
  if (from === undefined || to === undefined || plainCollation(from) === plainCollation(to)) return { ...column, type };
  const exact = exactCollations[dialect];
  if (inKey && type.kind === 'text' && exact !== undefined) {
    notes.push(
      `key column ${column.name} is ${exact}: the target has no ${from}, and others might take two keys for one`,
    );
    return { ...column, type: { ...type, charset: 'utf8mb4', collation: exact } };
  }
  notes.push(`${column.name} is ${to}: the target has no ${from}, so it may sort and compare otherwise`);
  return { ...column, type };
}

/** `utf8_bin` and `utf8mb3_bin` are one. */
function plainCollation(collation: string): string {
  return collation.replace(/^utf8_/, 'utf8mb3_');
}

function collationOf(type: ColumnType): string | undefined {
  return 'collation' in type ? type.collation : undefined;
}

/** A key column is NOT NULL and has a limit; rows with longer keys are rejected when they come. */
function keyColumn(column: Column, share: number, notes: string[]): Column {
  const { type } = column;
  if ((type.kind !== 'text' && type.kind !== 'bytes') || type.length !== undefined)
    return { ...column, nullable: false };
  const length = type.kind === 'text' ? share : share * 4;
  const { bytes: _bytes, ...bare } = type;
  notes.push(
    `key column ${column.name} holds up to ${length} ${type.kind === 'text' ? 'characters' : 'bytes'}: a key needs a limit`,
  );
  return { ...column, nullable: false, type: { ...bare, length } };
}

function defaultedColumn(column: Column, fit: Fit, notes: string[]): Column {
  const { default: byDefault, onUpdate, ...bare } = column;
  const why = byDefault === undefined ? undefined : whyNoDefault(column, byDefault, fit);
  const temporal = column.type.kind === 'datetime' || column.type.kind === 'timestamp';
  if (why !== undefined) notes.push(`the default of ${column.name} is left out: ${why}`);
  if (onUpdate !== undefined && !temporal)
    notes.push(`ON UPDATE of ${column.name} is left out: it is no longer a time`);
  return {
    ...bare,
    ...(byDefault === undefined || why !== undefined ? {} : { default: byDefault }),
    ...(onUpdate === undefined || !temporal ? {} : { onUpdate }),
  };
}

function whyNoDefault(column: Column, value: NonNullable<Column['default']>, fit: Fit): string | undefined {
  if (value.kind === 'value') {
    const literal = fit.dialect !== 'tidb' || takesLiteralDefault(column.type, 'tidb');
    return literal ? undefined : 'TiDB takes none for this type';
  }
  if (value.sql === '') return 'the source does not state it exactly';
  return isPlainDefault(value.sql) ? undefined : fit.refused.get(value.sql);
}

/** MariaDB gives invisible columns no value by itself, and wants a default of them. */
function visibleColumn(column: Column, dialect: Dialect, notes: string[]): Column {
  if (!column.invisible) return column;
  const valued =
    column.nullable || column.default !== undefined || column.autoIncrement || column.generated !== undefined;
  if (dialect === 'mysql' || (dialect === 'mariadb' && valued)) return column;
  notes.push(`column ${column.name} is visible at the target: it cannot be invisible there`);
  const { invisible: _, ...visible } = column;
  return visible;
}

function generates(column: Column, fit: Fit, notes: string[]): boolean {
  const why = column.generated === undefined ? undefined : fit.refused.get(column.generated.sql);
  if (why !== undefined) notes.push(`generated column ${column.name} is left out: ${why}`);
  return why === undefined;
}

function fitChecks(schema: StreamSchema, fit: Fit, notes: string[]): NonNullable<StreamSchema['checks']> {
  return (schema.checks ?? []).filter((check) => {
    const why = fit.checksEnforced
      ? fit.refused.get(check.sql)
      : 'this server accepts CHECKs and does not enforce them';
    if (why !== undefined) notes.push(`CHECK ${check.name} is left out: ${why}`);
    return why === undefined;
  });
}

function fitIndexes(schema: StreamSchema, columns: readonly Column[], fit: Fit, notes: string[]): Index[] {
  const byName = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
  return (schema.indexes ?? []).flatMap((index) => {
    const why = whyNoIndex(index, byName, fit);
    if (why !== undefined) notes.push(`index ${index.name} is left out: ${why}`);
    return why === undefined ? [prefixed(ascending(index, fit, notes), byName, notes)] : [];
  });
}

function whyNoIndex(index: Index, columns: ReadonlyMap<string, Column>, fit: Fit): string | undefined {
  if (fit.dialect === 'tidb' && index.kind !== 'btree') return `TiDB has no ${index.kind} indexes like it`;
  const lost = index.parts.find((part) => part.column !== undefined && !columns.has(part.column.toLowerCase()));
  if (lost !== undefined) return `its column ${lost.column} is not there`;
  const expression = index.parts.find((part) => part.sql !== undefined);
  if (expression === undefined) return undefined;
  if (fit.dialect === 'mariadb') return 'MariaDB has no indexes over expressions';
  return fit.refused.get(expression.sql ?? '');
}

/** TiDB takes DESC and ignores it. */
function ascending(index: Index, fit: Fit, notes: string[]): Index {
  if (fit.dialect !== 'tidb' || !index.parts.some((part) => part.descending)) return index;
  notes.push(`index ${index.name} is ascending: TiDB has no descending ones`);
  return { ...index, parts: index.parts.map(({ descending: _descending, ...part }) => part) };
}

/** Texts without limit are indexed by their beginning, which cannot be unique. */
function prefixed(index: Index, columns: ReadonlyMap<string, Column>, notes: string[]): Index {
  if (index.kind !== 'btree') return index;
  const open = index.parts.filter(
    (part) => part.length === undefined && isOpen(columns.get(part.column?.toLowerCase() ?? '')),
  );
  if (open.length === 0) return index;
  notes.push(
    `index ${index.name} takes the first ${prefixLength} characters of ${open.map((part) => part.column).join(', ')}${index.unique ? ' and is not unique' : ''}`,
  );
  const parts = index.parts.map((part) => (open.includes(part) ? { ...part, length: prefixLength } : part));
  return { ...index, unique: false, parts };
}

function isOpen(column: Column | undefined): boolean {
  return (
    column !== undefined &&
    (column.type.kind === 'text' || column.type.kind === 'bytes') &&
    column.type.length === undefined
  );
}
