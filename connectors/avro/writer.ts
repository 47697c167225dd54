import type { Form } from '../types/index.ts';
import { writeDecimalText } from './decimal-text.ts';
import { parseDouble } from './float-text.ts';
import { writeLongText } from './integer-text.ts';
import type { ByteSink } from './sink.ts';
import { copyBytes, copyUtf8 } from './text-copy.ts';
import { writeLength } from './varint.ts';
import { writeVectorText } from './vector-text.ts';

/**
 * Writes one value, given as the bytes of its text (or its bytes, for `bytes` and `bit`), as Avro. Returns what is wrong with it: words
 * that go after the column's name. The caller has reserved the length of the value and `fieldRoom`.
 */
export type FieldWriter = (from: Buffer, start: number, end: number, to: ByteSink) => string | undefined;

/** Room for a field beyond the bytes of its text: branch, length, a double. */
export const fieldRoom = 16;

const zero = 48;

function writeBytes(from: Buffer, start: number, end: number, to: ByteSink): undefined {
  writeLength(end - start, to);
  copyBytes(from, start, end, to);
}

function writeText(from: Buffer, start: number, end: number, to: ByteSink): string | undefined {
  writeLength(end - start, to);
  return copyUtf8(from, start, end, to) ? undefined : 'is not UTF-8';
}

/** A number kept as text, without the zeros that ZEROFILL puts in front. */
function writeNumberText(from: Buffer, start: number, end: number, to: ByteSink): string | undefined {
  if (from[start] !== zero || end - start === 1 || from[start + 1] === 46) return writeText(from, start, end, to);
  let at = start;
  while (at < end - 1 && from[at] === zero && from[at + 1] !== 46) at += 1;
  return writeText(from, at, end, to);
}

function writeBoolean(from: Buffer, start: number, end: number, to: ByteSink): string | undefined {
  const digit = from[start]! - zero;
  if (end - start !== 1 || (digit !== 0 && digit !== 1)) return 'is not 0 or 1';
  to.bytes[to.length++] = digit;
  return undefined;
}

function writeFloatText(from: Buffer, start: number, end: number, to: ByteSink): string | undefined {
  const value = parseDouble(from, start, end);
  if (value === undefined) return 'is not a number';
  to.length = to.bytes.writeFloatLE(value, to.length);
  return undefined;
}

function writeDoubleText(from: Buffer, start: number, end: number, to: ByteSink): string | undefined {
  const value = parseDouble(from, start, end);
  if (value === undefined) return 'is not a number';
  to.length = to.bytes.writeDoubleLE(value, to.length);
  return undefined;
}

/** Largest byte that a number written as text can begin with; every letter is above it. */
const lastDigit = 57;

/** A server takes a text that is no member but a number for the number of members, without a warning: such a text must be of members. */
function memberWriter({ many, members }: Extract<Form, { as: 'enum' }>): FieldWriter {
  const known = new Set(members);
  const isKnown = (text: string) => known.has(text) || (many && text.split(',').every((one) => known.has(one)));
  return (from, start, end, to) => {
    if (start < end && from[start]! <= lastDigit && !isKnown(from.toString('utf8', start, end))) {
      return 'is not of the members of the column';
    }
    return writeText(from, start, end, to);
  };
}

const writers = {
  boolean: writeBoolean,
  year: writeLongText,
  float: writeFloatText,
  double: writeDoubleText,
  text: writeText,
  digits: writeNumberText,
  bytes: writeBytes,
  bit: writeBytes,
  vector: writeVectorText,
  long: writeLongText,
} as const;

/** The writer for a form, compiled once. */
export function fieldWriter(form: Form): FieldWriter {
  if (form.as === 'decimal') {
    const { scale } = form;
    return (from, start, end, to) => writeDecimalText(from, start, end, scale, to);
  }
  return form.as === 'enum' ? memberWriter(form) : writers[form.as];
}
