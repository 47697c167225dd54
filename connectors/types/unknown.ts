import type { ColumnType } from '../contract/index.ts';
import { millraceError } from '../contract/index.ts';
import { bytes } from './bytes.ts';
import { exactText } from './charset.ts';
import type { Family, OfKind } from './family.ts';
import { text } from './text.ts';

type Unknown = OfKind<'unknown'>;

/** What an unknown type travels as. Throws `type.unsupported` unless the user asked to take it as text or bytes. */
function taken(type: Unknown): ColumnType {
  if (type.as === 'text') return { kind: 'text', bytes: 4_294_967_295, charset: 'utf8mb4', collation: 'utf8mb4_bin' };
  if (type.as === 'bytes') return { kind: 'bytes', bytes: 4_294_967_295 };
  throw millraceError('type.unsupported', 'A column has a type that millrace does not know');
}

/** Types that millrace does not know, GEOMETRY among them. Taken as text or bytes the server's cast decides what is read. */
export const unknown: Family<Unknown> = {
  parse: () => ({ kind: 'unknown' }),
  target: (type, dialect) => {
    const as = taken(type);
    return as.kind === 'text' ? text.target(as, dialect) : as.kind === 'bytes' ? bytes.target(as, dialect) : as;
  },
  declare: (type, dialect) =>
    taken(type).kind === 'text' ? text.declare({ kind: 'text' }, dialect) : bytes.declare({ kind: 'bytes' }, dialect),
  widens: (from, to) => to.kind === 'unknown' && to.as === from.as,
  select(expr, type, dialect) {
    if (taken(type).kind === 'text')
      return { value: dialect === 'duckdb' ? `CAST(${expr} AS VARCHAR)` : `CAST(${expr} AS CHAR)` };
    return { value: dialect === 'duckdb' ? `CAST(${expr} AS BLOB)` : `CAST(${expr} AS BINARY)` };
  },
  load: (variable, type, dialect) => (type.as === 'text' ? text.load(variable, { kind: 'text' }, dialect) : undefined),
  literal: (value, type, dialect) =>
    type.as === 'bytes'
      ? bytes.literal(value, { kind: 'bytes' }, dialect)
      : text.literal(value, { kind: 'text' }, dialect),
  canonical: (expr, type, dialect) =>
    type.as === 'bytes' ? `HEX(CAST(${expr} AS BINARY))` : exactText(`CAST(${expr} AS CHAR)`, dialect),
  keyset: () => false,
  form: (type) => ({ as: taken(type).kind === 'bytes' ? 'bytes' : 'text' }),
  ticdc: (type) => ({ tidb_type: type.as === 'bytes' ? 'BLOB' : 'TEXT' }),
};
