import { isUtf8 } from 'node:buffer';
import type { ByteSink } from './sink.ts';

/** Longer runs are copied, and looked at, by one native call each. */
const longRun = 512;

const backslash = 92;

/** What goes after a backslash for a byte that would end a field or a line of LOAD DATA; 0: the byte stands for itself. */
export const escapes = new Uint8Array(256);
escapes[0] = 48;
escapes[9] = 116;
escapes[10] = 110;
escapes[13] = 114;
escapes[backslash] = backslash;

let seen: Uint8Array = new Uint8Array(0);
let view = new DataView(seen.buffer);
let seenBefore = seen;
let viewBefore = view;

/**
 * A view of the bytes that reads four at once. Two are kept: values of one batch come one after the other, and some go through a buffer of
 * their own between.
 */
export function viewOf(bytes: Uint8Array): DataView {
  if (bytes === seen) return view;
  const [other, otherView] = [seen, view];
  view = bytes === seenBefore ? viewBefore : new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  seen = bytes;
  seenBefore = other;
  viewBefore = otherView;
  return view;
}

/** Appends bytes as they are; the caller has reserved their length. */
export function copyBytes(from: Buffer, start: number, end: number, to: ByteSink): void {
  if (end - start > longRun) {
    to.length += from.copy(to.bytes, to.length, start, end);
    return;
  }
  const source = viewOf(from);
  const { bytes, view: target } = to;
  let at = start;
  let out = to.length;
  for (; at + 4 <= end; at += 4, out += 4) target.setInt32(out, source.getInt32(at, true), true);
  for (; at < end; at += 1) bytes[out++] = from[at]!;
  to.length = out;
}

/** Appends text; false where it is not UTF-8, and then what was appended is not to be kept. The caller has reserved its length. */
export function copyUtf8(from: Buffer, start: number, end: number, to: ByteSink): boolean {
  if (end - start > longRun) {
    to.length += from.copy(to.bytes, to.length, start, end);
    return isUtf8(from.subarray(start, end));
  }
  const source = viewOf(from);
  const { bytes, view: target } = to;
  let at = start;
  let out = to.length;
  while (at < end) {
    for (; at + 4 <= end; at += 4, out += 4) {
      const four = source.getInt32(at, true);
      if ((four & 0x80808080) !== 0) break;
      target.setInt32(out, four, true);
    }
    if (at === end) break;
    const size = characterSize(from, at, end);
    if (size === 0) return false;
    for (const next = at + size; at < next; at += 1) bytes[out++] = from[at]!;
  }
  to.length = out;
  return true;
}

/** Bytes of the UTF-8 character that begins at `at`; 0 where none does (RFC 3629, section 4). */
export function characterSize(from: Buffer, at: number, end: number): 0 | 1 | 2 | 3 | 4 {
  const first = from[at]!;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (at + size > end) return 0;
  for (let i = 1; i < size; i += 1) if ((from[at + i]! & 0xc0) !== 0x80) return 0;
  const second = from[at + 1]!;
  // Longer than need be, halves of surrogate pairs, beyond the last character.
  if (first === 0xe0 && second < 0xa0) return 0;
  if (first === 0xed && second > 0x9f) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  return size;
}

/**
 * Appends bytes as a field of LOAD DATA, with a backslash where one is needed; the caller has reserved twice their length. Four bytes at once
 * where none of them is below 14 or a backslash.
 */
export function copyEscaped(from: Buffer, start: number, end: number, to: ByteSink): void {
  const source = viewOf(from);
  const { bytes, view: target } = to;
  let at = start;
  let out = to.length;
  while (at < end) {
    for (; at + 4 <= end; at += 4, out += 4) {
      const four = source.getInt32(at, true);
      const others = four ^ 0x5c5c5c5c;
      if (((((four - 0x0e0e0e0e) & ~four) | ((others - 0x01010101) & ~others)) & 0x80808080) !== 0) break;
      target.setInt32(out, four, true);
    }
    for (const next = Math.min(at + 4, end); at < next; at += 1) {
      const byte = from[at]!;
      const letter = escapes[byte]!;
      if (letter !== 0) {
        bytes[out++] = backslash;
        bytes[out++] = letter;
      } else bytes[out++] = byte;
    }
  }
  to.length = out;
}
