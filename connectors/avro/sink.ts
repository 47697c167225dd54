/** Most that a new buffer is made in advance. A single large row must not make every later batch as large. */
const keptCapacity = 2 * 1024 * 1024;

/** Growing bytes: write into `bytes` at `length` after `reserve`. Growth doubles, so that appending costs the same per byte at any size. */
export class ByteSink {
  bytes: Buffer;
  /** The same memory, for numbers of several bytes. */
  view: DataView;
  length = 0;
  readonly #supply: (length: number) => Buffer;

  /** `supply` gives the buffers to write into: the first for 0 bytes, then each time the one before, of so many bytes, was taken. */
  constructor(capacity = 64 * 1024, supply: (length: number) => Buffer = (length) => ownBuffer(length, capacity)) {
    this.#supply = supply;
    this.bytes = supply(0);
    this.view = viewOf(this.bytes);
  }

  /** Makes room for `more` bytes after `length`. `bytes` may be another buffer afterwards. */
  reserve(more: number): void {
    const need = this.length + more;
    if (need <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(need, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
    this.view = viewOf(grown);
  }

  /** Appends bytes as they are. */
  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** The bytes so far, for the caller to keep. The sink starts anew with another buffer. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = this.#supply(this.length);
    this.view = viewOf(this.bytes);
    this.length = 0;
    return taken;
  }
}

function ownBuffer(length: number, capacity: number): Buffer {
  return Buffer.allocUnsafeSlow(Math.max(capacity, Math.min(length, keptCapacity)));
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
