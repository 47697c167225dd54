import { type ByteSink, type Field, fieldRoom, fieldWriter } from '../avro/index.ts';
import { copyBytes, copyUtf8, viewOf } from '../avro/text-copy.ts';
import { writeLength } from '../avro/varint.ts';
import {
  BOOLEAN,
  BYTES,
  DOUBLE,
  FLOAT,
  isNull,
  MEMBER,
  malformed,
  NUMBER,
  type Origin,
  standsAsText,
  TEXT,
  WHOLE,
  wayOf,
} from './field-way.ts';
import type { RecordFields } from './record-fields.ts';
import type { RecordCopy } from './record-line.ts';

/** Compiles the way from a record's bytes to the Avro body of a row: what `valuesEncoder` makes of its values. */
export function avroCopy(origins: readonly Origin[], targets: readonly Field[]): RecordCopy {
  const ways = origins.map((origin, i) => wayOf(origin, targets[i]!.form));
  const room = targets.length * fieldRoom;
  return (record, to) => {
    to.reserve(record.end - record.begin + room);
    for (const [i, field] of targets.entries()) {
      const { place } = origins[i]!;
      const isNone = place >= 0 && record.heads[place]! < 0;
      if (!isNone && copied(record, place, ways[i]!, field, to)) continue;
      writeValue(isNone ? null : origins[i]!.value(record), field, to, record.end - record.begin + room);
    }
  };
}

/** False, and nothing is written, where the bytes are not those that the value's own writer makes. */
function copied(record: RecordFields, place: number, way: number, field: Field, to: ByteSink): boolean {
  const { bytes, heads, starts, ends } = record;
  const [head, start, end] = [heads[place]!, starts[place]!, ends[place]!];
  const before = to.length;
  if (field.nullable) to.bytes[to.length++] = 2 - field.nullAt * 2;
  if (copyWay(way, bytes, head, start, end, to)) return true;
  to.length = before;
  return false;
}

function copyWay(way: number, bytes: Buffer, head: number, start: number, end: number, to: ByteSink): boolean {
  switch (way) {
    case WHOLE:
      // One number in more bytes than it needs would be another key.
      if (end - head > 1 && bytes[end - 1] === 0) return false;
      copyBytes(bytes, head, end, to);
      return true;
    case TEXT:
    case NUMBER:
    case MEMBER:
      if (!standsAsText(way, bytes, start, end)) return false;
      writeLength(end - start, to);
      return copyUtf8(bytes, start, end, to);
    case BYTES:
      writeLength(end - start, to);
      copyBytes(bytes, start, end, to);
      return true;
    case FLOAT:
    case DOUBLE: {
      const source = viewOf(bytes);
      const value = way === FLOAT ? source.getFloat32(head, true) : source.getFloat64(head, true);
      if (!Number.isFinite(value)) return false;
      copyBytes(bytes, head, end, to);
      return true;
    }
    case BOOLEAN:
      if (bytes[head]! > 1) return false;
      to.bytes[to.length++] = bytes[head]!;
      return true;
    default:
      return false;
  }
}

function writeValue(value: string | Uint8Array | null, field: Field, to: ByteSink, rest: number): void {
  if (value === null && !field.nullable) throw malformed(field.column, isNull);
  const bytes = Buffer.from(value ?? '');
  to.reserve(bytes.length + fieldRoom + rest);
  if (field.nullable) to.bytes[to.length++] = (value === null ? field.nullAt : 1 - field.nullAt) * 2;
  if (value === null) return;
  const wrong = fieldWriter(field.form)(bytes, 0, bytes.length, to);
  if (wrong !== undefined) throw malformed(field.column, wrong);
}
