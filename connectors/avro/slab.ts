import type { Slab } from '../contract/index.ts';
import { ByteSink } from './sink.ts';

/** Collects encoded records. Write a record into `sink`, then commit it or roll it back. */
export class SlabBuilder {
  readonly sink: ByteSink;
  #ends = new Uint32Array(1024);
  #rows = 0;

  /** As `ByteSink`. */
  constructor(capacity?: number, supply?: (length: number) => Buffer) {
    this.sink = new ByteSink(capacity, supply);
  }

  /** Records committed. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes of the committed records. */
  get byteLength(): number {
    return this.#rows === 0 ? 0 : this.#ends[this.#rows - 1]!;
  }

  /** What was written since the last commit is a record. */
  commitRow(): void {
    if (this.#rows === this.#ends.length) {
      const grown = new Uint32Array(this.#rows * 2);
      grown.set(this.#ends);
      this.#ends = grown;
    }
    this.#ends[this.#rows] = this.sink.length;
    this.#rows += 1;
  }

  /** Forgets what was written since the last commit. */
  rollbackRow(): void {
    this.sink.length = this.byteLength;
  }

  /** Takes back the last committed record. */
  dropRow(): void {
    this.#rows -= 1;
    this.rollbackRow();
  }

  /** The committed records, for the caller to keep. The builder starts anew. */
  take(): Slab {
    this.rollbackRow();
    const slab = { ends: this.#ends.slice(0, this.#rows), bytes: this.sink.take() };
    this.#rows = 0;
    return slab;
  }
}

/** Where record `row` of a slab begins. */
export function rowStart(slab: Slab, row: number): number {
  return row === 0 ? 0 : slab.ends[row - 1]!;
}

/** A slab's bytes as a Buffer over the same memory. */
export function slabBuffer(slab: Slab): Buffer {
  const { bytes } = slab;
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
