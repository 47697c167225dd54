import type { Cursor } from '../avro/varint.ts';
import { anyReader } from './avro-any.ts';
import { avroKind, plainType } from './avro-type.ts';

/** How far a field goes: numbers in place of the type's name, so that the loop over fields stays in one function. */
const [VARINT, BYTES, FOUR, EIGHT, ONE, FIXED, OTHER] = [0, 1, 2, 3, 4, 5, 6];

const extents: Readonly<Record<string, number>> = {
  int: VARINT,
  long: VARINT,
  enum: VARINT,
  string: BYTES,
  bytes: BYTES,
  float: FOUR,
  double: EIGHT,
  boolean: ONE,
  fixed: FIXED,
};

/** A 64-bit number has so many bytes at most. */
const VARINT_BYTES = 10;

/** Finds the fields of a record's bytes, and that they all lie within it: what is read of them later needs no more looks at its end. */
export class RecordFields {
  bytes: Buffer = Buffer.alloc(0);
  /** Where the record begins and ends. */
  begin = 0;
  end = 0;
  /** Where each field's value begins, its length included; -1: it is null. Of a type that is no column's: with its branch. */
  readonly heads: Int32Array;
  /** Where the value's own bytes begin and end. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #extents: Uint8Array;
  readonly #sizes: readonly number[];
  /** The branch of null and of the value, as their byte; -1: no union. */
  readonly #nulls: Int8Array;
  readonly #others: readonly ((from: Cursor) => unknown)[];
  readonly #cursor: Cursor = { bytes: this.bytes, at: 0 };

  constructor(types: readonly unknown[]) {
    [this.heads, this.starts, this.ends] = [0, 1, 2].map(() => new Int32Array(types.length)) as [
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    this.#extents = Uint8Array.from(types, extentOf);
    this.#sizes = types.map((type) => (plainType(type) as { readonly size?: number }).size ?? 0);
    this.#nulls = Int8Array.from(types, (type, i) => (this.#extents[i] === OTHER ? -1 : nullBranch(type)));
    this.#others = types.map((type, i) => (this.#extents[i] === OTHER ? anyReader(type) : () => undefined));
  }

  /** Finds the fields of the record that begins at `at`, and gives where it ends. Throws `RangeError` where that is behind `end`. */
  locate(bytes: Buffer, at: number, end: number): number {
    this.bytes = bytes;
    this.begin = at;
    const { heads, starts, ends } = this;
    let next = at;
    for (let i = 0; i < heads.length; i += 1) {
      const none = this.#nulls[i]!;
      if (none >= 0) {
        const branch = next < end ? bytes[next++]! : -1;
        if (branch === none) {
          heads[i] = -1;
          continue;
        }
        if (branch !== 2 - none) throw new RangeError(`there is no branch ${branch >> 1}`);
      }
      heads[i] = next;
      starts[i] = next;
      next = this.#behind(i, next, end);
      if (next > end) throw new RangeError('the record ends too early');
      ends[i] = next;
    }
    this.end = next;
    return next;
  }

  /** Where the value of a field that begins at `at` ends; it may be behind `end`. */
  #behind(field: number, at: number, end: number): number {
    switch (this.#extents[field]) {
      case VARINT:
        return varintEnd(this.bytes, at, end);
      case BYTES: {
        const start = varintEnd(this.bytes, at, end);
        this.starts[field] = start;
        return start + lengthAt(this.bytes, at, start);
      }
      case FOUR:
        return at + 4;
      case EIGHT:
        return at + 8;
      case ONE:
        return at + 1;
      case FIXED:
        return at + this.#sizes[field]!;
      default:
        this.#cursor.bytes = this.bytes;
        this.#cursor.at = at;
        this.#others[field]!(this.#cursor);
        return this.#cursor.at;
    }
  }
}

function extentOf(type: unknown): number {
  if (Array.isArray(type) && (type.length !== 2 || !type.includes('null'))) return OTHER;
  const kind = avroKind(plainType(type));
  if (kind !== 'decimal') return extents[kind] ?? OTHER;
  return 'size' in plainType(type) ? FIXED : BYTES;
}

function nullBranch(type: unknown): number {
  return Array.isArray(type) ? type.indexOf('null') * 2 : -1;
}

function varintEnd(bytes: Buffer, at: number, end: number): number {
  let next = at;
  while (next < end && bytes[next]! > 127) next += 1;
  next += 1;
  const isTooLong = next - at > VARINT_BYTES || (next - at === VARINT_BYTES && bytes[next - 1]! > 1);
  if (isTooLong) throw new RangeError('a number has more than 64 bits');
  return next;
}

/** A length of less than 2^31, which lies within the bytes. */
function lengthAt(bytes: Buffer, at: number, end: number): number {
  if (end - at > 5) throw new RangeError('the record ends too early');
  let value = 0;
  for (let i = at, unit = 1; i < end; i += 1, unit *= 128) value += (bytes[i]! & 127) * unit;
  if (value % 2 === 1) throw new RangeError('a length is below zero');
  return value / 2;
}
