import type { Family, OfKind } from './family.ts';
import { textOf } from './family.ts';
import { bareLiteral } from './literal.ts';

/** DuckDB's BOOLEAN, text `0` and `1`. The servers' BOOL is TINYINT(1), which holds more than two values: it stays an integer. */
export const boolean: Family<OfKind<'boolean'>> = {
  parse: (native, dialect) => (dialect === 'duckdb' && native.name === 'boolean' ? { kind: 'boolean' } : undefined),
  target: (type, dialect) => (dialect === 'duckdb' ? type : { kind: 'integer', bits: 8, unsigned: false, width: 1 }),
  declare: () => 'BOOLEAN',
  widens: (_from, to) => to.kind === 'boolean' || to.kind === 'integer',
  select: (expr, _type, dialect) => ({ value: dialect === 'duckdb' ? `CAST(${expr} AS TINYINT)` : expr }),
  load: () => undefined,
  literal(value, _type, dialect) {
    const digit = bareLiteral(textOf(value), /^[01]$/, 'boolean');
    return dialect === 'duckdb' ? `(${digit} = 1)` : digit;
  },
  canonical: (expr, _type, dialect) =>
    dialect === 'duckdb' ? `CAST(CAST(${expr} AS TINYINT) AS VARCHAR)` : `CAST(${expr} AS CHAR)`,
  keyset: () => true,
  form: () => ({ as: 'boolean' }),
  ticdc: () => ({ tidb_type: 'INT' }),
};
