/** Reads numbers and texts of a log's events one after the other. */
export class BytesReader {
  readonly buffer: Buffer;
  at: number;

  constructor(buffer: Buffer, at: number) {
    this.buffer = buffer;
    this.at = at;
  }

  /** Little-endian, of 1 to 6 bytes. */
  number(bytes: number): number {
    const value = this.buffer.readUIntLE(this.at, bytes);
    this.at += bytes;
    return value;
  }

  number64(): bigint {
    const value = this.buffer.readBigUInt64LE(this.at);
    this.at += 8;
    return value;
  }

  /** A number that says by its first byte how long it is. */
  packed(): number {
    const first = this.number(1);
    if (first < 0xfb) return first;
    if (first === 0xfc) return this.number(2);
    return first === 0xfd ? this.number(3) : Number(this.number64());
  }

  bytes(length: number): Buffer {
    const bytes = this.buffer.subarray(this.at, this.at + length);
    this.at += length;
    return bytes;
  }

  text(length: number): string {
    const text = this.buffer.toString('utf8', this.at, this.at + length);
    this.at += length;
    return text;
  }
}
