import type { Column } from '../contract/index.ts';
import type { ChangeTable } from '../sql/index.ts';
import { widens } from '../types/index.ts';
import { CODE } from './binlog/column-type.ts';
import type { LogColumn, TableMap } from './binlog/table-map.ts';
import type { StatementEffect } from './binlog-statement.ts';

/**
 * The name of a column that a statement declared anew in a way that may have changed values of rows, which the log does not tell. What the column
 * was before is known from rows of it in the log, or from a look at the table before the statement; where neither tells, it counts as changed.
 */
export function changedColumn(
  before: ChangeTable,
  now: ChangeTable,
  rows: TableMap | undefined,
  { modified = [] }: StatementEffect,
): string | undefined {
  const isMeant = (column: Column) =>
    column.generated === undefined && (modified === 'all' ? 'charset' in column.type : modified.includes(column.name));
  return now.schema.columns.filter(isMeant).find((column) => {
    const logged = rows?.columns?.find(({ name }) => name === column.name);
    if (logged !== undefined) return !keepsLogged(logged, column);
    const old = before.schema.columns.find(({ name }) => name === column.name);
    // The same at both looks: the statement is older than either.
    const isSeen = old !== undefined && JSON.stringify(old) !== JSON.stringify(column);
    return !isSeen || !widens(old.type, column.type, 'mysql') || (old.nullable && !column.nullable);
  })?.name;
}

const bitsOf: Readonly<Record<number, number>> = {
  [CODE.tiny]: 8,
  [CODE.short]: 16,
  [CODE.int24]: 24,
  [CODE.long]: 32,
  [CODE.longlong]: 64,
};
const temporal: Readonly<Record<number, string>> = {
  [CODE.time]: 'time',
  [CODE.datetime]: 'datetime',
  [CODE.timestamp]: 'timestamp',
};

/** Whether every value that the logged column could hold is the same in the column as it is now. Texts are left to the look at the table. */
function keepsLogged(from: LogColumn, { type, nullable }: Column): boolean {
  if (from.nullable && !nullable) return false;
  const bits = bitsOf[from.code];
  if (bits !== undefined) {
    if (type.kind !== 'integer') return false;
    return from.unsigned === type.unsigned ? type.bits >= bits : from.unsigned && type.bits > bits;
  }
  if (temporal[from.code] !== undefined) {
    return type.kind === temporal[from.code] && 'fsp' in type && type.fsp >= from.precision;
  }
  switch (type.kind) {
    case 'decimal': {
      const whole = from.precision - from.scale;
      return (
        from.code === CODE.decimal &&
        type.scale >= from.scale &&
        type.precision - type.scale >= whole &&
        (from.unsigned || !type.unsigned)
      );
    }
    case 'float':
      return from.code === (type.bits === 32 ? CODE.float : CODE.double) && type.precision === undefined;
    case 'enum':
    case 'set': {
      const members = type.members.map((member) => Buffer.from(member));
      const same = from.members.every((member, i) => members[i]?.equals(member));
      return from.code === (type.kind === 'enum' ? CODE.enum : CODE.set) && same;
    }
    case 'text':
    case 'bytes':
      return keepsCharacters(from, type.bytes ?? type.length ?? 0, type.kind === 'text' ? type.charset : 'binary');
    case 'json':
      return from.code === CODE.json;
    default:
      return false;
  }
}

const characters: ReadonlySet<number> = new Set([CODE.varchar, CODE.varString, CODE.blob]);

/** Room for as many bytes as before, and a charset that has every character: then a text stays what it was. */
function keepsCharacters(from: LogColumn, room: number, charset: string | undefined): boolean {
  if (!characters.has(from.code)) return false;
  const isBytes = from.collation === 63;
  if (isBytes !== (charset === 'binary') || (!isBytes && charset !== 'utf8mb4')) return false;
  const most = from.code === CODE.blob ? 256 ** -from.size - 1 : from.precision;
  // The log counts bytes, of which a character of utf8mb4 has four at most.
  return room >= most || (!isBytes && from.code !== CODE.blob && room * 4 >= most);
}
