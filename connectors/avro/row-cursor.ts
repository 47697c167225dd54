import { millraceError } from '../contract/index.ts';

/** Why a row cannot be delivered exactly. */
export interface RowProblem {
  readonly code: 'row.too-large' | 'value.inexact' | 'value.malformed';
  readonly message: string;
  readonly column?: string;
  /** The column's own bytes as hex, where its text does not show them. */
  readonly bytes?: string;
}

const nullMark = 0xfb;

/**
 * A row of the MySQL text protocol being taken apart: each column is a length-encoded string, or 0xfb for NULL. Bytes, and where the current
 * value begins and ends: `end` is below `start` for NULL.
 */
export interface RowCursor {
  bytes: Buffer;
  start: number;
  end: number;
}

export function rowCursor(bytes: Uint8Array = Buffer.alloc(0)): RowCursor {
  return { bytes: asBuffer(bytes), start: 0, end: 0 };
}

/** Moves to the value that begins at `at`; returns where the next begins. */
export function readValue(row: RowCursor, at: number): number {
  const { bytes } = row;
  const first = bytes[at]!;
  if (first < nullMark) {
    row.start = at + 1;
  } else if (first === nullMark) {
    row.start = 1;
    row.end = 0;
    return at + 1;
  } else if (first === 0xfc) {
    row.start = at + 3;
    row.end = row.start + bytes.readUInt16LE(at + 1);
    return row.end;
  } else if (first === 0xfd) {
    row.start = at + 4;
    row.end = row.start + bytes.readUIntLE(at + 1, 3);
    return row.end;
  } else {
    row.start = at + 9;
    row.end = row.start + Number(bytes.readBigUInt64LE(at + 1));
    return row.end;
  }
  row.end = row.start + first;
  return row.end;
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function wrongShape(): Error {
  return millraceError('internal.unexpected', 'A row of the server does not have the columns that were selected');
}

export function tooLarge(bytes: number, most: number): RowProblem {
  return { code: 'row.too-large', message: `The row has ${bytes} bytes; the limit is ${most}` };
}

export function malformed(column: string, wrong: string): RowProblem {
  return { code: 'value.malformed', column, message: `The value of column ${column} ${wrong}` };
}

/** The check columns after the values: `1`, or `0` and perhaps the column's bytes as hex where its value has no exact text. */
export function checkExact(
  row: RowCursor,
  from: number,
  end: number,
  exact: readonly string[],
): RowProblem | undefined {
  let at = from;
  let problem: RowProblem | undefined;
  for (const name of exact) {
    if (at >= end) throw wrongShape();
    at = readValue(row, at);
    if (at > end) throw wrongShape();
    if (row.end - row.start !== 1 || row.bytes[row.start] !== 49) problem ??= inexact(row, name);
  }
  if (at !== end) throw wrongShape();
  return problem;
}

function inexact({ bytes: row, start, end }: RowCursor, column: string): RowProblem {
  const bytes = row.toString('latin1', start + 1, end).toLowerCase();
  const message = `The value of column ${column} has no exact text`;
  if (bytes === '') return { code: 'value.inexact', column, message };
  return { code: 'value.inexact', column, bytes, message: `${message}: its bytes are kept as hex` };
}
