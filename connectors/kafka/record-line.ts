import { writeDecimal } from '../avro/decimal-text.ts';
import { writeDouble } from '../avro/float-text.ts';
import { ByteSink, type Field, fieldRoom, fieldWriter } from '../avro/index.ts';
import { writeDigits } from '../avro/integer-text.ts';
import { lineBytes, lineText } from '../avro/line-copy.ts';
import { backslash, loadRoom, loadWriter, newline, tab } from '../avro/load-text.ts';
import { viewOf } from '../avro/text-copy.ts';
import { type Cursor, readLong } from '../avro/varint.ts';
import {
  BOOLEAN,
  BYTES,
  DECIMAL,
  DOUBLE,
  FLOAT,
  isNull,
  MEMBER,
  malformed,
  NUMBER,
  type Origin,
  scaleOf,
  standsAsText,
  TEXT,
  WHOLE,
  wayOf,
} from './field-way.ts';
import type { RecordFields } from './record-fields.ts';

/** Appends the row of a record whose fields were located. Throws `value.malformed` with a part of it written. */
export type RecordCopy = (record: RecordFields, to: ByteSink) => void;

const nullLetter = 78;
const zero = 48;

/**
 * Compiles the way from a record's bytes to a line of LOAD DATA: what `loadTextEncoder` makes of the row's values in layout `text`. Fields that have no
 * way of their own go by their value.
 */
export function lineCopy(origins: readonly Origin[], targets: readonly Field[]): RecordCopy {
  const places = Int32Array.from(origins, ({ place }) => place);
  const ways = Uint8Array.from(origins, (origin, i) => wayOf(origin, targets[i]!.form));
  const scales = origins.map(scaleOf);
  const long = targets.map((field, i) => longWay(origins[i]!, field));
  const room = targets.length * loadRoom;
  const cursor: Cursor = { bytes: Buffer.alloc(0), at: 0 };
  return (record, to) => {
    const { bytes: from, heads, starts, ends } = record;
    const source = viewOf(from);
    const size = record.end - record.begin;
    to.reserve(size * 2 + room);
    cursor.bytes = from;
    for (let i = 0; i < ways.length; i += 1) {
      const place = places[i]!;
      const head = place < 0 ? 0 : heads[place]!;
      const out = to.length;
      let next = -1;
      if (head < 0) next = writeNull(targets[i]!, to.bytes, out);
      else
        switch (ways[i]) {
          case WHOLE:
            cursor.at = head;
            writeDigits(readLong(cursor), to);
            next = to.length;
            break;
          case TEXT:
            next = lineText(from, source, starts[place]!, ends[place]!, to.bytes, to.view, out);
            break;
          case NUMBER:
          case MEMBER:
            if (standsAsText(ways[i]!, from, starts[place]!, ends[place]!))
              next = lineText(from, source, starts[place]!, ends[place]!, to.bytes, to.view, out);
            break;
          case BYTES:
            next = lineBytes(from, source, starts[place]!, ends[place]!, to.bytes, to.view, out);
            break;
          case DECIMAL:
            cursor.at = head;
            writeDecimal(cursor, scales[i]!, to);
            next = to.length;
            break;
          case FLOAT:
          case DOUBLE: {
            const value = ways[i] === FLOAT ? source.getFloat32(head, true) : source.getFloat64(head, true);
            if (!Number.isFinite(value)) break;
            writeDouble(value, to);
            next = to.length;
            break;
          }
          case BOOLEAN:
            if (from[head]! > 1) break;
            to.bytes[out] = zero + from[head]!;
            next = out + 1;
        }
      to.length = next < 0 ? out : next;
      if (next < 0) long[i]!(record, to, size * 2 + room);
      to.bytes[to.length++] = tab;
    }
    to.bytes[to.length - 1] = newline;
  };
}

function writeNull({ nullable, column }: Field, bytes: Buffer, out: number): number {
  if (!nullable) throw malformed(column, isNull);
  bytes[out] = backslash;
  bytes[out + 1] = nullLetter;
  return out + 2;
}

const scratch = new ByteSink(4096);

/** By the value and its Avro form. `rest`: room for what comes behind the field. */
function longWay({ value }: Origin, { column, form, nullable }: Field) {
  const [write, print] = [fieldWriter(form), loadWriter(form)];
  return (record: RecordFields, to: ByteSink, rest: number): void => {
    const own = value(record);
    if (own === null) {
      to.length = writeNull({ nullable, column } as Field, to.bytes, to.length);
      return;
    }
    const bytes = Buffer.from(own);
    scratch.length = 0;
    scratch.reserve(bytes.length + fieldRoom);
    const wrong = write(bytes, 0, bytes.length, scratch);
    if (wrong !== undefined) throw malformed(column, wrong);
    to.reserve(scratch.length * 2 + loadRoom + rest);
    print({ bytes: scratch.bytes, at: 0 }, to);
  };
}
