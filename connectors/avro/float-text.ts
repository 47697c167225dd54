import { writeDigits } from './integer-text.ts';
import type { ByteSink } from './sink.ts';

/** Powers of ten that a double holds exactly. */
const powers = Array.from({ length: 23 }, (_, i) => 10 ** i);
const exactDigits = 15;
const smallestNormal = 2 ** -126;
const names: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

/** The double that a text stands for, rounded once; undefined for what is no number. */
export function parseDouble(from: Buffer, start: number, end: number): number | undefined {
  const negative = from[start] === 45;
  let mantissa = 0;
  let digits = 0;
  let point = -1;
  for (let at = negative ? start + 1 : start; at < end; at += 1) {
    const byte = from[at]!;
    if (byte === 46 && point < 0) point = at;
    else if (byte >= 48 && byte <= 57 && digits < exactDigits) {
      mantissa = mantissa * 10 + (byte - 48);
      digits += 1;
    } else return parseSlowly(from, start, end);
  }
  if (digits === 0) return undefined;
  // Up to 15 digits and 10^22 are exact doubles, so that the one division rounds correctly.
  const value = point < 0 ? mantissa : mantissa / powers[end - point - 1]!;
  return negative ? -value : value;
}

function parseSlowly(from: Buffer, start: number, end: number): number | undefined {
  const text = from.toString('latin1', start, end);
  const number = Number(text);
  if (!Number.isNaN(number) && text.trim() !== '') return number;
  return text === 'NaN' ? Number.NaN : names[text.toLowerCase()];
}

/** Writes the shortest text that stands for the double; the caller has reserved 26 bytes. */
export function writeDouble(value: number, to: ByteSink): void {
  if (value !== 0) {
    for (let places = 0; places < 7; places += 1) {
      const scaled = Math.round(value * powers[places]!);
      if (Math.abs(scaled) >= 1e15) break;
      // Two texts of 15 digits never stand for one double: this is the shortest.
      if (scaled / powers[places]! === value) {
        writePlaces(scaled, places, to);
        return;
      }
    }
  }
  to.length += to.bytes.write(Object.is(value, -0) ? '-0' : String(value), to.length, 'latin1');
}

/** Writes `scaled` / 10^`places` with a point. */
export function writePlaces(scaled: number, places: number, to: ByteSink): void {
  if (places === 0) {
    writeDigits(scaled, to);
    return;
  }
  if (scaled < 0) to.bytes[to.length++] = 45;
  const magnitude = Math.abs(scaled);
  const whole = Math.floor(magnitude / powers[places]!);
  writeDigits(whole, to);
  to.bytes[to.length++] = 46;
  writeDigits(magnitude - whole * powers[places]!, to, places);
}

/** The shortest text that stands for a 32-bit float among 32-bit floats. */
export function shortestFloat(value: number): string {
  // toPrecision loses the sign of zero.
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  // Six digits tell normal floats apart, so the shortest text is among the first tries; denormal ones need fewer.
  for (let precision = Math.abs(value) < smallestNormal ? 1 : 6; precision < 9; precision += 1) {
    const short = Number(value.toPrecision(precision));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}
