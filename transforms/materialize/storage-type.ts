import type { ColumnType } from '../../connectors/contract/index.ts';
import { type Dialect, ddlType } from '../../connectors/types/index.ts';
import type { ResultColumn } from '../adapter/adapter.ts';

/** Shortest VARCHAR of a built table: `'abc'` is a varchar(3), and the next rows hold longer ones. */
const SHORTEST = 255;
/** Longer text is LONGTEXT: the length that servers tell of an expression is an upper bound, often far off. */
const LONGEST = 1024;
/** Bytes that the VARCHARs of a row may have together (65,535 on MySQL and MariaDB), with room for other columns. */
const ROW_BYTES = 40_000;
/** Bytes of a character of utf8mb4. */
const CHARACTER = 4;

/**
 * Types of a built table's columns on MySQL's family: those of the query, but wide enough for what the next run brings. Moments always have
 * microseconds, else they would be rounded in silence; TIMESTAMP ends in 2038, so it is DATETIME.
 */
export function storageTypes(columns: readonly ResultColumn[]): ColumnType[] {
  const types = columns.map(({ type }) => storageType(type));
  const bytes = types.map((type) =>
    type.kind === 'text' || type.kind === 'bytes' ? (type.length ?? 0) * CHARACTER : 0,
  );
  if (bytes.reduce((sum, one) => sum + one, 0) <= ROW_BYTES) return types;
  // Too long for a row: what is longest goes out of it, which costs a little speed.
  return types.map((type) =>
    type.kind === 'text' ? { kind: 'text' } : type.kind === 'bytes' ? { kind: 'bytes' } : type,
  );
}

export function storageType(type: ColumnType): ColumnType {
  switch (type.kind) {
    case 'text':
    case 'bytes':
      return { kind: type.kind, ...lengthOf(type.length) };
    case 'datetime':
    case 'timestamp':
      return { kind: 'datetime', fsp: 6 };
    case 'time':
      return { kind: 'time', fsp: 6 };
    case 'integer':
      return { kind: 'integer', bits: type.bits, unsigned: type.unsigned, ...(type.width === 1 ? { width: 1 } : {}) };
    case 'year':
      // What MySQL calls the type of `year(x)`; the others have a whole number, and so do years before 1901.
      return { kind: 'integer', bits: 32, unsigned: false };
    case 'float':
      return { kind: 'float', bits: type.bits, unsigned: type.unsigned };
    default:
      return type;
  }
}

function lengthOf(length: number | undefined): { length?: number } {
  return length === undefined || length > LONGEST ? {} : { length: Math.max(length, SHORTEST) };
}

/** The declarations of the columns' types, in their order. */
export function storageDdl(columns: readonly ResultColumn[], dialect: Dialect): string[] {
  return storageTypes(columns).map((type) => ddlType(type, dialect));
}
