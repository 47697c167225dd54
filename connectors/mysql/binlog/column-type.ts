import type { BytesReader } from './bytes-reader.ts';

/** Numbers of the protocol for types of columns, as events of a log have them. */
export const CODE = {
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  null: 6,
  timestampOld: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  timeOld: 11,
  datetimeOld: 12,
  year: 13,
  newdate: 14,
  varchar: 15,
  bit: 16,
  timestamp: 17,
  datetime: 18,
  time: 19,
  blobCompressed: 140,
  varcharCompressed: 141,
  vector: 242,
  json: 245,
  decimal: 246,
  enum: 247,
  set: 248,
  blob: 252,
  varString: 253,
  string: 254,
  geometry: 255,
} as const;

/** A type with what its event says beside the number. */
export interface CellType {
  readonly code: number;
  /** DECIMAL: precision and scale; BIT: its width; temporal types: digits of the fraction; CHAR and BINARY: most bytes. */
  readonly precision: number;
  readonly scale: number;
  /** Bytes of a value in a row; below zero: that many bytes before it say its length. */
  readonly size: number;
}

const fixedSizes: Readonly<Record<number, number>> = {
  [CODE.tiny]: 1,
  [CODE.short]: 2,
  [CODE.int24]: 3,
  [CODE.long]: 4,
  [CODE.longlong]: 8,
  [CODE.null]: 0,
  [CODE.year]: 1,
  [CODE.date]: 3,
  [CODE.newdate]: 3,
};

const blobs: ReadonlySet<number> = new Set([CODE.blob, CODE.blobCompressed, CODE.json, CODE.geometry, CODE.vector]);
const decimalBytes = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4] as const;

/** Bytes of so many digits of a DECIMAL on one side of its point: nine digits in four. */
export function digitBytes(digits: number): number {
  return Math.floor(digits / 9) * 4 + decimalBytes[digits % 9]!;
}

/** The type of a column, its metadata taken from the reader; undefined for what is not known, or has no fixed form. */
export function cellType(code: number, metadata: BytesReader): CellType | undefined {
  const type = (size: number, precision = 0, scale = 0): CellType => ({ code, size, precision, scale });
  const fixed = fixedSizes[code];
  if (fixed !== undefined) return type(fixed);
  if (blobs.has(code)) return type(-metadata.number(1));
  switch (code) {
    case CODE.float:
    case CODE.double:
      return type(metadata.number(1));
    case CODE.varchar:
    case CODE.varString:
    case CODE.varcharCompressed: {
      const most = metadata.number(2);
      return type(most > 255 ? -2 : -1, most);
    }
    case CODE.bit: {
      const [bits, bytes] = [metadata.number(1), metadata.number(1)];
      return type(bytes + (bits > 0 ? 1 : 0), bytes * 8 + bits);
    }
    case CODE.decimal: {
      const [precision, scale] = [metadata.number(1), metadata.number(1)];
      return type(digitBytes(precision - scale) + digitBytes(scale), precision, scale);
    }
    case CODE.time:
    case CODE.datetime:
    case CODE.timestamp: {
      const digits = metadata.number(1);
      const whole = code === CODE.time ? 3 : code === CODE.datetime ? 5 : 4;
      return type(whole + ((digits + 1) >> 1), digits);
    }
    case CODE.string:
      return stringType(metadata.number(1), metadata.number(1));
    default:
      return undefined;
  }
}

/** CHAR, BINARY, ENUM and SET share a number; lengths above 255 lend two bits of the first byte. */
function stringType(first: number, second: number): CellType {
  if ((first & 0x30) !== 0x30) {
    const most = second | (((first & 0x30) ^ 0x30) << 4);
    return { code: first | 0x30, size: most > 255 ? -2 : -1, precision: most, scale: 0 };
  }
  if (first === CODE.enum || first === CODE.set) return { code: first, size: second, precision: 0, scale: 0 };
  return { code: first, size: -1, precision: second, scale: 0 };
}

const signed: ReadonlySet<number> = new Set([
  CODE.tiny,
  CODE.short,
  CODE.int24,
  CODE.long,
  CODE.longlong,
  CODE.decimal,
  CODE.float,
  CODE.double,
]);

/** Whether the metadata has a bit for the column's sign. */
export function hasSign(code: number): boolean {
  return signed.has(code);
}

const characters: ReadonlySet<number> = new Set([
  CODE.string,
  CODE.varString,
  CODE.varchar,
  CODE.blob,
  CODE.blobCompressed,
  CODE.varcharCompressed,
]);

/** Whether the metadata has a collation for the column: bytes too, theirs is `binary`. */
export function hasCollation(code: number): boolean {
  return characters.has(code);
}
