import { type Cursor, readLong } from '../avro/varint.ts';
import { passed, readBytes } from './avro-type.ts';

/** Any value of Avro: records and maps by name, numbers of 64 bits as bigint, a union as the value of its branch. */
export type AnyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | readonly AnyValue[]
  | { readonly [name: string]: AnyValue };

export type ReadAny = (from: Cursor) => AnyValue;

/** The reader of any type. Names stand for types that were given before; one inside of itself is refused. Throws `Error` for what it does not know. */
export function anyReader(type: unknown, named: Map<string, ReadAny> = new Map()): ReadAny {
  if (typeof type === 'string') return simple[type] ?? named.get(type) ?? unknownType(type);
  if (Array.isArray(type)) return unionReader(type.map((branch) => anyReader(branch, named)));
  const whole = type as { readonly type: unknown; readonly name?: string; readonly namespace?: string };
  const read = complexReader(whole, named);
  if (whole.name !== undefined) {
    named.set(whole.name, read);
    if (whole.namespace !== undefined) named.set(`${whole.namespace}.${whole.name}`, read);
  }
  return read;
}

function complexReader(whole: { readonly type: unknown }, named: Map<string, ReadAny>): ReadAny {
  const { fields, items, values, symbols, size } = whole as {
    readonly fields?: readonly { readonly name: string; readonly type: unknown }[];
    readonly items?: unknown;
    readonly values?: unknown;
    readonly symbols?: readonly string[];
    readonly size?: number;
  };
  switch (whole.type) {
    case 'record':
      return recordOf((fields ?? []).map(({ name, type }) => [name, anyReader(type, named)]));
    case 'array':
      return blocksOf(anyReader(items, named));
    case 'map':
      return entriesOf(anyReader(values, named));
    case 'enum':
      return (from) => symbols?.[Number(readLong(from))] ?? unknownType('a symbol');
    case 'fixed':
      return (from) => passed(from, size ?? 0);
    default:
      return anyReader(whole.type, named);
  }
}

const simple: Readonly<Record<string, ReadAny>> = {
  null: () => null,
  boolean: (from) => passed(from, 1)[0] === 1,
  int: (from) => Number(readLong(from)),
  long: (from) => BigInt(readLong(from)),
  float: (from) => passed(from, 4).readFloatLE(),
  double: (from) => passed(from, 8).readDoubleLE(),
  string: (from) => readBytes(from).toString('utf8'),
  bytes: readBytes,
};

function unionReader(branches: readonly ReadAny[]): ReadAny {
  return (from) => {
    const branch = branches[Number(readLong(from))];
    if (branch === undefined) throw new RangeError('there is no such branch');
    return branch(from);
  };
}

function recordOf(fields: readonly (readonly [string, ReadAny])[]): ReadAny {
  return (from) => Object.fromEntries(fields.map(([name, read]) => [name, read(from)]));
}

function blocksOf(read: ReadAny): ReadAny {
  return (from) => {
    const found: AnyValue[] = [];
    for (let count = blockCount(from); count > 0; count = blockCount(from)) {
      for (let i = 0; i < count; i++) found.push(read(from));
    }
    return found;
  };
}

function entriesOf(read: ReadAny): ReadAny {
  const entries = blocksOf((from) => [readBytes(from).toString('utf8'), read(from)]);
  return (from) => Object.fromEntries(entries(from) as readonly [string, AnyValue][]);
}

/** A negative count is followed by the size of its block. */
function blockCount(from: Cursor): number {
  const count = Number(readLong(from));
  if (count >= 0) return count;
  readLong(from);
  return -count;
}

function unknownType(type: string): never {
  throw new Error(`no reader for ${type}`);
}
