import { PyObject, type Value } from './object.ts';
import { listIndex } from './tuple.ts';

/** What `encode` gives. */
export class Bytes extends PyObject {
  readonly typeName = 'bytes';
  readonly data: Uint8Array;

  constructor(data: Uint8Array) {
    super();
    this.data = data;
  }

  override repr(): string {
    const quote = this.data.includes(0x27) && !this.data.includes(0x22) ? '"' : "'";
    const parts = Array.from(this.data, (byte) => {
      const character = String.fromCharCode(byte);
      if (character === '\\' || character === quote) return `\\${character}`;
      if (character === '\n') return '\\n';
      if (character === '\r') return '\\r';
      if (character === '\t') return '\\t';
      return byte >= 0x20 && byte < 0x7f ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
    });
    return `b${quote}${parts.join('')}${quote}`;
  }

  override size(): number {
    return this.data.length;
  }

  override iterate(): Iterator<Value> {
    return this.data[Symbol.iterator]();
  }

  override item(key: Value): Value {
    return this.data[listIndex(key, this.data.length, 'index')]!;
  }

  override equals(other: Value): boolean | undefined {
    return other instanceof Bytes ? Buffer.compare(this.data, other.data) === 0 : undefined;
  }

  override key(): unknown {
    return `\0b${Buffer.from(this.data).toString('hex')}`;
  }

  override get isSubscriptable(): boolean {
    return true;
  }
}
