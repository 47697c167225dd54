import type { FieldForm } from './avro-field.ts';
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

type Step = (bytes: Uint8Array, at: number, row: number) => number;

/** Puts one field: returns the position after it, negated and less one when the column does not hold the value. */
const steps: Readonly<Record<FieldForm['form'], (sink: Sink) => Step>> = {
  long: (sink) => (bytes, start, row) => {
    const at = readLong(bytes, start);
    return sink.integer(long.low, long.high, row) ? at : -at - 1;
  },
  string: (sink) => (bytes, start, row) => {
    const from = readLong(bytes, start);
    const at = from + long.low;
    return sink.text(bytes, from, at, row) ? at : -at - 1;
  },
  bytes: (sink) => (bytes, start, row) => {
    const from = readLong(bytes, start);
    const at = from + long.low;
    return sink.bytes(bytes, from, at, row) ? at : -at - 1;
  },
  boolean: (sink) => (bytes, start, row) => {
    return sink.integer(bytes[start]!, 0, row) ? start + 1 : -start - 2;
  },
  float: (sink) => numberText(sink, 4, (view) => view.getFloat32(0, true)),
  double: (sink) => numberText(sink, 8, (view) => view.getFloat64(0, true)),
};

/** IEEE numbers by their shortest text, which is exact both ways. */
function numberText(sink: Sink, size: 4 | 8, read: (view: DataView) => number): Step {
  return (bytes, start, row) => {
    const text = Buffer.from(String(read(new DataView(bytes.buffer, bytes.byteOffset + start, size))), 'latin1');
    return sink.text(text, 0, text.length, row) ? start + size : -start - size - 1;
  };
}

function nullable(field: FieldForm, sink: Sink, notNull: boolean, step: Step): Step {
  const buffer = sink.buffer;
  const nullByte = field.nullBranch * 2;
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
export function rowDecoder(fields: readonly FieldForm[], sinks: readonly Sink[], notNull: readonly boolean[]) {
  const all = fields.map((field, index) => {
    const step = steps[field.form](sinks[index]!);
    return field.nullBranch === -1
      ? required(sinks[index]!, step)
      : nullable(field, sinks[index]!, notNull[index]!, step);
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
