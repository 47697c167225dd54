import type { Column, ColumnType, StreamSchema } from '../../connectors/contract/index.ts';
import type { Value } from '../../connectors/types/index.ts';
import { fc } from '../random.ts';

/** A type and its values in canonical text, extremes among them. */
export interface TypeSample {
  readonly name: string;
  readonly type: ColumnType;
  readonly value: fc.Arbitrary<Exclude<Value, null>>;
}

const big = (low: bigint, high: bigint) =>
  fc.oneof(fc.bigInt({ min: low, max: high }), fc.constantFrom(low, high, low + 1n, high - 1n, 0n)).map(String);
const integer = (bits: 8 | 16 | 24 | 32 | 64 | 128, unsigned: boolean): TypeSample => {
  const half = 2n ** BigInt(bits - 1);
  return {
    name: `int${bits}${unsigned ? 'u' : ''}`,
    type: { kind: 'integer', bits, unsigned },
    value: unsigned ? big(0n, 2n * half - 1n) : big(-half, half - 1n),
  };
};

/** Digits of a decimal with all its scale; never -0. */
function decimalText(precision: number, scale: number): fc.Arbitrary<string> {
  const most = 10n ** BigInt(precision) - 1n;
  return big(-most, most).map((text) => {
    const digits = text.replace('-', '').padStart(scale + 1, '0');
    const shown = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
    return text.startsWith('-') ? `-${shown}` : shown;
  });
}

const decimal = (precision: number, scale: number): TypeSample => ({
  name: `decimal_${precision}_${scale}`,
  type: { kind: 'decimal', precision, scale, unsigned: false },
  value: decimalText(precision, scale),
});

const doubles = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(5e-324, 1.7976931348623157e308, 2 ** 53 + 2, 1e15, 1e21, 0.1, -0, 1e-7, 123456.7, 99999999999999.9),
  fc.integer({ min: -1e9, max: 1e9 }).map((n) => n / 100),
);
const floats = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(16777216, Math.fround(0.1), Math.fround(3.4028234663852886e38), 1.401298464324817e-45, -0),
);
const shown = (x: number) => (Object.is(x, -0) ? '-0' : String(x));

/** The shortest decimal text that rounds to this 32-bit float, found by trying. */
export function shortest32(x: number): string {
  for (let digits = 1; digits < 10; digits += 1) {
    const short = Number(x.toPrecision(digits));
    if (Math.fround(short) === x) return shown(short);
  }
  throw new Error(`no text for ${x}`);
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'binary', minLength: 49, maxLength: 400 }),
  fc.constantFrom('', '\\N', 'a\tb\nc\\d\0e\rf', "'", '😀', '\\', 'NULL', ' x '),
);
const bytes = fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.constant(Uint8Array.from({ length: 256 }, (_, i) => i)));
const temporal = (kind: 'time' | 'datetime' | 'timestamp', ...values: string[]): TypeSample => ({
  name: kind,
  type: { kind, fsp: 6 },
  value: fc.constantFrom(...values),
});
const numbers = fc.array(floats, { maxLength: 5 });

