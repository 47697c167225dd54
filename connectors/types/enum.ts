import type { ColumnType } from '../contract/index.ts';
import { charsetClause, charsetLiteral, exactCondition, exactText, loadText, targetCharset } from './charset.ts';
import type { Family, OfKind } from './family.ts';
import { textOf } from './family.ts';
import type { Dialect } from './native.ts';

type Enum = OfKind<'enum'>;

/** A member between quotes. MySQL, MariaDB and TiDB all take a backslash for an escape here. */
function quoted(member: string, dialect: Dialect): string {
  const text = member.replaceAll("'", "''");
  return `'${dialect === 'duckdb' ? text : text.replaceAll('\\', '\\\\')}'`;
}

function parseEnum(name: string, members: readonly string[]): Enum | undefined {
  return name === 'enum' || name === 'set' ? { kind: name, members } : undefined;
}

/**
 * Where '' is a member, the text '' says too little: an ENUM column may hold the invalid value 0 as well (an old server put it there
 * instead of an error), and a SET the member '' instead of no member.
 */
function emptyCondition(expr: string, type: Enum): string | undefined {
  if (!type.members.includes('')) return undefined;
  return type.kind === 'enum'
    ? `(${expr} IS NULL OR ${expr} + 0 <> 0)`
    : `(${expr} IS NULL OR ${expr} <> '' OR ${expr} + 0 = 0)`;
}

function widensEnum(from: Enum, to: ColumnType): boolean {
  if (to.kind !== from.kind || to.charset !== from.charset || to.collation !== from.collation) return false;
  // The order of a SET's members is the order inside its text.
  return from.kind === 'enum'
    ? from.members.every((member) => to.members.includes(member))
    : from.members.every((member, i) => to.members[i] === member);
}

/** ENUM and SET travel as text, never as the member's number. */
export const enumeration: Family<Enum> = {
  parse(native) {
    const found = parseEnum(native.name, native.members);
    if (found === undefined) return undefined;
    const { charset, collation } = native;
    return {
      ...found,
      ...(charset === undefined ? {} : { charset }),
      ...(collation === undefined ? {} : { collation }),
    };
  },
  target(type, dialect) {
    if (dialect === 'duckdb') return { kind: 'text' };
    return { kind: type.kind, members: type.members, ...targetCharset(type, dialect) };
  },
  declare: (type, dialect) =>
    `${type.kind}(${type.members.map((member) => quoted(member, dialect)).join(',')})${charsetClause(type)}`,
  widens: widensEnum,
  select(expr, type, dialect) {
    if (dialect === 'duckdb') return { value: expr };
    const exact = [exactCondition(expr, type, dialect), emptyCondition(expr, type)].filter((one) => one !== undefined);
    return exact.length === 0 ? { value: expr } : { value: expr, exact: exact.map((one) => `(${one})`).join(' AND ') };
  },
  load: loadText,
  literal: (value, type, dialect) => charsetLiteral(textOf(value), type, dialect),
  canonical: (expr, _type, dialect) => exactText(expr, dialect),
  keyset: () => false,
  form: (type) => ({ as: 'enum', members: type.members, many: type.kind === 'set' }),
  ticdc: (type) => ({
    tidb_type: type.kind.toUpperCase(),
    allowed: type.members.map((member) => member.replaceAll(',', '\\,')).join(','),
  }),
};
