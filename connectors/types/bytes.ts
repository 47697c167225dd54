import type { ColumnType } from '../contract/index.ts';
import type { Family, OfKind } from './family.ts';
import { bytesOf } from './family.ts';
import { bytesLiteral } from './literal.ts';
import type { Dialect } from './native.ts';
import { lobBytes, lobName } from './text.ts';

type Bytes = OfKind<'bytes'>;

function parseBytes(name: string, numbers: readonly number[]): Bytes | undefined {
  if (name === 'varbinary') return { kind: 'bytes', length: numbers[0] ?? 0 };
  if (name === 'binary') return { kind: 'bytes', length: numbers[0] ?? 1, fixed: true };
  const bytes = lobBytes(name, 'blob');
  return bytes === undefined ? undefined : { kind: 'bytes', bytes };
}

function widensBytes(from: Bytes, to: ColumnType): boolean {
  if (to.kind !== 'bytes') return false;
  // BINARY(n) pads with zero bytes, which are part of the value.
  if (to.fixed) return from.fixed === true && to.length === from.length;
  const size = (type: Bytes) => type.length ?? type.bytes ?? Number.POSITIVE_INFINITY;
  return size(to) >= size(from);
}

/** BINARY, VARBINARY and the BLOBs. The zero bytes that BINARY(n) pads with are there to see and travel. */
export const bytes: Family<Bytes> = {
  parse(native, dialect) {
    if (dialect === 'duckdb') return native.name === 'blob' ? { kind: 'bytes' } : undefined;
    return parseBytes(native.name, native.numbers);
  },
  target: (type, dialect) => (dialect === 'duckdb' ? { kind: 'bytes' } : type),
  declare(type, dialect) {
    if (dialect === 'duckdb') return 'BLOB';
    return type.length === undefined
      ? lobName(type.bytes, 'blob')
      : `${type.fixed ? 'binary' : 'varbinary'}(${type.length})`;
  },
  widens: widensBytes,
  select: (expr) => ({ value: expr }),
  load: () => undefined,
  literal: (value, _type, dialect: Dialect) => bytesLiteral(bytesOf(value), dialect),
  canonical: (expr) => `HEX(${expr})`,
  keyset: () => true,
  form: () => ({ as: 'bytes' }),
  ticdc: () => ({ tidb_type: 'BLOB' }),
};
