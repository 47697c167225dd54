import { type Layout, millraceError, type Slab, type StreamSchema } from '../contract/index.ts';
import type { Form, Value } from '../types/index.ts';
import { decimalText } from './decimal-text.ts';
import { type Field, recordFields } from './field.ts';
import { shortestFloat } from './float-text.ts';
import { rowStart, type SlabBuilder, slabBuffer } from './slab.ts';
import { type Cursor, readLength, readLong } from './varint.ts';
import { fieldRoom, fieldWriter } from './writer.ts';

/** Compiles the way from canonical values to Avro bodies: the slow way, for tests, edges and sources without bytes. Throws `value.malformed`. */
export function valuesEncoder(
  schema: StreamSchema,
  layout: Layout,
): (values: readonly Value[], into: SlabBuilder) => void {
  const fields = recordFields(schema, layout).map((field) => ({ ...field, write: fieldWriter(field.form) }));
  const encodeField = (field: (typeof fields)[number], value: Value, into: SlabBuilder) => {
    const to = into.sink;
    const bytes = Buffer.from(value ?? '');
    to.reserve(bytes.length + fieldRoom);
    if (field.nullable) to.bytes[to.length++] = (value === null ? field.nullAt : 1 - field.nullAt) * 2;
    else if (value === null) throw malformed(field, 'is NULL where the column is NOT NULL');
    if (value === null) return;
    const wrong = field.write(bytes, 0, bytes.length, to);
    if (wrong !== undefined) throw malformed(field, wrong);
  };
  return (values, into) => {
    try {
      for (const [i, field] of fields.entries()) encodeField(field, values[i] ?? null, into);
    } catch (thrown) {
      into.rollbackRow();
      throw thrown;
    }
    into.commitRow();
  };
}

function malformed({ column }: Field, wrong: string): Error {
  return millraceError('value.malformed', `The value of column ${column.name} ${wrong}`, { at: column.name });
}

type FieldReader = (from: Cursor) => Exclude<Value, null>;

function readBytes(from: Cursor): Buffer {
  const size = readLength(from);
  const start = from.at;
  from.at += size;
  return from.bytes.subarray(start, from.at);
}

function readDouble(from: Cursor): string {
  const value = from.bytes.readDoubleLE(from.at);
  from.at += 8;
  return Object.is(value, -0) ? '-0' : String(value);
}

function readFloat(from: Cursor): string {
  const value = from.bytes.readFloatLE(from.at);
  from.at += 4;
  return Number.isFinite(value) ? shortestFloat(value) : String(value);
}

const readText: FieldReader = (from) => readBytes(from).toString('utf8');

const readers = {
  boolean: (from) => String(from.bytes[from.at++]),
  long: (from) => readLong(from).toString(),
  year: (from) => readLong(from).toString(),
  float: readFloat,
  double: readDouble,
  text: readText,
  digits: readText,
  enum: readText,
  vector: readText,
  bytes: readBytes,
  bit: readBytes,
} satisfies Record<Exclude<Form['as'], 'decimal'>, FieldReader>;

/** Reads one value from Avro. */
export function fieldReader(form: Form): FieldReader {
  if (form.as !== 'decimal') return readers[form.as];
  return (from) => {
    const bytes = readBytes(from);
    return decimalText(bytes, 0, bytes.length, form.scale);
  };
}

/** Compiles the way from Avro bodies to canonical values. Bytes are views of the slab. */
export function valuesDecoder(schema: StreamSchema, layout: Layout): (slab: Slab, row: number) => Value[] {
  const fields = recordFields(schema, layout).map((field) => ({ ...field, read: fieldReader(field.form) }));
  return (slab, row) => {
    const from: Cursor = { bytes: slabBuffer(slab), at: rowStart(slab, row) };
    return fields.map(({ nullable, nullAt, read }) => {
      if (nullable && from.bytes[from.at++] === nullAt * 2) return null;
      return read(from);
    });
  };
}
