import type { LogColumn } from './table-map.ts';

/** Where the values of a row lie in an event. One object for all rows: each read overwrites it. */
export class RowImage {
  /** By the table's columns: where each value begins; -1 for NULL, -2 for a column that the log leaves out. Absent is not NULL. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #columns: Int32Array;
  readonly #sizes: Int32Array;

  constructor(columns: readonly LogColumn[], present: Buffer) {
    const there = columns.flatMap((_, i) => ((present[i >> 3]! & (1 << (i & 7))) === 0 ? [] : [i]));
    this.#columns = Int32Array.from(there);
    this.#sizes = Int32Array.from(there, (i) => columns[i]!.size);
    this.starts = new Int32Array(columns.length).fill(-2);
    this.ends = new Int32Array(columns.length);
  }

  /** Finds the values of the row that begins at `at`; gives where the next one does. */
  read(buffer: Buffer, from: number): number {
    const columns = this.#columns;
    const sizes = this.#sizes;
    const { starts, ends } = this;
    let at = from + ((columns.length + 7) >> 3);
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      if ((buffer[from + (i >> 3)]! & (1 << (i & 7))) !== 0) {
        starts[column] = -1;
        continue;
      }
      const size = sizes[i]!;
      if (size >= 0) {
        starts[column] = at;
        at += size;
      } else {
        let length = buffer[at]!;
        if (size < -1) length |= buffer[at + 1]! << 8;
        if (size < -2) length |= buffer[at + 2]! << 16;
        if (size < -3) length += buffer[at + 3]! * 0x1000000;
        at -= size;
        starts[column] = at;
        at += length;
      }
      ends[column] = at;
    }
    return at;
  }

  isNull(column: number): boolean {
    return this.starts[column]! === -1;
  }
}

/** Whether both images, of which the bytes lie in one buffer, have the same value in a column. */
export function sameCell(buffer: Buffer, a: RowImage, b: RowImage, column: number): boolean {
  const [from, other] = [a.starts[column]!, b.starts[column]!];
  if (from < 0 || other < 0) return from === other;
  const length = a.ends[column]! - from;
  if (b.ends[column]! - other !== length) return false;
  for (let i = 0; i < length; i++) if (buffer[from + i] !== buffer[other + i]) return false;
  return true;
}
