import type { Family, OfKind } from './family.ts';
import { textOf } from './family.ts';
import { bareLiteral, vectorForm } from './literal.ts';
import type { Dialect } from './native.ts';

/** What MySQL's plain VECTOR declares: an upper bound, where TiDB's number is the exact one. */
const mysqlDefault = 2048;
const mostDimensions = 16_383;

const fromText: Readonly<Record<Dialect, string | undefined>> = {
  mysql: 'STRING_TO_VECTOR',
  mariadb: 'VEC_FromText',
  tidb: undefined,
  duckdb: undefined,
};

/**
 * VECTOR as the text `[1,2.5]` of shortest 32-bit floats. MySQL and MariaDB print six digits only, so their bytes are read (hex of
 * little-endian floats). MySQL refuses denormal numbers in vectors, also when a row of another server brings one.
 */
export const vector: Family<OfKind<'vector'>> = {
  parse(native, dialect) {
    if (native.name !== 'vector' || dialect === 'duckdb') return undefined;
    const [dimensions] = native.numbers;
    return { kind: 'vector', ...(dimensions === undefined ? {} : { dimensions }) };
  },
  target(type, dialect) {
    if (dialect === 'tidb') return type.dimensions === mysqlDefault ? { kind: 'vector' } : type;
    return dialect === 'duckdb'
      ? { kind: 'vector' }
      : { kind: 'vector', dimensions: type.dimensions ?? mostDimensions };
  },
  declare(type, dialect) {
    if (dialect === 'duckdb') return 'FLOAT[]';
    return type.dimensions === undefined ? 'vector' : `vector(${type.dimensions})`;
  },
  widens(from, to, dialect) {
    if (to.kind !== 'vector') return false;
    if (to.dimensions === undefined || to.dimensions === from.dimensions) return true;
    return dialect !== 'tidb' && from.dimensions !== undefined && to.dimensions > from.dimensions;
  },
  select(expr, _type, dialect) {
    return { value: dialect === 'mysql' || dialect === 'mariadb' ? `HEX(${expr})` : expr };
  },
  load(variable, _type, dialect) {
    const make = fromText[dialect];
    return make === undefined ? undefined : `${make}(${variable})`;
  },
  literal(value, _type, dialect) {
    const text = `'${bareLiteral(textOf(value), vectorForm, 'vector')}'`;
    const make = fromText[dialect];
    return make === undefined ? text : `${make}(${text})`;
  },
  // Only TiDB and DuckDB print the numbers exactly, only the others have bytes to show: between two dialects the length is compared.
  canonical(expr, _type, dialect, peer) {
    if (dialect === peer) return dialect === 'tidb' || dialect === 'duckdb' ? `CAST(${expr} AS CHAR)` : `HEX(${expr})`;
    if (dialect === 'duckdb') return `CAST(LEN(${expr}) AS VARCHAR)`;
    return dialect === 'tidb' ? `CAST(VEC_DIMS(${expr}) AS CHAR)` : `CAST(LENGTH(${expr}) DIV 4 AS CHAR)`;
  },
  keyset: () => false,
  form: () => ({ as: 'vector' }),
  ticdc: () => ({ tidb_type: 'TiDBVECTORFloat32' }),
};
