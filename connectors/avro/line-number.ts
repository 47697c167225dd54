const [minus, point, zero, nine] = [45, 46, 48, 57];

/** Digits that fit into 64 bits, whatever they are. */
const wholeDigits = 18;
/** Digits that a double holds, whatever they are, and those behind the point that `writeDouble` prints without an exponent. */
const doubleDigits = 15;
const doublePlaces = 6;

/** Whether a whole number stands as it would be printed from its value: no zeros in front, no minus before zero. */
export function isPlainWhole(from: Buffer, start: number, end: number): boolean {
  const first = from[start] === minus ? start + 1 : start;
  const digits = end - first;
  if (digits < 1 || digits > wholeDigits) return false;
  if (from[first] === zero) return digits === 1 && first === start;
  for (let at = first; at < end; at += 1) if (!isDigit(from[at]!)) return false;
  return true;
}

/** Whether a number with all digits of its scale stands as it would be after `digits`: no zeros in front. */
export function isPlainDecimal(from: Buffer, start: number, end: number): boolean {
  return from[start] !== zero || end - start === 1 || from[start + 1] === point;
}

/** Whether a double's text is the shortest that stands for it, in the form in which `writeDouble` prints it. */
export function isPlainDouble(from: Buffer, start: number, end: number): boolean {
  const first = from[start] === minus ? start + 1 : start;
  if (end - first > doubleDigits + 1 || !isDigit(from[first]!)) return false;
  let places = -1;
  for (let at = first + 1; at < end; at += 1) {
    const byte = from[at]!;
    if (byte === point && places < 0) places = end - at - 1;
    else if (!isDigit(byte)) return false;
  }
  if (places < 0)
    return end - first <= doubleDigits && (from[first] !== zero || (end - first === 1 && first === start));
  if (places < 1 || places > doublePlaces || from[end - 1] === zero) return false;
  return from[first] !== zero || from[first + 1] === point;
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= nine;
}
