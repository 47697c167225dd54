import type { ColumnBuffer } from './vector.ts';

/**
 * Where one column's values go. Each method puts one value at a row and returns false, leaving NULL bits alone,
 * where the column does not hold that value exactly.
 */
export interface Sink {
  readonly buffer: ColumnBuffer;
  /** A value as the source server's text. */
  text(bytes: Uint8Array, start: number, end: number, row: number): boolean;
  /** A 64-bit integer in two halves. */
  integer(low: number, high: number, row: number): boolean;
  /** A FLOAT or DOUBLE. */
  number(value: number, row: number): boolean;
  /** A value of bytes. */
  bytes(bytes: Uint8Array, start: number, end: number, row: number): boolean;
}

export type Text = Sink['text'];
export type Integer = Sink['integer'];

/** For the forms that a column does not take. */
export const refuse = () => false;

export const TWO32 = 2 ** 32;

/** A number of any size in a column of integers or decimals: within bounds, or not put. */
export type Put = (value: number | bigint, row: number) => boolean;

/** Texts that are ASCII by their nature, as a string. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', start, end);
}
