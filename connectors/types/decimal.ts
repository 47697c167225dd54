import type { Family, OfKind } from './family.ts';
import { textOf } from './family.ts';
import { bareLiteral, decimalForm } from './literal.ts';

type Decimal = OfKind<'decimal'>;

/** DuckDB's DECIMAL ends here; wider ones are VARCHAR there. */
const duckdbPrecision = 38;

/** DuckDB leaves out the zero before the point where precision equals scale. */
function duckdbText(expr: string, type: Decimal): string {
  const text = `CAST(${expr} AS VARCHAR)`;
  return type.precision === type.scale ? String.raw`REGEXP_REPLACE(${text}, '^(-?)\.', '\10.')` : text;
}

/** DECIMAL up to (65,30). Text has all digits of the scale. */
export const decimal: Family<Decimal> = {
  parse(native) {
    if (native.name !== 'decimal' && native.name !== 'numeric') return undefined;
    const [precision = 10, scale = 0] = native.numbers;
    return { kind: 'decimal', precision, scale, unsigned: native.unsigned };
  },
  target(type, dialect) {
    if (dialect !== 'duckdb') return type;
    return type.precision > duckdbPrecision ? { kind: 'text' } : { ...type, unsigned: false };
  },
  declare: (type, dialect) =>
    `${dialect === 'duckdb' ? 'DECIMAL' : 'decimal'}(${type.precision},${type.scale})${type.unsigned ? ' unsigned' : ''}`,
  widens(from, to) {
    // Another scale is another text of the same number: the target has more zeros.
    if (to.kind !== 'decimal' || (to.unsigned && !from.unsigned)) return false;
    return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
  },
  select: (expr, type, dialect) => ({ value: dialect === 'duckdb' ? duckdbText(expr, type) : expr }),
  load: () => undefined,
  literal(value, _type, dialect) {
    const digits = bareLiteral(textOf(value), decimalForm, 'decimal');
    // DuckDB makes a DOUBLE of a bare number with more digits than its DECIMAL has.
    return dialect === 'duckdb' ? `'${digits}'` : digits;
  },
  canonical(expr, type, dialect) {
    if (dialect === 'duckdb') return duckdbText(expr, type);
    // The cast takes off the zeros of ZEROFILL. CONCAT, because TiDB's CAST(... AS CHAR) cuts the last digit where precision equals scale.
    return `CONCAT(CAST(${expr} AS DECIMAL(${type.precision},${type.scale})))`;
  },
  keyset: () => true,
  form: (type, layout) =>
    layout === 'text' ? { as: 'digits' } : { as: 'decimal', precision: type.precision, scale: type.scale },
  ticdc: () => ({ tidb_type: 'DECIMAL' }),
};
