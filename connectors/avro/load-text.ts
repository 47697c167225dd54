import type { Layout, Slab, StreamSchema } from '../contract/index.ts';
import { bitNumber, type Form } from '../types/index.ts';
import { writeDecimal } from './decimal-text.ts';
import { recordFields } from './field.ts';
import { writeDouble } from './float-text.ts';
import { writeDigits } from './integer-text.ts';
import type { ByteSink } from './sink.ts';
import { rowStart, slabBuffer } from './slab.ts';
import { copyEscaped } from './text-copy.ts';
import { type Cursor, readLength, readLong } from './varint.ts';

export interface LoadTextEncoder {
  /** Appends rows `from` (inclusive) to `to` (exclusive) as text for LOAD DATA. Empty bodies (deletes) must not be among them. */
  encode(slab: Slab, from: number, to: number, into: ByteSink): void;
}

/** How LOAD DATA must be told to read the text; goes with `CHARACTER SET` `loadCharset` of the types. */
export const loadFormat = String.raw`FIELDS TERMINATED BY '\t' ESCAPED BY '\\' LINES TERMINATED BY '\n'`;

export const tab = 9;
export const newline = 10;
export const backslash = 92;
/** Room for a field beyond twice its Avro bytes: a double's text and the tab. */
export const loadRoom = 32;

/** Writes a value, read from Avro, as a field of LOAD DATA. The caller has reserved twice its Avro bytes and `loadRoom`. */
export type LoadWriter = (from: Cursor, to: ByteSink) => void;

function writeEscaped(from: Cursor, to: ByteSink): void {
  const size = readLength(from);
  const end = from.at + size;
  copyEscaped(from.bytes, from.at, end, to);
  from.at = end;
}

function writeBit(from: Cursor, to: ByteSink): void {
  const size = readLength(from);
  const value =
    size > 0 && size <= 6
      ? from.bytes.readUIntBE(from.at, size)
      : bitNumber(from.bytes.subarray(from.at, from.at + size));
  writeDigits(value, to);
  from.at += size;
}

const writers = {
  boolean: (from, to) => {
    to.bytes[to.length++] = 48 + from.bytes[from.at++]!;
  },
  long: (from, to) => writeDigits(readLong(from), to),
  // The text 0 would be the year 2000.
  year: (from, to) => writeDigits(readLong(from), to, 4),
  // As the double that it is: the shortest text of the largest FLOAT is out of range for the servers.
  float: (from, to) => {
    writeDouble(from.bytes.readFloatLE(from.at), to);
    from.at += 4;
  },
  double: (from, to) => {
    writeDouble(from.bytes.readDoubleLE(from.at), to);
    from.at += 8;
  },
  text: writeEscaped,
  enum: writeEscaped,
  bytes: writeEscaped,
  digits: writeEscaped,
  vector: writeEscaped,
  bit: writeBit,
} satisfies Record<Exclude<Form['as'], 'decimal'>, LoadWriter>;

export function loadWriter(form: Form): LoadWriter {
  if (form.as !== 'decimal') return writers[form.as];
  const { scale } = form;
  return (from, to) => writeDecimal(from, scale, to);
}

/** Compiles the way from Avro bodies to the text that LOAD DATA reads, one field per loaded column, in order. */
export function loadTextEncoder(schema: StreamSchema, layout: Layout): LoadTextEncoder {
  const fields = recordFields(schema, layout);
  const fieldWriters = fields.map((field) => loadWriter(field.form));
  const nullBranch = fields.map((field) => (field.nullable ? field.nullAt * 2 : -1));
  const room = fields.length * loadRoom;

  function encodeRow(from: Cursor, to: ByteSink): void {
    for (let i = 0; i < fieldWriters.length; i += 1) {
      const none = nullBranch[i]!;
      if (none >= 0 && from.bytes[from.at++] === none) {
        to.bytes[to.length++] = backslash;
        to.bytes[to.length++] = 78;
      } else (fieldWriters[i] as LoadWriter)(from, to);
      to.bytes[to.length++] = tab;
    }
    to.bytes[to.length - 1] = newline;
  }

  return {
    encode(slab, first, last, into) {
      const from: Cursor = { bytes: slabBuffer(slab), at: rowStart(slab, first) };
      for (let row = first; row < last; row += 1) {
        into.reserve((slab.ends[row]! - from.at) * 2 + room);
        encodeRow(from, into);
      }
    },
  };
}
