const [minus, point, zero, nine] = [45, 46, 48, 57];

/** Digits that fit into 64 bits, whatever they are. */
const wholeDigits = 18;
/** Digits that a double holds, whatever they are, and those behind the point that `writeDouble` prints without an exponent. */
const doubleDigits = 15;
const doublePlaces = 6;

/** Writes a whole number that stands as it would be printed from its value (no zeros in front, no minus before zero), and gives where it ends; else -1. */
export function lineWhole(from: Buffer, start: number, end: number, bytes: Buffer, out: number): number {
  let at = start;
  let next = out;
  if (from[at] === minus) bytes[next++] = from[at++]!;
  if (at === end || end - at > wholeDigits) return -1;
  if (from[at] === zero && end - start > 1) return -1;
  for (; at < end; at += 1) {
    const byte = from[at]!;
    if (!isDigit(byte)) return -1;
    bytes[next++] = byte;
  }
  return next;
}

/** Whether a number with all digits of its scale stands as it would be after `digits`: no zeros in front. */
export function isPlainDecimal(from: Buffer, start: number, end: number): boolean {
  return from[start] !== zero || end - start === 1 || from[start + 1] === point;
}

/** Writes a double whose text is the shortest that stands for it, in the form in which `writeDouble` prints it, and gives where it ends; else -1. */
export function lineDouble(from: Buffer, start: number, end: number, bytes: Buffer, out: number): number {
  let at = start;
  let next = out;
  if (from[at] === minus) bytes[next++] = from[at++]!;
  const first = at;
  let places = -1;
  for (; at < end; at += 1) {
    const byte = from[at]!;
    if (byte === point && places < 0 && at > first) places = end - at - 1;
    else if (!isDigit(byte)) return -1;
    bytes[next++] = byte;
  }
  const digits = places < 0 ? end - first : end - first - 1;
  if (digits < 1 || digits > doubleDigits) return -1;
  if (places >= 0 && (places === 0 || places > doublePlaces || from[end - 1] === zero)) return -1;
  // Zeros in front; zero itself stands alone.
  if (from[first] === zero && from[first + 1] !== point && end - start > 1) return -1;
  return next;
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= nine;
}
