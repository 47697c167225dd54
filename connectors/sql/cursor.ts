import {
  type Column,
  type ColumnType,
  millraceError,
  type StreamRequest,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import { type Dialect, literalSql } from '../types/index.ts';
import { quoteName } from './quote.ts';

/** Seconds that a transaction may take between setting a time and committing, without being missed. */
const DEFAULT_SECONDS = 60;
/** Ids that may be handed out before a lower one is committed. */
const DEFAULT_UNITS = 1000;

/** The column whose growth tells what is new, and how far behind it is read again. */
export interface Cursor {
  readonly column: Column;
  /** Seconds for dates and times, else units. */
  readonly overlap: number;
  /** An index begins with it: windows are read in its order. */
  readonly indexed: boolean;
}

const temporal = new Set<ColumnType['kind']>(['date', 'datetime', 'timestamp']);
const numeric = new Set<ColumnType['kind']>(['integer', 'decimal', 'year']);

/** The cursor of an incremental read. Throws `config.invalid` where its type has no usable order. */
export function cursorOf(schema: StreamSchema, request: StreamRequest): Cursor {
  const column = schema.columns.find(({ name }) => name === request.cursor)!;
  const { kind } = column.type;
  const protectedColumn = request.protect?.[column.name] !== undefined;
  if ((!temporal.has(kind) && !numeric.has(kind)) || protectedColumn) {
    const at = `${streamText(schema.stream)}.${column.name}`;
    const why = protectedColumn ? 'is hashed or masked' : `is ${column.native ?? kind}`;
    throw millraceError('config.invalid', `the cursor ${at} ${why}; a number, date or time is needed`, { at });
  }
  const leads = (schema.indexes ?? []).some(
    ({ parts: [first] }) => first?.column === column.name && first.length === undefined,
  );
  return {
    column,
    overlap: request.overlap ?? (temporal.has(kind) ? DEFAULT_SECONDS : kind === 'integer' ? DEFAULT_UNITS : 0),
    indexed: leads || schema.key?.[0] === column.name,
  };
}

/** A cursor value less the overlap, as SQL. */
export function lessOverlapSql({ column, overlap }: Cursor, value: string, dialect: Dialect): string {
  const literal = literalSql(value, column.type, dialect);
  if (overlap === 0) return literal;
  if (temporal.has(column.type.kind)) {
    const [seconds, micros] = [Math.floor(overlap), Math.round((overlap % 1) * 1e6)];
    return `CAST(${literal} AS DATETIME(6)) - INTERVAL '${seconds}.${String(micros).padStart(6, '0')}' SECOND_MICROSECOND`;
  }
  // Signed arithmetic: an unsigned column may not go below 0.
  return `CAST(${literal} AS DECIMAL(65, 10)) - ${overlap}`;
}

/** The rows of a window as SQL: from `low` less the overlap to `high`, both in it; the first window has no `low` and takes NULLs along. */
export function windowSql(cursor: Cursor, low: string | null, high: string, dialect: Dialect): string {
  const name = quoteName(cursor.column.name);
  const upper = `${name} <= ${literalSql(high, cursor.column.type, dialect)}`;
  if (low === null) return cursor.column.nullable ? `${upper} OR ${name} IS NULL` : upper;
  return `${name} >= ${lessOverlapSql(cursor, low, dialect)} AND ${upper}`;
}

/** Whether a cursor's text is at least another's. Dates and times of one column compare as text. */
export function atLeast(type: ColumnType, value: string, bound: string): boolean {
  if (temporal.has(type.kind)) return value >= bound;
  return compareNumbers(value, bound) >= 0;
}

/** Compares decimal numbers of any length exactly. */
function compareNumbers(a: string, b: string): number {
  const digits = Math.max(fraction(a).length, fraction(b).length);
  const difference = scaled(a, digits) - scaled(b, digits);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function fraction(text: string): string {
  return text.split('.')[1] ?? '';
}

function scaled(text: string, digits: number): bigint {
  return BigInt(text.split('.')[0]! + fraction(text).padEnd(digits, '0'));
}
