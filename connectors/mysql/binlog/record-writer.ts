import { ByteSink, type Field, type FieldWriter, fieldRoom, fieldWriter, recordFields } from '../../avro/index.ts';
import { type Layout, millraceError, type StreamRequest, type StreamSchema } from '../../contract/index.ts';
import type { Value } from '../../types/index.ts';
import { cellText, cellWriter } from './cell.ts';
import type { Charsets } from './charsets.ts';
import type { RowImage } from './row-image.ts';
import type { LogColumn } from './table-map.ts';
import type { CellText } from './temporal-text.ts';

/** What rows of one table are written with. */
export interface RecordSource {
  /** The table's columns at the time of the rows. */
  readonly columns: readonly LogColumn[];
  readonly request: StreamRequest;
  readonly layout: Layout;
  readonly charsets: Charsets;
  /** Values of columns that the rows do not have yet. */
  readonly later: ReadonlyMap<string, Value>;
}

/** One field of a record. */
interface Part {
  readonly name: string;
  /** Place of the value among the table's columns; -1: it is the same in all rows. */
  readonly place: number;
  readonly write: FieldWriter;
  /** What stands before a value and for a NULL: a branch of the union, or -1 where there is none. */
  readonly valueBranch: number;
  readonly nullBranch: number;
  /** A value that is the same in all rows, encoded. */
  readonly constant: Buffer | undefined;
}

const nothing: FieldWriter = () => undefined;

/** Writes records of a schema from row images of a log. Compiled once for a table map and schema. */
export class RecordWriter {
  readonly #parts: readonly Part[];

  constructor(schema: StreamSchema, source: RecordSource) {
    this.#parts = recordFields(schema, source.layout).map((field) => part(field, source));
  }

  /** Appends a record; throws `value.inexact` or `value.malformed`, after which the sink holds a part of it. */
  write(buffer: Buffer, image: RowImage, to: ByteSink): void {
    const parts = this.#parts;
    for (let i = 0; i < parts.length; i++) {
      const { name, place, write, valueBranch, nullBranch, constant } = parts[i]!;
      if (constant !== undefined) {
        to.append(constant);
        continue;
      }
      const start = image.starts[place]!;
      if (start < 0) {
        if (start === -2) throw absent(name);
        if (nullBranch < 0) throw wrongValue(name, 'is NULL where the column is NOT NULL');
        to.reserve(1);
        to.bytes[to.length++] = nullBranch;
        continue;
      }
      const end = image.ends[place]!;
      to.reserve(end - start + fieldRoom);
      if (valueBranch >= 0) to.bytes[to.length++] = valueBranch;
      const wrong = write(buffer, start, end, to);
      if (wrong !== undefined) throw wrongValue(name, wrong);
    }
  }
}

function part(field: Field, source: RecordSource): Part {
  const { name } = field.column;
  const place = source.columns.findIndex((column) => column.name === name);
  const common = {
    name,
    valueBranch: field.nullable ? 2 - field.nullAt * 2 : -1,
    nullBranch: field.nullable ? field.nullAt * 2 : -1,
  };
  if (place < 0) {
    return { ...common, place, write: nothing, constant: encoded(field, source.later.get(name) ?? null) };
  }
  const masked = source.request.protect?.[name] !== undefined;
  const write = masked
    ? maskWriter(field)
    : cellWriter(source.columns[place]!, field.column, field.form, source.charsets);
  return { ...common, place, write, constant: undefined };
}

const mask = Buffer.from('***');

function maskWriter({ form }: Field): FieldWriter {
  const write = fieldWriter(form);
  return (_from, _start, _end, to) => write(mask, 0, mask.length, to);
}

function encoded(field: Field, value: Value): Buffer {
  const to = new ByteSink(64);
  const bytes = Buffer.from(value ?? '');
  to.reserve(bytes.length + fieldRoom * 2);
  if (field.nullable) to.bytes[to.length++] = (value === null ? field.nullAt : 1 - field.nullAt) * 2;
  const wrong = value === null ? undefined : fieldWriter(field.form)(bytes, 0, bytes.length, to);
  if (wrong !== undefined || (value === null && !field.nullable))
    throw wrongValue(field.column.name, wrong ?? 'is absent');
  return Buffer.from(to.take());
}

function wrongValue(name: string, wrong: string): Error {
  const code = wrong === 'has no exact text' ? 'value.inexact' : 'value.malformed';
  return millraceError(code, `The value of column ${name} ${wrong}`, { at: name });
}

function absent(name: string): Error {
  return millraceError('cdc.log-settings', `the log leaves out the column ${name} of rows`, {
    at: name,
    fix: 'Set binlog_row_image = FULL on the server, then forget the stream with `millrace position reset` and run again.',
  });
}

/** Values of a row for people: text, or bytes where there is no text. */
export function shownValues(schema: StreamSchema, source: RecordSource) {
  const shown = recordFields(schema, source.layout).map(({ column }) => {
    const place = source.columns.findIndex(({ name }) => name === column.name);
    const masked = source.request.protect?.[column.name] !== undefined;
    const text: CellText | undefined =
      place < 0 ? undefined : cellText(source.columns[place]!, column, source.charsets);
    return { column, place, masked, text };
  });
  return (buffer: Buffer, image: RowImage): Value[] =>
    shown.map(({ column, place, masked, text }) => {
      if (text === undefined) return source.later.get(column.name) ?? null;
      const [start, end] = [image.starts[place]!, image.ends[place]!];
      if (start < 0) return null;
      if (masked) return '***';
      const into = new ByteSink(128);
      const raw = buffer.subarray(start, end);
      if (text(buffer, start, end, into) !== undefined) return Buffer.from(raw);
      const bytes = Buffer.from(into.take());
      return column.type.kind === 'bytes' || column.type.kind === 'bit' ? bytes : bytes.toString('utf8');
    });
}
