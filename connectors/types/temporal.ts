import type { ColumnType } from '../contract/index.ts';
import type { Family, OfKind } from './family.ts';
import { textOf } from './family.ts';
import { bareLiteral, temporalForm } from './literal.ts';
import type { Dialect } from './native.ts';

type Temporal = OfKind<'date'> | OfKind<'time'> | OfKind<'year'>;

const fspOf = (type: Temporal) => ('fsp' in type ? type.fsp : 0);

const duckdbKinds: Readonly<Record<string, Temporal>> = {
  date: { kind: 'date' },
  time: { kind: 'time', fsp: 6 },
  timestamp: { kind: 'datetime', fsp: 6 },
  timestamp_ms: { kind: 'datetime', fsp: 3 },
  timestamp_s: { kind: 'datetime', fsp: 0 },
  'timestamp with time zone': { kind: 'timestamp', fsp: 6 },
};
const duckdbNames: Readonly<Record<string, string>> = {
  date: 'DATE',
  datetime: 'TIMESTAMP',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
};

function parseTemporal(name: string, fsp: number): Temporal | undefined {
  if (name === 'date' || name === 'year') return { kind: name };
  return name === 'time' || name === 'datetime' || name === 'timestamp' ? { kind: name, fsp } : undefined;
}

function targetTemporal(type: Temporal, dialect: Dialect): ColumnType {
  if (dialect !== 'duckdb') return type;
  if (type.kind === 'year') return { kind: 'integer', bits: 16, unsigned: false };
  // TIME runs to 838:59:59 and below zero, which DuckDB's TIME does not.
  if (type.kind === 'time') return { kind: 'text' };
  return type.kind === 'date' ? type : { kind: type.kind, fsp: 6 };
}

/** DuckDB's value as the servers write it, with all digits of the fraction. */
function duckdbText(expr: string, type: Temporal): string {
  if (type.kind === 'year') return `CAST(${expr} AS VARCHAR)`;
  if (type.kind === 'date') return `STRFTIME(${expr}, '%Y-%m-%d')`;
  const fsp = fspOf(type);
  if (type.kind === 'time') {
    const text = `CAST(${expr} AS VARCHAR)`;
    const whole = `SPLIT_PART(${text}, '.', 1)`;
    return fsp === 0 ? whole : `${whole} || '.' || RPAD(SPLIT_PART(${text}, '.', 2), ${fsp}, '0')`;
  }
  const zoneless = type.kind === 'timestamp' ? `MAKE_TIMESTAMP(EPOCH_US(${expr}))` : `CAST(${expr} AS TIMESTAMP)`;
  return `LEFT(STRFTIME(${zoneless}, '%Y-%m-%d %H:%M:%S.%f'), ${fsp === 0 ? 19 : 20 + fsp})`;
}

/**
 * DATE, TIME, DATETIME, TIMESTAMP and YEAR travel as the server's text with all digits of the fraction; zero dates and dates such as
 * 2024-02-31 are such texts too. TIMESTAMP is text in UTC: sessions pin the zone. YEAR is a number, and 0 is loaded as 0000, because the
 * text '0' means 2000. DuckDB has no value for zero and partial dates: rows that hold one are rejected there.
 */
export const temporal: Family<Temporal> = {
  parse(native, dialect) {
    if (dialect === 'duckdb') return duckdbKinds[native.name];
    return parseTemporal(native.name, native.numbers[0] ?? 0);
  },
  target: targetTemporal,
  declare(type, dialect) {
    if (dialect === 'duckdb') return duckdbNames[type.kind] ?? 'VARCHAR';
    return fspOf(type) === 0 ? type.kind : `${type.kind}(${fspOf(type)})`;
  },
  widens: (from, to) => to.kind === from.kind && fspOf(to) >= fspOf(from),
  select: (expr, type, dialect) => ({ value: dialect === 'duckdb' ? duckdbText(expr, type) : expr }),
  load: () => undefined,
  literal(value, type) {
    const text = bareLiteral(textOf(value), temporalForm, type.kind);
    return type.kind === 'year' ? text : `'${text}'`;
  },
  canonical(expr, type, dialect) {
    if (dialect === 'duckdb') return duckdbText(expr, type);
    return `CAST(${type.kind === 'year' ? `${expr} + 0` : expr} AS CHAR)`;
  },
  keyset: () => true,
  form: (type) => ({ as: type.kind === 'year' ? 'year' : 'text' }),
  ticdc: (type) => ({ tidb_type: type.kind.toUpperCase() }),
};
