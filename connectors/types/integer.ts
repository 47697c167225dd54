import type { Family, OfKind } from './family.ts';
import { textOf } from './family.ts';
import { bareLiteral, integerForm } from './literal.ts';
import type { Dialect } from './native.ts';

type Integer = OfKind<'integer'>;

const bitsOf: Readonly<Record<string, Integer['bits']>> = {
  tinyint: 8,
  smallint: 16,
  mediumint: 24,
  int: 32,
  integer: 32,
  bigint: 64,
};
const nameOf: Readonly<Record<number, string>> = {
  8: 'tinyint',
  16: 'smallint',
  24: 'mediumint',
  32: 'int',
  64: 'bigint',
};
const duckdbBits: Readonly<Record<string, Integer['bits']>> = { ...bitsOf, hugeint: 128, uhugeint: 128 };
const duckdbUnsigned = /^(utinyint|usmallint|uinteger|ubigint|uhugeint)$/;
const duckdbName: Readonly<Record<number, string>> = {
  8: 'TINYINT',
  16: 'SMALLINT',
  32: 'INTEGER',
  64: 'BIGINT',
  128: 'HUGEINT',
};

/** Digits that the largest value needs. */
export function integerDigits(type: Integer): number {
  const most = 2n ** BigInt(type.unsigned ? type.bits : type.bits - 1);
  return (most - 1n).toString().length;
}

function declareInteger(type: Integer, dialect: Dialect): string {
  if (dialect === 'duckdb') return `${type.unsigned ? 'U' : ''}${duckdbName[type.bits]}`;
  const name = nameOf[type.bits] ?? 'bigint';
  // Other widths are display hints that newer servers warn about; TINYINT(1) is how they say boolean.
  const width = type.bits === 8 && type.width === 1 && !type.unsigned ? '(1)' : '';
  if (type.zerofill && dialect !== 'tidb')
    return `${name}${type.width === undefined ? '' : `(${type.width})`} unsigned zerofill`;
  return `${name}${width}${type.unsigned ? ' unsigned' : ''}`;
}

/** TINYINT to BIGINT of the servers, and DuckDB's integers up to 128 bits, which are DECIMAL(39,0) elsewhere. */
export const integer: Family<Integer> = {
  parse(native, dialect) {
    if (dialect === 'duckdb') {
      const unsigned = duckdbUnsigned.test(native.name);
      const bits = duckdbBits[unsigned ? native.name.slice(1) : native.name];
      return bits === undefined ? undefined : { kind: 'integer', bits, unsigned };
    }
    const bits = bitsOf[native.name];
    if (bits === undefined) return undefined;
    const [width] = native.numbers;
    return {
      kind: 'integer',
      bits,
      unsigned: native.unsigned,
      ...(width === undefined ? {} : { width }),
      ...(native.zerofill ? { zerofill: true } : {}),
    };
  },
  target(type, dialect) {
    if (dialect === 'duckdb') {
      return { kind: 'integer', bits: type.bits === 24 ? 32 : type.bits, unsigned: type.unsigned };
    }
    return type.bits === 128 ? { kind: 'decimal', precision: 39, scale: 0, unsigned: type.unsigned } : type;
  },
  declare: declareInteger,
  widens(from, to) {
    if (to.kind === 'decimal')
      return to.precision - to.scale >= integerDigits(from) && to.scale === 0 && (from.unsigned || !to.unsigned);
    if (to.kind !== 'integer') return false;
    return from.unsigned === to.unsigned ? to.bits >= from.bits : from.unsigned && to.bits > from.bits;
  },
  select: (expr) => ({ value: expr }),
  load: () => undefined,
  literal: (value) => bareLiteral(textOf(value), integerForm, 'integer'),
  canonical(expr, type, dialect) {
    if (dialect === 'duckdb') return `CAST(${expr} AS VARCHAR)`;
    return `CAST(${type.zerofill ? `${expr} + 0` : expr} AS CHAR)`;
  },
  keyset: () => true,
  form(type, layout) {
    if (type.bits === 128) return layout === 'text' ? { as: 'digits' } : { as: 'decimal', precision: 39, scale: 0 };
    if (type.bits === 64 && type.unsigned)
      return layout === 'text' ? { as: 'digits' } : { as: 'decimal', precision: 20, scale: 0 };
    const small = type.bits < 32 || (type.bits === 32 && !type.unsigned);
    return { as: 'long', avro: layout === 'typed' && small ? 'int' : 'long' };
  },
  ticdc: (type) => ({ tidb_type: `${type.bits === 64 ? 'BIGINT' : 'INT'}${type.unsigned ? ' UNSIGNED' : ''}` }),
};
