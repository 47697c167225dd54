import type { Family, OfKind } from './family.ts';
import { bytesOf } from './family.ts';

/** The number that big-endian bytes stand for. */
export function bitNumber(bytes: Uint8Array): bigint {
  let number = 0n;
  for (const byte of bytes) number = (number << 8n) | BigInt(byte);
  return number;
}

/** BIT(1) to BIT(64): ceil(n/8) bytes, highest first. Loaded as a number, since text would be taken for the bytes themselves. */
export const bit: Family<OfKind<'bit'>> = {
  parse: (native, dialect) =>
    native.name === 'bit' && dialect !== 'duckdb' ? { kind: 'bit', width: native.numbers[0] ?? 1 } : undefined,
  target: (type, dialect) => (dialect === 'duckdb' ? { kind: 'integer', bits: 64, unsigned: true } : type),
  declare: (type) => `bit(${type.width})`,
  // Another width may be another number of bytes; the number stays.
  widens: (from, to) => to.kind === 'bit' && to.width >= from.width,
  select: (expr) => ({ value: expr }),
  load: (variable) => `CAST(${variable} AS UNSIGNED)`,
  literal: (value) => bitNumber(bytesOf(value)).toString(),
  canonical: (expr, _type, dialect) =>
    dialect === 'duckdb' ? `CAST(${expr} AS VARCHAR)` : `CAST(${expr} + 0 AS CHAR)`,
  keyset: () => false,
  form: () => ({ as: 'bit' }),
  ticdc: (type) => ({ tidb_type: 'BIT', length: String(type.width) }),
};
