/**
 * Whether bytes are one JSON text that DuckDB takes too: RFC 8259, and `\u` surrogates only in pairs.
 * DuckDB's own check ends the whole transaction when it fails, so it is made before.
 */
export function isJson(bytes: Uint8Array, start: number, end: number): boolean {
  const after = value(bytes, blank(bytes, start, end), end, 0);
  return after !== -1 && blank(bytes, after, end) === end;
}

/** Deeper texts are refused: the check recurses. MySQL stops at 100. */
const MAX_DEPTH = 500;

/** The first position at or after `at` that is not white space. */
function blank(bytes: Uint8Array, at: number, end: number): number {
  while (
    at < end &&
    (bytes[at] === 32 || (bytes[at]! >= 9 && bytes[at]! <= 13 && bytes[at] !== 11 && bytes[at] !== 12))
  )
    at++;
  return at;
}

function value(bytes: Uint8Array, at: number, end: number, depth: number): number {
  if (at >= end || depth > MAX_DEPTH) return -1;
  const first = bytes[at]!;
  if (first === 34) return string(bytes, at + 1, end);
  if (first === 123) return members(bytes, at + 1, end, depth, 125);
  if (first === 91) return members(bytes, at + 1, end, depth, 93);
  if (first === 116) return word(bytes, at, end, 'true');
  if (first === 102) return word(bytes, at, end, 'false');
  if (first === 110) return word(bytes, at, end, 'null');
  return number(bytes, at, end);
}

function members(bytes: Uint8Array, start: number, end: number, depth: number, close: number): number {
  let at = blank(bytes, start, end);
  if (bytes[at] === close && at < end) return at + 1;
  for (;;) {
    if (close === 125) {
      if (at >= end || bytes[at] !== 34) return -1;
      at = string(bytes, at + 1, end);
      if (at === -1) return -1;
      at = blank(bytes, at, end);
      if (at >= end || bytes[at] !== 58) return -1;
      at = blank(bytes, at + 1, end);
    }
    at = value(bytes, at, end, depth + 1);
    if (at === -1) return -1;
    at = blank(bytes, at, end);
    if (at >= end) return -1;
    if (bytes[at] === close) return at + 1;
    if (bytes[at] !== 44) return -1;
    at = blank(bytes, at + 1, end);
  }
}

/** Past the closing quote of a string whose opening quote is before `at`. */
function string(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 34) return at + 1;
    if (byte < 32) return -1;
    if (byte !== 92) continue;
    at++;
    if (bytes[at] !== 117) {
      if (at >= end || !'"\\/bfnrt'.includes(String.fromCharCode(bytes[at]!))) return -1;
      continue;
    }
    const unit = hexUnit(bytes, at + 1, end);
    at += 4;
    if (unit === -1 || (unit >= 0xdc00 && unit <= 0xdfff)) return -1;
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const low = bytes[at + 1] === 92 && bytes[at + 2] === 117 ? hexUnit(bytes, at + 3, end) : -1;
    if (low < 0xdc00 || low > 0xdfff) return -1;
    at += 6;
  }
  return -1;
}

function hexUnit(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 > end) return -1;
  let unit = 0;
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i]!;
    const lower = byte | 32;
    if (byte >= 48 && byte <= 57) unit = unit * 16 + byte - 48;
    else if (lower >= 97 && lower <= 102) unit = unit * 16 + lower - 87;
    else return -1;
  }
  return unit;
}

function word(bytes: Uint8Array, at: number, end: number, text: string): number {
  if (at + text.length > end) return -1;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return -1;
  return at + text.length;
}

function run(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at]! >= 48 && bytes[at]! <= 57) at++;
  return at;
}

function number(bytes: Uint8Array, start: number, end: number): number {
  let at = bytes[start] === 45 ? start + 1 : start;
  const whole = run(bytes, at, end);
  if (whole === at || (bytes[at] === 48 && whole > at + 1)) return -1;
  at = whole;
  if (at < end && bytes[at] === 46) {
    const fraction = run(bytes, at + 1, end);
    if (fraction === at + 1) return -1;
    at = fraction;
  }
  if (at < end && (bytes[at]! | 32) === 101) {
    const sign = bytes[at + 1] === 43 || bytes[at + 1] === 45 ? 2 : 1;
    const exponent = run(bytes, at + sign, end);
    if (exponent === at + sign) return -1;
    at = exponent;
  }
  return at;
}
