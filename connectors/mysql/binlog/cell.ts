import { isUtf8 } from 'node:buffer';
import { ByteSink, type FieldWriter, fieldWriter, writeLength, writeLong } from '../../avro/index.ts';
import type { Column } from '../../contract/index.ts';
import { bitNumber, type Form } from '../../types/index.ts';
import type { Charset, Charsets } from './charsets.ts';
import { CODE } from './column-type.ts';
import { jsonText } from './json-text.ts';
import { networkText } from './network-text.ts';
import { decimalText, integerReader, integerText } from './number-text.ts';
import { BINARY, type LogColumn } from './table-map.ts';
import { type CellText, temporalText } from './temporal-text.ts';

const inexact = 'has no exact text';
const notRead = 'is in a form that is not read from the log';

const temporals: ReadonlySet<number> = new Set([CODE.date, CODE.newdate, CODE.datetime, CODE.timestamp, CODE.time]);
const integers: ReadonlySet<number> = new Set([CODE.tiny, CODE.short, CODE.int24, CODE.long, CODE.longlong]);

/**
 * How a column's values in the log become canonical text (bytes for `bytes` and `bit`): what a SELECT of a full read would have given for the
 * same value (invariant 3). `to` is the column as it flows, which may have been altered since.
 */
export function cellText(from: LogColumn, to: Column, charsets: Charsets): CellText {
  const { code, unsigned, precision, scale } = from;
  if (integers.has(code)) return integerText(code, unsigned);
  const temporal = temporalText(from);
  if (temporal !== undefined) return temporal;
  switch (code) {
    case CODE.float:
      return (bytes, start, _end, into) => write(String(bytes.readFloatLE(start)), into);
    case CODE.double:
      return (bytes, start, _end, into) => writeNumber(bytes.readDoubleLE(start), into);
    case CODE.decimal:
      return decimalText(precision, scale);
    case CODE.bit:
      return to.type.kind === 'bit' ? copied : bitDigits;
    case CODE.json:
      return jsonText;
    case CODE.enum:
    case CODE.set:
      return memberText(from, charsets);
    case CODE.vector:
    case CODE.geometry:
      return to.type.kind === 'vector' ? hex : copied;
    default:
      return charactersText(from, to, charsets);
  }
}

/** CHAR, VARCHAR, TEXT and their binary kin, and what MariaDB keeps in such columns. */
function charactersText(from: LogColumn, to: Column, charsets: Charsets): CellText {
  const { code, collation, precision } = from;
  if (code === CODE.blobCompressed || code === CODE.varcharCompressed) return () => notRead;
  if (collation !== BINARY) return textOf(charsets.of(collation), to);
  const { kind } = to.type;
  if (kind === 'uuid' || kind === 'inet4' || kind === 'inet6') return networkText(kind);
  if (kind === 'vector') return hex;
  return code === CODE.string ? paddedBytes(precision) : copied;
}

/** Bytes keep the charset they had; text becomes UTF-8. */
function textOf(charset: Charset | undefined, to: Column): CellText {
  if (to.type.kind === 'bytes' || charset?.decode === 'same') return copied;
  const decode = charset?.decode;
  return (bytes, start, end, into) => {
    const text = decode?.(bytes, start, end);
    return text === undefined ? inexact : append(text, into);
  };
}

/** BINARY(n) is logged without the zero bytes that fill it up. */
function paddedBytes(length: number): CellText {
  return (bytes, start, end, into) => {
    copied(bytes, start, end, into);
    const more = Math.max(0, length - (end - start));
    into.reserve(more);
    into.bytes.fill(0, into.length, into.length + more);
    into.length += more;
    return undefined;
  };
}

function copied(bytes: Buffer, start: number, end: number, into: ByteSink): undefined {
  into.reserve(end - start);
  into.length += bytes.copy(into.bytes, into.length, start, end);
}

function hex(bytes: Buffer, start: number, end: number, into: ByteSink): undefined {
  write(bytes.toString('hex', start, end), into);
}

function bitDigits(bytes: Buffer, start: number, end: number, into: ByteSink): undefined {
  write(bitNumber(bytes.subarray(start, end)).toString(), into);
}

/** ENUM counts its members from 1, SET has a bit for each. Where '' is a member, the same is not told apart as in a full read. */
function memberText({ code, members: raw, collation }: LogColumn, charsets: Charsets): CellText {
  const charset = charsets.of(collation);
  const members = raw.map((bytes) => memberBytes(bytes, charset));
  const hasEmpty = raw.some(({ length }) => length === 0);
  return (bytes, start, end, into) => {
    let chosen: (Buffer | undefined)[];
    if (code === CODE.enum) {
      const number = bytes.readUIntLE(start, end - start);
      if (number === 0 && hasEmpty) return inexact;
      chosen = number === 0 ? [] : [members[number - 1]];
    } else {
      const mask = bitNumber(Buffer.from(bytes.subarray(start, end)).reverse());
      chosen = members.filter((_, i) => (mask & (1n << BigInt(i))) !== 0n);
      if (chosen.length === 1 && chosen[0]?.length === 0) return inexact;
    }
    for (const [i, member] of chosen.entries()) {
      if (member === undefined) return inexact;
      if (i > 0) write(',', into);
      append(member, into);
    }
    return undefined;
  };
}

