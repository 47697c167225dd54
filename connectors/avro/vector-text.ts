import { shortestFloat } from './float-text.ts';
import type { ByteSink } from './sink.ts';
import { writeLength } from './varint.ts';

const bracket = 91;
/** Room beyond their bytes for as many fields as a table can have (4096). */
const restRoom = 65_536;

/** Writes a vector as Avro string. `[1,2.5]` is taken as it is; else the text is the hex of little-endian 32-bit floats. */
export function writeVectorText(from: Buffer, start: number, end: number, to: ByteSink): string | undefined {
  const text =
    from[start] === bracket ? from.toString('latin1', start, end) : vectorText(from.toString('latin1', start, end));
  if (text === undefined || !/^\[[-+.,\d eE]*\]$/.test(text)) return 'is not a vector';
  // The text may be longer than what the caller reserved for it: the fields behind it keep their room.
  to.reserve(text.length + 5 + (from.length - end) + restRoom);
  writeLength(text.length, to);
  to.length += to.bytes.write(text, to.length, 'latin1');
  return undefined;
}

function vectorText(hex: string): string | undefined {
  const bytes = Buffer.from(hex, 'hex');
  if (bytes.length * 2 !== hex.length || bytes.length % 4 !== 0) return undefined;
  const numbers: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) numbers.push(shortestFloat(bytes.readFloatLE(at)));
  return `[${numbers.join(',')}]`;
}