/** One sample of every kind. */
export const samples: readonly TypeSample[] = [
  { name: 'boolean', type: { kind: 'boolean' }, value: fc.constantFrom('0', '1') },
  ...([8, 16, 24, 32, 64, 128] as const).flatMap((bits) => [integer(bits, false), integer(bits, true)]),
  ...(
    [
      [1, 0],
      [5, 5],
      [10, 2],
      [18, 4],
      [19, 0],
      [20, 10],
      [38, 10],
      [65, 30],
    ] as const
  ).map(([p, s]) => decimal(p, s)),
  { name: 'float', type: { kind: 'float', bits: 32, unsigned: false }, value: floats.map(shortest32) },
  { name: 'double', type: { kind: 'float', bits: 64, unsigned: false }, value: doubles.map(shown) },
  { name: 'varchar', type: { kind: 'text', length: 500 }, value: text },
  { name: 'blob', type: { kind: 'bytes', bytes: 65535 }, value: bytes },
  { name: 'date', type: { kind: 'date' }, value: fc.constantFrom('0000-00-00', '2024-02-31', '9999-12-31') },
  temporal('time', '-838:59:59.999999', '838:59:59.000000', '-00:00:00.000001'),
  temporal('datetime', '0000-00-00 00:00:00.000000', '2024-00-00 12:13:14.000001', '9999-12-31 23:59:59.999999'),
  temporal('timestamp', '1970-01-01 00:00:01.000000', '2038-01-19 03:14:07.999999'),
  { name: 'year', type: { kind: 'year' }, value: fc.constantFrom('0', '1901', '2155') },
  { name: 'bit12', type: { kind: 'bit', width: 12 }, value: fc.uint8Array({ minLength: 2, maxLength: 2 }) },
  { name: 'bit64', type: { kind: 'bit', width: 64 }, value: fc.uint8Array({ minLength: 8, maxLength: 8 }) },
  {
    name: 'enum',
    type: { kind: 'enum', members: ['a,b', "it's", '', '3', '1'] },
    value: fc.constantFrom('a,b', "it's", '', '3', '1'),
  },
  { name: 'set', type: { kind: 'set', members: ['x', "it's", '😀'] }, value: fc.constantFrom('', 'x', "x,it's,😀") },
  { name: 'json', type: { kind: 'json' }, value: fc.json() },
  { name: 'uuid', type: { kind: 'uuid' }, value: fc.uuid() },
  { name: 'inet6', type: { kind: 'inet6' }, value: fc.ipV6() },
  { name: 'vector', type: { kind: 'vector' }, value: numbers.map((all) => `[${all.map(shortest32).join(',')}]`) },
];

/** A table with two columns of every sample: NOT NULL, and nullable with every other one having a default. */
export const everyType: StreamSchema = {
  stream: { namespace: 'shop', name: 'every type' },
  key: ['int64'],
  columns: samples.flatMap(({ name, type }, i): Column[] => [
    { name, type, nullable: false },
    {
      name: `${name} or null`,
      type,
      nullable: true,
      ...(i % 2 === 0 ? { default: { kind: 'value', text: '1' } } : {}),
    },
  ]),
};

/** A row of `everyType`. */
export const everyRow: fc.Arbitrary<Value[]> = fc.tuple(
  ...samples.flatMap(({ value }): fc.Arbitrary<Value>[] => [value, fc.option(value)]),
);

/** Runs a property. A failure prints the seed; MILLRACE_TEST_SEED repeats it. */
export function holds<T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => void, runs = 200): void {
  fc.assert(fc.property(arbitrary, check), { numRuns: runs });
}

/** Values as a row of the MySQL text protocol. */
export function textRow(values: readonly Value[]): Buffer {
  return Buffer.concat(
    values.map((value) => (value === null ? Buffer.from([0xfb]) : lengthEncoded(Buffer.from(value)))),
  );
}

function lengthEncoded(bytes: Buffer): Buffer {
  const head = Buffer.alloc(9);
  if (bytes.length < 251) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  if (bytes.length < 0x10000) {
    head[0] = 0xfc;
    head.writeUInt16LE(bytes.length, 1);
    return Buffer.concat([head.subarray(0, 3), bytes]);
  }
  head[0] = bytes.length < 0x1000000 ? 0xfd : 0xfe;
  head.writeUIntLE(bytes.length, 1, 6);
  return Buffer.concat([head.subarray(0, head[0] === 0xfd ? 4 : 9), bytes]);
}

/** LOAD DATA text as values, read by the rules of the servers. */
export function parseLoadText(bytes: Uint8Array): (Buffer | null)[][] {
  const unescaped: Readonly<Record<string, number>> = { '0': 0, t: 9, n: 10, r: 13, '\\': 92 };
  const rows: (Buffer | null)[][] = [];
  let row: (Buffer | null)[] = [];
  let field: number[] = [];
  let isNull = false;
  const endField = () => {
    row.push(isNull ? null : Buffer.from(field));
    field = [];
    isNull = false;
  };
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i]!;
    if (byte === 92) {
      i += 1;
      const letter = String.fromCharCode(bytes[i]!);
      if (letter === 'N') isNull = true;
      else field.push(unescaped[letter]!);
    } else if (byte === 9 || byte === 10) {
      endField();
      if (byte === 10) rows.push(row);
      if (byte === 10) row = [];
    } else field.push(byte);
  }
  return rows;
}
