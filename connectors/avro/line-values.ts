import type { Column, Slab, StreamSchema } from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import { recordFields } from './field.ts';
import { backslash, tab } from './load-text.ts';
import { ByteSink } from './sink.ts';
import { rowStart, slabBuffer } from './slab.ts';
import { escapes } from './text-copy.ts';
import { fieldReader } from './values.ts';
import { fieldRoom, fieldWriter } from './writer.ts';

/** By the letter behind a backslash: the byte that it stands for. */
const meanings = new Uint8Array(256);
escapes.forEach((letter, byte) => {
  if (letter !== 0) meanings[letter] = byte;
});

/** Compiles the way from lines of LOAD DATA back to canonical values: what `valuesDecoder` gives for the same rows. For edges. */
export function lineDecoder(schema: StreamSchema): (slab: Slab, row: number) => Value[] {
  const fields = recordFields(schema, 'text').map(({ column, form }) => {
    const [write, read, sink] = [fieldWriter(form), fieldReader(form), new ByteSink(64)];
    return (text: Buffer): Value => {
      const bytes = form.as === 'bit' ? bitBytes(text, column) : text;
      sink.length = 0;
      sink.reserve(bytes.length + fieldRoom);
      write(bytes, 0, bytes.length, sink);
      const value = read({ bytes: sink.bytes, at: 0 });
      return typeof value === 'string' ? value : Buffer.from(value);
    };
  });
  return (slab, row) => {
    const texts = lineTexts(slabBuffer(slab).subarray(rowStart(slab, row), slab.ends[row]! - 1));
    return fields.map((value, i) => {
      const text = texts[i];
      return text == null ? null : value(text);
    });
  };
}

/** The fields of a line without its end; null for `\N`. */
function lineTexts(line: Buffer): (Buffer | null)[] {
  const texts: (Buffer | null)[] = [];
  for (let start = 0; start <= line.length; ) {
    const found = line.indexOf(tab, start);
    const end = found < 0 ? line.length : found;
    texts.push(unescaped(line.subarray(start, end)));
    start = end + 1;
  }
  return texts;
}

function unescaped(field: Buffer): Buffer | null {
  if (!field.includes(backslash)) return field;
  if (field.equals(nullField)) return null;
  const bytes = Buffer.alloc(field.length);
  let length = 0;
  for (let at = 0; at < field.length; at += 1) {
    const byte = field[at]!;
    if (byte === backslash) at += 1;
    bytes[length++] = byte === backslash ? meanings[field[at]!]! : byte;
  }
  return bytes.subarray(0, length);
}

const nullField = Buffer.from('\\N');

/** A BIT is loaded as a number; its value is bytes, highest first. */
function bitBytes(digits: Buffer, { type }: Column): Buffer {
  const size = type.kind === 'bit' ? (type.width + 7) >> 3 : 8;
  return Buffer.from(
    BigInt(digits.toString('latin1'))
      .toString(16)
      .padStart(size * 2, '0'),
    'hex',
  );
}
