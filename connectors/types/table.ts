import type { ColumnType, Layout } from '../contract/index.ts';
import { bit } from './bit.ts';
import { boolean } from './boolean.ts';
import { bytes } from './bytes.ts';
import { decimal } from './decimal.ts';
import { enumeration } from './enum.ts';
import type { Family, Form, TicdcParameters } from './family.ts';
import { float } from './float.ts';
import { integer } from './integer.ts';
import { json } from './json.ts';
import type { Dialect, NativeColumn, Selection, Value } from './native.ts';
import { nativeType } from './native-type.ts';
import { network } from './network.ts';
import { temporal } from './temporal.ts';
import { text } from './text.ts';
import { unknown } from './unknown.ts';
import { vector } from './vector.ts';

/** The charset of LOAD DATA on every server: bytes as they are. `loadSql` counts on it. */
export const loadCharset = 'binary';

const families = {
  boolean,
  integer,
  decimal,
  float,
  text,
  bytes,
  date: temporal,
  time: temporal,
  datetime: temporal,
  timestamp: temporal,
  year: temporal,
  bit,
  enum: enumeration,
  set: enumeration,
  json,
  uuid: network,
  inet4: network,
  inet6: network,
  vector,
  unknown,
} as const satisfies Record<ColumnType['kind'], unknown>;

/** The family of a type. A family takes every kind that stands for it in the table, which the compiler cannot follow from kind to kind. */
function familyOf(type: ColumnType): Family<ColumnType> {
  return families[type.kind] as unknown as Family<ColumnType>;
}

const inOrder: readonly Family<ColumnType>[] = [...new Set(Object.values(families))] as unknown as Family<ColumnType>[];

/** The logical type of a column; `{ kind: 'unknown' }` for types that millrace does not know. */
export function parseType(native: NativeColumn, dialect: Dialect): ColumnType {
  const parts = nativeType(native, dialect);
  for (const family of inOrder) {
    const type = family.parse(parts, dialect);
    if (type !== undefined && type.kind !== 'unknown') return type;
  }
  return { kind: 'unknown' };
}

/** What the column becomes in that dialect: the nearest type that holds every value. Throws `type.unsupported` for unknown types. */
export function targetType(type: ColumnType, dialect: Dialect): ColumnType {
  const near = familyOf(type).target(type, dialect);
  // A substitute of another family may need a substitute itself, e.g. DECIMAL(39,0) for HUGEINT.
  return near.kind === type.kind ? near : familyOf(near).target(near, dialect);
}

/** The declaration of `targetType(type, dialect)`, with charset and collation. Throws `type.unsupported` for unknown types. */
export function ddlType(type: ColumnType, dialect: Dialect): string {
  const target = targetType(type, dialect);
  return familyOf(target).declare(target, dialect);
}

/** Whether every value of `from` is held exactly by `to`, both as that dialect declares them. */
export function widens(from: ColumnType, to: ColumnType, dialect: Dialect): boolean {
  const a = targetType(from, dialect);
  const [left, right] = sameCharset(a, targetType(to, dialect));
  return familyOf(left).widens(left, right, dialect);
}

/** Whether both declare the same in this dialect. Display widths do not count, nor a charset or collation that only one of them names. */
export function sameType(a: ColumnType, b: ColumnType, dialect: Dialect): boolean {
  const [left, right] = sameCharset(targetType(a, dialect), targetType(b, dialect));
  const declare = (type: ColumnType) => familyOf(type).declare(withoutWidth(type), dialect);
  return declare(left) === declare(right);
}

function withoutWidth(type: ColumnType): ColumnType {
  return type.kind === 'integer' ? { kind: 'integer', bits: type.bits, unsigned: type.unsigned } : type;
}

/** Both types without the charset or collation that one of them does not name. */
function sameCharset(a: ColumnType, b: ColumnType): [ColumnType, ColumnType] {
  if (!('charset' in a || 'collation' in a || 'charset' in b || 'collation' in b)) return [a, b];
  const named = (key: 'charset' | 'collation') =>
    Reflect.get(a, key) !== undefined && Reflect.get(b, key) !== undefined;
  const drop = (['charset', 'collation'] as const).filter((key) => !named(key));
  const without = (type: ColumnType): ColumnType => {
    const copy = { ...type };
    for (const key of drop) Reflect.deleteProperty(copy, key);
    return copy;
  };
  return [without(a), without(b)];
}

/** What to SELECT so that the text of `expr`, a column of the type, is exact in a session with utf8mb4 and time zone +00:00. */
export function selectSql(expr: string, type: ColumnType, dialect: Dialect): Selection {
  return familyOf(type).select(expr, type, dialect);
}

/**
 * The SET expression over the user variable that LOAD DATA (CHARACTER SET `loadCharset`) put the field into; undefined: load the field
 * straight into the column. `type` is the type of the column as the table has it.
 */
export function loadSql(variable: string, type: ColumnType, dialect: Dialect): string | undefined {
  return familyOf(type).load(variable, type, dialect);
}

/** An exact literal, the same under any sql_mode. `type` is the type of the value. Throws `value.malformed`. */
export function literalSql(value: Value, type: ColumnType, dialect: Dialect): string {
  return value === null ? 'NULL' : familyOf(type).literal(value, type, dialect);
}

/**
 * A SQL expression of text that is equal for equal values on every dialect, NULL for NULL. `type` is the source column's type on both sides;
 * `peer` is the dialect of the other side: JSON and VECTOR are compared in part only between some dialects.
 */
export function canonicalSql(expr: string, type: ColumnType, dialect: Dialect, peer: Dialect = dialect): string {
  return familyOf(type).canonical(expr, type, dialect, peer);
}

/** Whether paging by ORDER BY and `>` may use a column of this type: its order and its literals are exact. */
export function keyset(type: ColumnType): boolean {
  return familyOf(type).keyset(type);
}

/** How values of the type are written in Avro. Throws `type.unsupported` for unknown types. */
export function avroForm(type: ColumnType, layout: Layout): Form {
  return familyOf(type).form(type, layout);
}

/** What TiCDC says of a column of the type in its Avro schemas. */
export function ticdcParameters(type: ColumnType): TicdcParameters {
  return familyOf(type).ticdc(type);
}
