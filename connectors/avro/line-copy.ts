import { backslash } from './load-text.ts';
import { characterSize, escapes } from './text-copy.ts';

/**
 * Writes bytes as a field of LOAD DATA at `out`, and gives where it ends. The caller has room for twice their length. `source` is a view of
 * `from`.
 */
export function lineBytes(
  from: Buffer,
  source: DataView,
  start: number,
  end: number,
  bytes: Buffer,
  view: DataView,
  out: number,
): number {
  let at = start;
  let next = out;
  while (at < end) {
    for (; at + 4 <= end; at += 4, next += 4) {
      const four = source.getInt32(at, true);
      const others = four ^ 0x5c5c5c5c;
      if (((((four - 0x0e0e0e0e) & ~four) | ((others - 0x01010101) & ~others)) & 0x80808080) !== 0) break;
      view.setInt32(next, four, true);
    }
    for (const until = Math.min(at + 4, end); at < until; at += 1) next = escaped(from[at]!, bytes, next);
  }
  return next;
}

/** As `lineBytes`, for text: -1 where it is not UTF-8. */
export function lineText(
  from: Buffer,
  source: DataView,
  start: number,
  end: number,
  bytes: Buffer,
  view: DataView,
  out: number,
): number {
  let at = start;
  let next = out;
  while (at < end) {
    for (; at + 4 <= end; at += 4, next += 4) {
      const four = source.getInt32(at, true);
      const others = four ^ 0x5c5c5c5c;
      // A byte of more than 7 bits, below 14, or a backslash. A borrow can only make a clean byte look like one of them.
      if (((four | (four - 0x0e0e0e0e) | (others - 0x01010101)) & 0x80808080) !== 0) break;
      view.setInt32(next, four, true);
    }
    for (const until = Math.min(at + 4, end); at < until; ) {
      const byte = from[at]!;
      if (byte < 0x80) {
        next = escaped(byte, bytes, next);
        at += 1;
        continue;
      }
      const size = characterSize(from, at, end);
      if (size === 0) return -1;
      for (const after = at + size; at < after; at += 1) bytes[next++] = from[at]!;
    }
  }
  return next;
}

function escaped(byte: number, bytes: Buffer, at: number): number {
  const letter = escapes[byte]!;
  if (letter === 0) {
    bytes[at] = byte;
    return at + 1;
  }
  bytes[at] = backslash;
  bytes[at + 1] = letter;
  return at + 2;
}
