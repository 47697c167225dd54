import type { Field } from '../avro/index.ts';
import { millraceError } from '../contract/index.ts';
import type { Form } from '../types/index.ts';
import type { Sink } from './sink-form.ts';

/** The varint read last: a zigzag-decoded 64-bit integer in halves. One object for all reads. */
const long = { low: 0, high: 0 };

/** Reads an Avro long into `long` and returns the position after it. */
function readLong(bytes: Uint8Array, start: number): number {
  let at = start;
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = bytes[at++]!;
    const part = byte & 127;
    if (shift < 28) low |= part << shift;
    else if (shift === 28) {
      low |= part << 28;
      high |= part >>> 4;
    } else high |= part << (shift - 32);
    if (byte < 128) break;
  }
  const sign = -(low & 1);
  long.low = ((low >>> 1) | (high << 31)) ^ sign;
  long.high = (high >>> 1) ^ sign;
  return at;
}

/** Puts one field: returns the position after it, negated and less one when the column does not hold the value. */
type Step = (bytes: Uint8Array, at: number, row: number) => number;

function text(sink: Sink): Step {
  return (bytes, start, row) => {
    const from = readLong(bytes, start);
    const at = from + long.low;
    return sink.text(bytes, from, at, row) ? at : -at - 1;
  };
}

function integer(sink: Sink): Step {
  return (bytes, start, row) => {
    const at = readLong(bytes, start);
    return sink.integer(long.low, long.high, row) ? at : -at - 1;
  };
}

function bytes(sink: Sink): Step {
  return (body, start, row) => {
    const from = readLong(body, start);
    const at = from + long.low;
    return sink.bytes(body, from, at, row) ? at : -at - 1;
  };
}

function boolean(sink: Sink): Step {
  return (body, start, row) => (sink.integer(body[start]!, 0, row) ? start + 1 : -start - 2);
}

/** IEEE numbers, lowest byte first; a body may lie at any place. */
const scratch = new DataView(new ArrayBuffer(8));

function ieee(sink: Sink, size: 4 | 8): Step {
  return (body, start, row) => {
    for (let i = 0; i < size; i++) scratch.setUint8(i, body[start + i]!);
    const value = size === 4 ? scratch.getFloat32(0, true) : scratch.getFloat64(0, true);
    return sink.number(value, row) ? start + size : -start - size - 1;
  };
}

/** By how a value is written in the text layout. */
const steps: Readonly<Record<Exclude<Form['as'], 'decimal'>, (sink: Sink) => Step>> = {
  long: integer,
  year: integer,
  text,
  digits: text,
  enum: text,
  vector: text,
  bytes,
  bit: bytes,
  boolean,
  float: (sink) => ieee(sink, 4),
  double: (sink) => ieee(sink, 8),
};

function stepOf({ form, column }: Field, sink: Sink): Step {
  if (form.as !== 'decimal') return steps[form.as](sink);
  throw millraceError('internal.unexpected', `column ${column.name} is not in the text layout`);
}

function nullable(field: Field, sink: Sink, notNull: boolean, step: Step): Step {
  const buffer = sink.buffer;
  const nullByte = field.nullAt * 2;
  return (bytes, at, row) => {
    if (bytes[at] === nullByte) {
      if (notNull) return -at - 2;
      buffer.setNull(row);
      return at + 1;
    }
    buffer.setValid(row);
    return step(bytes, at + 1, row);
  };
}

function required(sink: Sink, step: Step): Step {
  const buffer = sink.buffer;
  return (bytes, at, row) => {
    buffer.setValid(row);
    return step(bytes, at, row);
  };
}

/**
 * Compiles the reader of Avro bodies into columns. `decode` puts the body at `start` into row `row` of every sink
 * and returns the index of the first field whose value its column does not hold, or -1.
 * NULL is not held by a column for which `notNull` is set. The strings must lie where the sinks' heap holds them: `bytes` is what `TextHeap.hold` was given.
 */
export function rowDecoder(fields: readonly Field[], sinks: readonly Sink[], notNull: readonly boolean[]) {
  const all = fields.map((field, index) => {
    const sink = sinks[index]!;
    const step = stepOf(field, sink);
    return field.nullable ? nullable(field, sink, notNull[index]!, step) : required(sink, step);
  });
  return (bytes: Uint8Array, start: number, row: number): number => {
    let at = start;
    for (let index = 0; index < all.length; index++) {
      at = all[index]!(bytes, at, row);
      if (at < 0) return index;
    }
    return -1;
  };
}
