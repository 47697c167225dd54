import type { ColumnType } from '../contract/index.ts';
import type { Family, OfKind } from './family.ts';
import { textOf } from './family.ts';
import { textLiteral } from './literal.ts';
import type { Dialect } from './native.ts';

type Network = OfKind<'uuid'>;

/** Longest text: 36 for a UUID, 15 for 255.255.255.255, 45 for an IPv6 address that ends as an IPv4 one. */
const textLength = { uuid: 36, inet4: 15, inet6: 45 } as const;

function targetNetwork(type: Network, dialect: Dialect): ColumnType {
  if (dialect === 'mariadb') return type;
  if (dialect === 'duckdb') return type.kind === 'uuid' ? type : { kind: 'text' };
  const collation = 'ascii_bin';
  return { kind: 'text', length: textLength[type.kind], charset: 'ascii', collation };
}

/** MariaDB's UUID, INET4 and INET6, and DuckDB's UUID: text in lower case. Elsewhere VARCHAR. */
export const network: Family<Network> = {
  parse(native, dialect) {
    const { name } = native;
    const own = dialect === 'mariadb' || (dialect === 'duckdb' && name === 'uuid');
    return own && (name === 'uuid' || name === 'inet4' || name === 'inet6') ? { kind: name } : undefined;
  },
  target: targetNetwork,
  declare: (type, dialect) => (dialect === 'duckdb' ? type.kind.toUpperCase() : type.kind),
  widens: (from, to) => to.kind === from.kind || (from.kind === 'inet4' && to.kind === 'inet6'),
  select: (expr, _type, dialect) => ({ value: dialect === 'duckdb' ? `CAST(${expr} AS VARCHAR)` : expr }),
  load: (variable, _type, dialect) => (dialect === 'mariadb' ? `CONVERT(${variable} USING utf8mb4)` : undefined),
  literal: (value, _type, dialect) => textLiteral(textOf(value), dialect),
  canonical(expr, _type, dialect) {
    return dialect === 'duckdb' ? `CAST(${expr} AS VARCHAR)` : `CAST(${expr} AS CHAR)`;
  },
  keyset: () => true,
  form: () => ({ as: 'text' }),
  ticdc: () => ({ tidb_type: 'TEXT' }),
};
