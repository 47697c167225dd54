import type { Column, StreamSchema } from '../contract/index.ts';
import { type Dialect, sameType } from '../types/index.ts';
import { indexMeaning } from './ddl-index.ts';
import { declared } from './evolve.ts';

/** Whether an existing table is what CREATE TABLE for the wanted shape would make, but for its comment and for secondary indexes not built yet. */
export function sameTable(wanted: StreamSchema, found: StreamSchema, dialect: Dialect): boolean {
  const existing = declared(found, dialect);
  const indexes = new Set((wanted.indexes ?? []).map(indexMeaning));
  return (
    wanted.columns.length === existing.columns.length &&
    wanted.columns.every((column, i) => sameColumn(column, existing.columns[i]!, dialect)) &&
    JSON.stringify(wanted.key) === JSON.stringify(existing.key) &&
    JSON.stringify(wanted.checks?.map((check) => check.sql)) ===
      JSON.stringify(existing.checks?.map((check) => check.sql)) &&
    (existing.indexes ?? []).every((index) => indexes.has(indexMeaning(index)))
  );
}

function sameColumn(wanted: Column, existing: Column, dialect: Dialect): boolean {
  return sameType(wanted.type, existing.type, dialect) && attributes(wanted) === attributes(existing);
}

function attributes(column: Column): string {
  const { name, nullable, default: byDefault, onUpdate, autoIncrement, generated, comment } = column;
  const value = byDefault?.kind === 'value' ? byDefault.text : byDefault?.sql;
  return JSON.stringify([
    name,
    nullable,
    value,
    onUpdate,
    autoIncrement,
    generated?.sql.replace(/[\s()]/g, ''),
    comment,
  ]);
}
