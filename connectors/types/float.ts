import type { Family, OfKind } from './family.ts';
import { textOf } from './family.ts';
import { textLiteral } from './literal.ts';
import type { Dialect } from './native.ts';

type Float = OfKind<'float'>;

/** The number that a canonical text stands for, rounded as the column rounds it. */
function numberOf(text: string, bits: 32 | 64): number {
  return bits === 32 ? Math.fround(Number(text)) : Number(text);
}

/**
 * Servers print the same shortest digits and place point and exponent each in their own way, so the number is compared as sign, digits
 * without zeros at either end, and the place of the point. All of them write numbers of the usual sizes without an exponent: there the text
 * itself does, which costs a fraction of it. -0 counts as 0: MariaDB and TiDB have no -0.
 */
function canonicalFloat(expr: string, bits: 32 | 64, dialect: Dialect): string {
  const duckdb = dialect === 'duckdb';
  // Not `* 1e0` for DOUBLE too: MySQL rounds the text of an expression to 23 characters, which is as long as that of a widened FLOAT can be.
  const double = bits === 32 ? `${expr} * 1e0` : expr;
  const text = duckdb ? `CAST(CAST(${expr} AS DOUBLE) AS VARCHAR)` : `CAST(${double} AS CHAR)`;
  const plain = `REPLACE(${text}, '-', '')`;
  const part = (of: string, by: string, n: 1 | 2) =>
    duckdb ? `SPLIT_PART(${of}, '${by}', ${n})` : `SUBSTRING_INDEX(${of}, '${by}', ${n === 1 ? 1 : -1})`;
  const mantissa = part(text, 'e', 1);
  const unsigned = `REPLACE(${mantissa}, '-', '')`;
  const digits = `REPLACE(${unsigned}, '.', '')`;
  const leading = (of: string) => (duckdb ? `LTRIM(${of}, '0')` : `TRIM(LEADING '0' FROM ${of})`);
  const trailing = (of: string) => (duckdb ? `RTRIM(${of}, '0')` : `TRIM(TRAILING '0' FROM ${of})`);
  const whole = part(unsigned, '.', 1);
  const number = duckdb ? 'INTEGER' : 'SIGNED';
  const exponent = `CASE WHEN ${text} LIKE '%e%' THEN CAST(${part(text, 'e', 2)} AS ${number}) ELSE 0 END`;
  const point = `${exponent} + LENGTH(${whole}) - (LENGTH(${digits}) - LENGTH(${leading(digits)}))`;
  const sign = `CASE WHEN ${mantissa} LIKE '-%' THEN '-' ELSE '' END`;
  const join = (...parts: string[]) => (duckdb ? parts.join(' || ') : `CONCAT(${parts.join(', ')})`);
  const shown = duckdb ? `CAST(${point} AS VARCHAR)` : point;
  const finite = join(sign, trailing(leading(digits)), `'e'`, shown);
  const usual = `WHEN ABS(${expr}) >= 1e-3 AND ABS(${expr}) < 1e14 THEN ${duckdb ? withoutFraction(text) : text}`;
  return duckdb
    ? `CASE WHEN ${expr} = 0 THEN '0' ${usual} WHEN NOT ISFINITE(${expr}) THEN ${plain} ELSE ${finite} END`
    : `CASE WHEN ${expr} = 0 THEN '0' ${usual} WHEN ${expr} IS NULL THEN NULL ELSE ${finite} END`;
}

/** DuckDB writes 1.0 where the servers write 1. */
function withoutFraction(text: string): string {
  return `REGEXP_REPLACE(${text}, '\\.0$', '')`;
}

/**
 * FLOAT and DOUBLE. FLOAT's own text has six digits on MySQL and MariaDB (16777216 reads 16777200) and is as lossy on TiDB for large and
 * small values, so it is widened in the SELECT: `* 1e0` and not `+ 0e0`, which turns -0 into 0. It is loaded as the text of that double: the
 * shortest text of the largest FLOAT, 3.4028235e38, is out of range for the servers.
 */
export const float: Family<Float> = {
  parse(native) {
    const bits = native.name === 'float' || native.name === 'real' ? 32 : native.name === 'double' ? 64 : undefined;
    if (bits === undefined) return undefined;
    const [precision, scale] = native.numbers;
    const size = precision === undefined || scale === undefined ? {} : { precision, scale };
    return { kind: 'float', bits, unsigned: native.unsigned, ...size };
  },
  target: (type, dialect) => (dialect === 'duckdb' ? { kind: 'float', bits: type.bits, unsigned: false } : type),
  declare(type, dialect) {
    if (dialect === 'duckdb') return type.bits === 32 ? 'FLOAT' : 'DOUBLE';
    const size = type.precision === undefined ? '' : `(${type.precision},${type.scale ?? 0})`;
    return `${type.bits === 32 ? 'float' : 'double'}${size}${type.unsigned ? ' unsigned' : ''}`;
  },
  widens(from, to) {
    if (to.kind !== 'float' || to.bits < from.bits || (to.unsigned && !from.unsigned)) return false;
    if (to.precision === undefined) return true;
    if (from.precision === undefined || to.bits !== from.bits) return false;
    const scale = to.scale ?? 0;
    return scale >= (from.scale ?? 0) && to.precision - scale >= from.precision - (from.scale ?? 0);
  },
  select(expr, type, dialect) {
    if (dialect === 'duckdb') return { value: expr };
    return { value: type.bits === 32 || type.precision !== undefined ? `${expr} * 1e0` : expr };
  },
  load: () => undefined,
  literal(value, type, dialect) {
    const number = numberOf(textOf(value), type.bits);
    if (dialect === 'duckdb') return `CAST(${textLiteral(String(number), dialect)} AS DOUBLE)`;
    return Number.isFinite(number) ? number.toExponential() : textLiteral(textOf(value), dialect);
  },
  canonical(expr, type, dialect) {
    if (type.precision === undefined) return canonicalFloat(expr, type.bits, dialect);
    // DOUBLE(10,2) is what its two decimals say: MySQL keeps -0.01 as -0.010000000000000009.
    const size = `${Math.min(type.precision, dialect === 'duckdb' ? 38 : 65)},${type.scale ?? 0}`;
    return dialect === 'duckdb'
      ? `CAST(CAST(${expr} AS DECIMAL(${size})) AS VARCHAR)`
      : `CONCAT(CAST(${expr} AS DECIMAL(${size})))`;
  },
  keyset: () => false,
  form: (type) => ({ as: type.bits === 32 ? 'float' : 'double' }),
  ticdc: (type) => ({ tidb_type: type.bits === 32 ? 'FLOAT' : 'DOUBLE' }),
};
