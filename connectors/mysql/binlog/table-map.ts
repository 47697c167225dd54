import type { StreamName } from '../../contract/index.ts';
import { BytesReader } from './bytes-reader.ts';
import { type CellType, CODE, cellType, hasCollation, hasSign } from './column-type.ts';

/** The number of the collation `binary`. */
export const BINARY = 63;

/** A column as its table had it when the event was written. */
export interface LogColumn extends CellType {
  /** Absent: the server does not log metadata of rows. */
  readonly name?: string;
  readonly nullable: boolean;
  readonly unsigned: boolean;
  /** Number of the collation of a text or ENUM; `BINARY` for bytes. */
  readonly collation: number;
  /** Of an ENUM or SET, as bytes of its character set. */
  readonly members: readonly Buffer[];
}

/** What a log says of a table before rows of it. */
export interface TableMap {
  readonly table: StreamName;
  /** Undefined where a column's type is not known: rows cannot be taken apart. */
  readonly columns: readonly LogColumn[] | undefined;
  /** The number of a type that is not known. */
  readonly unknown?: number;
  /** Whether columns have names. */
  readonly named: boolean;
}

const FIELD = { sign: 1, charset: 2, charsets: 3, names: 4, set: 5, enum: 6, memberCharset: 10, memberCharsets: 11 };

/** The name of the table that a TABLE_MAP event is about, its body from behind the flags on. */
export function tableMapName(buffer: Buffer, start: number): StreamName {
  const from = new BytesReader(buffer, start);
  const namespace = from.text(from.number(1));
  from.at++;
  return { namespace, name: from.text(from.number(1)) };
}

/** Takes a TABLE_MAP event apart, its body from behind the flags on. */
export function tableMap(buffer: Buffer, start: number, end: number): TableMap {
  const table = tableMapName(buffer, start);
  const from = new BytesReader(buffer, start);
  for (let i = 0; i < 2; i++) {
    const length = from.number(1);
    from.at += length + 1;
  }
  const codes = from.bytes(from.packed());
  const metadata = new BytesReader(from.bytes(from.packed()), 0);
  const types: CellType[] = [];
  for (const code of codes) {
    const type = cellType(code, metadata);
    if (type === undefined) return { table, columns: undefined, unknown: code, named: false };
    types.push(type);
  }
  const nulls = from.bytes((codes.length + 7) >> 3);
  const fields = optionalFields(from, end);
  return { table, columns: columnsOf(types, nulls, fields), named: fields.has(FIELD.names) || codes.length === 0 };
}

function optionalFields(from: BytesReader, end: number): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  while (from.at < end) {
    const kind = from.number(1);
    fields.set(kind, from.bytes(from.packed()));
  }
  return fields;
}

function columnsOf(types: readonly CellType[], nulls: Buffer, fields: ReadonlyMap<number, Buffer>): LogColumn[] {
  const names = listed(fields.get(FIELD.names), (from) => from.text(from.packed()));
  const isMember = ({ code }: CellType) => code === CODE.enum || code === CODE.set;
  const texts = collations(
    types,
    ({ code }) => hasCollation(code),
    fields.get(FIELD.charset),
    fields.get(FIELD.charsets),
  );
  const sets = collations(types, isMember, fields.get(FIELD.memberCharset), fields.get(FIELD.memberCharsets));
  const unsigned = signs(types, fields.get(FIELD.sign));
  const members = { [CODE.enum]: memberLists(fields.get(FIELD.enum)), [CODE.set]: memberLists(fields.get(FIELD.set)) };
  return types.map((type, i) => ({
    ...type,
    ...(names[i] === undefined ? {} : { name: names[i] }),
    nullable: (nulls[i >> 3]! & (1 << (i & 7))) !== 0,
    unsigned: unsigned[i]!,
    collation: texts[i] ?? sets[i] ?? BINARY,
    members: (type.code === CODE.enum || type.code === CODE.set ? members[type.code].shift() : undefined) ?? [],
  }));
}

function listed<T>(field: Buffer | undefined, read: (from: BytesReader) => T): T[] {
  const found: T[] = [];
  if (field === undefined) return found;
  for (const from = new BytesReader(field, 0); from.at < field.length; ) found.push(read(from));
  return found;
}

/** The members of each ENUM, or of each SET, in order of the columns. */
function memberLists(field: Buffer | undefined): Buffer[][] {
  return listed(field, (from) => Array.from({ length: from.packed() }, () => Buffer.from(from.bytes(from.packed()))));
}

/** One bit for each number, the highest of a byte first. */
function signs(types: readonly CellType[], field: Buffer | undefined): boolean[] {
  let bit = 0;
  return types.map(({ code }) => {
    if (!hasSign(code) || field === undefined) return false;
    const set = (field[bit >> 3]! & (0x80 >> (bit & 7))) !== 0;
    bit++;
    return set;
  });
}

/** Either one collation for most of the columns that have any, and those that differ by their place among them; or one for each. */
function collations(
  types: readonly CellType[],
  has: (type: CellType) => boolean,
  common: Buffer | undefined,
  each: Buffer | undefined,
): (number | undefined)[] {
  const [first, ...pairs] = listed(common, (from) => from.packed());
  const other = new Map<number, number>();
  for (let i = 0; i + 1 < pairs.length; i += 2) other.set(pairs[i]!, pairs[i + 1]!);
  const own = listed(each, (from) => from.packed());
  let place = 0;
  return types.map((type) => {
    if (!has(type)) return undefined;
    const collation = own[place] ?? other.get(place) ?? first;
    place++;
    return collation;
  });
}