function memberBytes(bytes: Buffer, charset: Charset | undefined): Buffer | undefined {
  if (charset === undefined) return isUtf8(bytes) ? bytes : undefined;
  return charset.decode === 'same' ? bytes : charset.decode(bytes, 0, bytes.length);
}

function append(bytes: Buffer, into: ByteSink): undefined {
  into.reserve(bytes.length);
  into.length += bytes.copy(into.bytes, into.length);
}

function write(text: string, into: ByteSink): undefined {
  into.reserve(text.length);
  into.length += into.bytes.write(text, into.length, 'latin1');
}

function writeNumber(value: number, into: ByteSink): undefined {
  write(Object.is(value, -0) ? '-0' : String(value), into);
}

/**
 * Writes a column's values from the log as Avro of that form. What is not worth a way of its own goes by its text, through the writer that full
 * reads use: equal text, equal bytes.
 */
export function cellWriter(from: LogColumn, to: Column, form: Form, charsets: Charsets): FieldWriter {
  const direct = directWriter(from, form, charsets);
  if (direct !== undefined) return direct;
  const text = cellText(from, to, charsets);
  if (isFinal(from, form)) return prefixed(text);
  const into = fieldWriter(form);
  return (bytes, start, end, sink) => {
    scratch.length = 0;
    scratch.reserve(96);
    const wrong = text(bytes, start, end, scratch);
    if (wrong !== undefined) return wrong;
    sink.reserve(scratch.length + ROOM);
    return into(scratch.bytes, 0, scratch.length, sink);
  };
}

/** Whether a value's text is what the form keeps, without a look at its characters: they are ASCII, or were looked at. */
function isFinal({ code }: LogColumn, form: Form): boolean {
  if (form.as === 'digits') return code === CODE.decimal || integers.has(code);
  return form.as === 'text' && (code === CODE.json || temporals.has(code));
}

/** Text behind its length, written where it stays. How many bytes the length has is guessed: as many as the one before had. */
function prefixed(text: CellText): FieldWriter {
  let width = 1;
  return (bytes, start, end, sink) => {
    const at = sink.length;
    sink.reserve(96);
    sink.length = at + width;
    const wrong = text(bytes, start, end, sink);
    if (wrong !== undefined) return wrong;
    const length = sink.length - at - width;
    const size = lengthBytes(length);
    if (size !== width) {
      sink.reserve(size);
      sink.bytes.copyWithin(at + size, at + width, sink.length);
      width = size;
    }
    sink.length = at;
    writeLength(length, sink);
    sink.length = at + size + length;
    return undefined;
  };
}

/** Bytes of a length as Avro has it. */
function lengthBytes(length: number): number {
  let bytes = 1;
  for (let most = 64; length >= most; most *= 128) bytes++;
  return bytes;
}

/** Where texts are written before they become Avro: one after the other, for all columns. */
const scratch = new ByteSink(256);

/** Room for a value beyond the bytes of its text. */
const ROOM = 32;

/** Ways without text between, where the form is made of the value as the log has it. */
function directWriter(from: LogColumn, form: Form, charsets: Charsets): FieldWriter | undefined {
  const { code } = from;
  if (form.as === 'long' && integers.has(code)) {
    const read = integerReader(code, from.unsigned);
    return (bytes, start, _end, sink) => writeLong(read(bytes, start), sink);
  }
  if (form.as === 'double' && code === CODE.double) {
    return (bytes, start, _end, sink) => raw(bytes, start, 8, sink);
  }
  if (form.as === 'float' && code === CODE.float) return (bytes, start, _end, sink) => raw(bytes, start, 4, sink);
  const isText = code === CODE.varchar || code === CODE.varString || code === CODE.string || code === CODE.blob;
  if (!isText) return undefined;
  if (form.as === 'text' && from.collation !== BINARY && charsets.of(from.collation)?.decode === 'same') {
    return fieldWriter(form);
  }
  return form.as === 'bytes' && code !== CODE.string ? fieldWriter(form) : undefined;
}

/** The numbers of the log are little-endian, as Avro's are. */
function raw(bytes: Buffer, start: number, size: number, sink: ByteSink): undefined {
  const { bytes: to } = sink;
  for (let at = start; at < start + size; at++) to[sink.length++] = bytes[at]!;
}
