import type { ColumnType } from '../contract/index.ts';
import { millraceError } from '../contract/index.ts';
import { bytes } from './bytes.ts';
import type { Family, OfKind } from './family.ts';
import { text } from './text.ts';

type Unknown = OfKind<'unknown'>;

/** What an unknown type travels as. Throws `type.unsupported` unless the user asked to take it as text or bytes. */
function taken(type: Unknown): ColumnType {
  if (type.as === 'text') return { kind: 'text', bytes: 4_294_967_295, charset: 'utf8mb4', collation: 'utf8mb4_bin' };
  if (type.as === 'bytes') return { kind: 'bytes', bytes: 4_294_967_295 };
  throw millraceError('type.unsupported', 'A column has a type that millrace does not know');
}

/** The type that its values travel and are declared as, in every dialect. */
function standIn(type: Unknown): Family<ColumnType> {
  return (taken(type).kind === 'text' ? text : bytes) as unknown as Family<ColumnType>;
}

/**
 * Types that millrace does not know. On MySQL and MariaDB these are GEOMETRY and its kin: as bytes, the server's own form, SRID and all; as
 * text, WKT, where a value that WKT does not say exactly (one with a SRID, say) is rejected. CAST(... AS CHAR) would be NULL there, without
 * a warning. On DuckDB they are nested types and the like, in its text.
 */
export const unknown: Family<Unknown> = {
  parse: () => ({ kind: 'unknown' }),
  target: (type, dialect) => standIn(type).target(taken(type), dialect),
  declare: (type, dialect) => standIn(type).declare(taken(type), dialect),
  widens: (from, to) => to.kind === 'unknown' && to.as === from.as,
  select(expr, type, dialect) {
    const asText = taken(type).kind === 'text';
    if (dialect === 'duckdb') return { value: `CAST(${expr} AS ${asText ? 'VARCHAR' : 'BLOB'})` };
    if (!asText) return { value: `CAST(${expr} AS BINARY)` };
    const back = `ST_GeomFromText(ST_AsText(${expr}))`;
    return { value: `ST_AsText(${expr})`, exact: `CAST(${back} AS BINARY) <=> CAST(${expr} AS BINARY)` };
  },
  load: (variable, type, dialect) => standIn(type).load(variable, taken(type), dialect),
  literal: (value, type, dialect) => standIn(type).literal(value, taken(type), dialect),
  // The column is of the unknown type on one side and text on the other, and no expression serves both: only NULL is compared.
  canonical(expr, type, dialect) {
    if (type.as === 'text') return `CASE WHEN ${expr} IS NULL THEN NULL ELSE '' END`;
    return dialect === 'duckdb' ? `HEX(${expr})` : `HEX(CAST(${expr} AS BINARY))`;
  },
  keyset: () => false,
  form: (type, layout) => standIn(type).form(taken(type), layout),
  ticdc: (type) => standIn(type).ticdc(taken(type)),
};
