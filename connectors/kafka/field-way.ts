import { isPlainDecimal } from '../avro/line-number.ts';
import { type Column, type ColumnType, millraceError } from '../contract/index.ts';
import type { Form, Value } from '../types/index.ts';
import { avroKind, fieldReader, plainType, type ReadField } from './avro-type.ts';
import type { RecordFields } from './record-fields.ts';

/** What a column's value is made of: a field of the record, or what every row has. */
export interface Origin {
  /** Of the field in the record; -1: none. */
  readonly place: number;
  /** Its type without the union. */
  readonly plain: object;
  /** Its bare value is the column's. */
  readonly bare: boolean;
  /** The column's canonical value: the general way, for what has no shorter one. */
  readonly value: (record: RecordFields) => Value;
}

/** `convert` makes the field's bare value the column's canonical one. */
export function fieldOrigin(
  place: number,
  type: unknown,
  column: ColumnType,
  convert: ((value: Exclude<Value, null>) => Value) | undefined,
): Origin {
  const plain = plainType(type);
  const isWrapped = column.kind === 'integer' && column.unsigned && column.bits === 64 && avroKind(plain) === 'long';
  return {
    place,
    plain,
    bare: convert === undefined && !isWrapped,
    value: valueReader(place, fieldReader(plain, column), convert),
  };
}

export function constantOrigin(value: Value): Origin {
  return { place: -1, plain: {}, bare: false, value: () => value };
}

function valueReader(place: number, read: ReadField, convert: ((value: Exclude<Value, null>) => Value) | undefined) {
  return (record: RecordFields): Value => {
    const at = record.heads[place]!;
    if (at < 0) return null;
    const value = read({ bytes: record.bytes, at });
    return value === null || convert === undefined ? value : convert(value);
  };
}

/** How a field's bytes become the column's without a value between: numbers, so that loops over fields stay in one function. */
export const [OTHER, WHOLE, TEXT, BYTES, MEMBER, NUMBER, DECIMAL, FLOAT, DOUBLE, BOOLEAN] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
] as const;

const ways: Readonly<Record<string, number>> = {
  'int long': WHOLE,
  'long long': WHOLE,
  'string text': TEXT,
  'bytes bytes': BYTES,
  'string enum': MEMBER,
  'string digits': NUMBER,
  'decimal digits': DECIMAL,
  'float float': FLOAT,
  'double double': DOUBLE,
  'boolean boolean': BOOLEAN,
};

export function wayOf({ plain, bare }: Origin, form: Form): number {
  if (!bare || 'size' in plain) return OTHER;
  return ways[`${avroKind(plain)} ${form.as}`] ?? OTHER;
}

/** The digits behind the point of a field that is a decimal. */
export function scaleOf({ plain }: Origin): number {
  return (plain as { readonly scale?: number }).scale ?? 0;
}

/** Largest byte that a number written as text can begin with: a text that may be a number is looked at as a whole. */
const lastDigit = 57;

/** Whether a text goes as it stands: a member's name that is no number, a number without zeros in front. */
export function standsAsText(way: number, bytes: Buffer, start: number, end: number): boolean {
  if (way === MEMBER) return start < end && bytes[start]! > lastDigit;
  return way !== NUMBER || (start < end && isPlainDecimal(bytes, start, end));
}

export function malformed({ name }: Column, wrong: string): Error {
  return millraceError('value.malformed', `The value of column ${name} ${wrong}`, { at: name });
}

export const isNull = 'is NULL where the column is NOT NULL';
