import type { Column, ColumnType } from '../contract/index.ts';
import { type Dialect, sameType, widens } from '../types/index.ts';

/** What becomes of one column of an existing table. `column`: as it shall be declared. */
export type ColumnChange =
  | { readonly kind: 'keep' }
  | { readonly kind: 'add' | 'widen' | 'rewrite'; readonly column: Column; readonly why: string }
  | { readonly kind: 'refuse'; readonly why: string };

/** What must be done so that an existing column holds the values of the wanted one. Whatever else it has (comment, and default unless its type is rewritten) stays. */
export function columnChange(
  wanted: Column,
  existing: Column | undefined,
  inKey: boolean,
  dialect: Dialect,
): ColumnChange {
  if (existing === undefined) return added(wanted);
  if (existing.generated !== undefined && wanted.generated === undefined) {
    return {
      kind: 'refuse',
      why: `column ${wanted.name} is generated at the target and cannot take the source's values`,
    };
  }
  if (wanted.generated !== undefined) return existing.generated === undefined ? unfed(existing) : { kind: 'keep' };
  const meaning = inKey ? whyOtherMeaning(wanted, existing) : undefined;
  if (meaning !== undefined) return { kind: 'refuse', why: meaning };
  return fittedColumn(wanted, existing, inKey, dialect);
}

/** A column that gets no values: one that the source does not have, or no longer. It stays, and must do without a value. */
export function unfed(existing: Column): ColumnChange {
  const served =
    existing.nullable || existing.default !== undefined || existing.autoIncrement || existing.generated !== undefined;
  if (served) return { kind: 'keep' };
  return {
    kind: 'widen',
    column: { ...existing, nullable: true },
    why: `${existing.name} gets no values: becomes NULL`,
  };
}

/** Rows that are there already get NULL, not the type's zero, until they are read again; with a default they get that, as at the source. */
function added(wanted: Column): ColumnChange {
  const free = wanted.nullable || wanted.default !== undefined || wanted.generated !== undefined;
  return { kind: 'add', column: free ? wanted : { ...wanted, nullable: true }, why: `add column ${wanted.name}` };
}

function fittedColumn(wanted: Column, existing: Column, inKey: boolean, dialect: Dialect): ColumnChange {
  const nullable = existing.nullable || (wanted.nullable && !inKey);
  const isKept = wanted.unsized === true && existing.type.kind === wanted.type.kind;
  const to = isKept ? 'keep' : typeChange(wanted.type, existing.type, dialect);
  if (to === 'keep' && nullable === existing.nullable) return { kind: 'keep' };
  const type = to === 'keep' ? existing.type : wanted.type;
  const column = { ...(to === 'rewrite' ? withDefaultOf(existing, wanted) : existing), type, nullable };
  const what = [
    ...(to === 'keep' ? [] : [`${existing.native ?? existing.type.kind} to ${wanted.native ?? wanted.type.kind}`]),
    ...(nullable === existing.nullable ? [] : ['NULL allowed']),
  ];
  return { kind: to === 'rewrite' ? 'rewrite' : 'widen', column, why: `${existing.name}: ${what.join(', ')}` };
}

/** The old default may be no value of the new type. */
function withDefaultOf(existing: Column, { default: byDefault, onUpdate }: Column): Column {
  const { default: _default, onUpdate: _onUpdate, ...bare } = existing;
  return {
    ...bare,
    ...(byDefault === undefined ? {} : { default: byDefault }),
    ...(onUpdate === undefined ? {} : { onUpdate }),
  };
}

function typeChange(wanted: ColumnType, existing: ColumnType, dialect: Dialect): 'keep' | 'widen' | 'rewrite' {
  // Collations do not decide what a column can hold; those of keys are compared before.
  const held = uncollated(wanted, existing);
  if (sameType(held, existing, dialect) || widens(held, existing, dialect)) return 'keep';
  return widens(existing, wanted, dialect) ? 'widen' : 'rewrite';
}

/** A type with the collation of another of the same charset. */
function uncollated(type: ColumnType, other: ColumnType): ColumnType {
  if (!('collation' in type) || !('collation' in other) || type.charset !== other.charset) return type;
  return { ...type, ...(other.collation === undefined ? {} : { collation: other.collation }) };
}

/** A key under another collation holds other rows to be equal: finer is fine, anything else may swallow rows. */
function whyOtherMeaning(wanted: Column, existing: Column): string | undefined {
  const from = 'collation' in wanted.type ? wanted.type.collation : undefined;
  const to = 'collation' in existing.type ? existing.type.collation : undefined;
  if (from === undefined || to === undefined || from === to) return undefined;
  const finer = to.endsWith('_bin') && (countsSpaces(to) || !countsSpaces(from));
  return finer ? undefined : `key column ${wanted.name} is ${to} at the target and ${from} is wanted`;
}

/** Whether trailing spaces make a difference (NO PAD). */
function countsSpaces(collation: string): boolean {
  return /_0900_|nopad/.test(collation);
}
