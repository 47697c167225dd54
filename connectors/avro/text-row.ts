import { isUtf8 } from 'node:buffer';
import { type Layout, loadedColumns, type StreamSchema } from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import { recordFields } from './field.ts';
import {
  asBuffer,
  checkExact,
  malformed,
  type RowProblem,
  readValue,
  rowCursor,
  tooLarge,
  wrongShape,
} from './row-cursor.ts';
import type { SlabBuilder } from './slab.ts';
import { type FieldWriter, fieldRoom, fieldWriter } from './writer.ts';

export interface TextRowOptions {
  /** Larger rows are refused, in bytes of the text row. */
  readonly maxRowBytes: number;
  /** The columns that the check columns after the loaded ones belong to, in their order: those whose `selectSql` has `exact`. */
  readonly exact: readonly string[];
}

export interface TextRowEncoder {
  /**
   * Appends the row `buffer[start..end)` to the builder, or leaves the builder as it was and says why not. The bytes are a row of the
   * MySQL text protocol: each column a length-encoded string, or 0xfb for NULL.
   */
  encode(buffer: Uint8Array, start: number, end: number, into: SlabBuilder): RowProblem | undefined;
}

/** Compiles the way from rows of the MySQL text protocol to Avro bodies. */
export function textRowEncoder(schema: StreamSchema, layout: Layout, options: TextRowOptions): TextRowEncoder {
  const fields = recordFields(schema, layout);
  const writers = fields.map((field) => fieldWriter(field.form));
  const room = fields.length * fieldRoom;
  const row = rowCursor();
  // What is written before the value or the null of a field: nothing, or its branch in the union.
  const valueBranch = fields.map((field) => (field.nullable ? 2 - field.nullAt * 2 : -1));
  const nullBranch = fields.map((field) => (field.nullable ? field.nullAt * 2 : -1));

  function encodeFields(start: number, end: number, into: SlabBuilder): RowProblem | undefined {
    const to = into.sink;
    let at = start;
    for (let i = 0; i < writers.length; i += 1) {
      if (at >= end) throw wrongShape();
      at = readValue(row, at);
      if (at > end) throw wrongShape();
      const isNull = row.end < row.start;
      const branch = isNull ? nullBranch[i]! : valueBranch[i]!;
      if (branch >= 0) to.bytes[to.length++] = branch;
      else if (isNull) return malformed(fields[i]!.column.name, 'is NULL where the column is NOT NULL');
      if (isNull) continue;
      const wrong = (writers[i] as FieldWriter)(row.bytes, row.start, row.end, to);
      if (wrong !== undefined) return malformed(fields[i]!.column.name, wrong);
    }
    return checkExact(row, at, end, options.exact);
  }

  return {
    encode(buffer, start, end, into) {
      if (end - start > options.maxRowBytes) return tooLarge(end - start, options.maxRowBytes);
      row.bytes = asBuffer(buffer);
      into.sink.reserve(end - start + room);
      const problem = encodeFields(start, end, into);
      if (problem === undefined) into.commitRow();
      else into.rollbackRow();
      return problem;
    },
  };
}

/** The values of a text row, for showing it: bytes where a text is not UTF-8. Check columns after them are left out. */
export function textRowDecoder(schema: StreamSchema): (buffer: Uint8Array, start: number, end: number) => Value[] {
  const binary = loadedColumns(schema).map(({ type }) => type.kind === 'bytes' || type.kind === 'bit');
  return (buffer, start) => {
    const row = rowCursor(buffer);
    let at = start;
    return binary.map((asBytes) => {
      at = readValue(row, at);
      if (row.end < row.start) return null;
      const bytes = row.bytes.subarray(row.start, row.end);
      return asBytes || !isUtf8(bytes) ? bytes : bytes.toString('utf8');
    });
  };
}

/** `Reject.row`: JSON text of column name to value text, bytes as hex. */
export function rowJson(schema: StreamSchema, values: readonly Value[]): string {
  const shown = loadedColumns(schema).map(({ name }, i) => {
    const value = values[i] ?? null;
    return [name, value instanceof Uint8Array ? asBuffer(value).toString('hex') : value] as const;
  });
  return JSON.stringify(Object.fromEntries(shown));
}
