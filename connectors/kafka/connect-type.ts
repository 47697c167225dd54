import { type ColumnType, millraceError } from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import { dateText, datetimeText, timeText, zonedText } from './connect-time.ts';

/** What a field says of itself beside its bare type: Kafka Connect's and Debezium's names, or Avro's logical types. */
export interface FieldMeaning {
  /** `boolean`, `int`, `long`, `float`, `double`, `string`, `bytes` or `decimal`. */
  readonly base: string;
  /** E.g. `io.debezium.time.MicroTimestamp`, `timestamp-micros`. */
  readonly name?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly precision?: number;
  readonly scale?: number;
  readonly symbols?: readonly string[];
}

/** A column's type, and what makes the field's bare value (numbers as digits) its canonical one. */
export interface Meant {
  readonly type: ColumnType;
  readonly convert?: (value: Exclude<Value, null>) => Value;
}

const text = { kind: 'text', charset: 'utf8mb4', collation: 'utf8mb4_bin' } as const;
const NO_LIMIT = 4_294_967_295;
const MILLIS = 1000n;
const MICROS = 1_000_000n;
const NANOS = 1_000_000_000n;

const datetime = (perSecond: bigint, fsp: 3 | 6): Meant => ({
  type: { kind: 'datetime', fsp },
  convert: datetimeText(perSecond),
});
const time = (perSecond: bigint, fsp: 3 | 6): Meant => ({ type: { kind: 'time', fsp }, convert: timeText(perSecond) });
const date: Meant = { type: { kind: 'date' }, convert: dateText };

const named: Readonly<Record<string, Meant>> = {
  'io.debezium.time.Date': date,
  'io.debezium.time.Time': time(MILLIS, 3),
  'io.debezium.time.MicroTime': time(MICROS, 6),
  'io.debezium.time.NanoTime': time(NANOS, 6),
  'io.debezium.time.Timestamp': datetime(MILLIS, 3),
  'io.debezium.time.MicroTimestamp': datetime(MICROS, 6),
  'io.debezium.time.NanoTimestamp': datetime(NANOS, 6),
  'io.debezium.time.ZonedTimestamp': { type: { kind: 'timestamp', fsp: 6 }, convert: zonedText },
  'io.debezium.time.Year': { type: { kind: 'year' } },
  'io.debezium.data.Json': { type: { kind: 'json' } },
  'io.debezium.data.Uuid': { type: { ...text, length: 36 } },
  // Connect's times have no zone: a DATETIME is written in them as if it were UTC.
  'org.apache.kafka.connect.data.Date': date,
  'org.apache.kafka.connect.data.Time': time(MILLIS, 3),
  'org.apache.kafka.connect.data.Timestamp': datetime(MILLIS, 3),
  date,
  'time-millis': time(MILLIS, 3),
  'time-micros': time(MICROS, 6),
  // Moments, as DATETIME in UTC: TIMESTAMP holds 1970 to 2038 alone.
  'timestamp-millis': datetime(MILLIS, 3),
  'timestamp-micros': datetime(MICROS, 6),
  'timestamp-nanos': datetime(NANOS, 6),
  'local-timestamp-millis': datetime(MILLIS, 3),
  'local-timestamp-micros': datetime(MICROS, 6),
  'local-timestamp-nanos': datetime(NANOS, 6),
  uuid: { type: { ...text, length: 36 } },
};

const bare: Readonly<Record<string, ColumnType>> = {
  boolean: { kind: 'boolean' },
  int: { kind: 'integer', bits: 32, unsigned: false },
  long: { kind: 'integer', bits: 64, unsigned: false },
  float: { kind: 'float', bits: 32, unsigned: false },
  double: { kind: 'float', bits: 64, unsigned: false },
  string: { ...text, bytes: NO_LIMIT },
  bytes: { kind: 'bytes', bytes: NO_LIMIT },
};

/** Undefined for what is not read. Throws `value.inexact` where the writer has rounded the column's values. */
export function connectType(field: FieldMeaning, at: string): Meant | undefined {
  const { base, name = '', parameters = {}, symbols } = field;
  if (base === 'decimal') return { type: decimalType(field) };
  const known = named[name];
  if (known !== undefined) return known;
  if (symbols !== undefined) return { type: members('enum', symbols) };
  if (name === 'io.debezium.data.Enum') return { type: members('enum', allowed(parameters)) };
  if (name === 'io.debezium.data.EnumSet') return { type: members('set', allowed(parameters)) };
  if (name === 'io.debezium.data.Bits') return bits(Number(parameters.length ?? 64));
  return sourceType(base, parameters, at) ?? plain(base);
}

function plain(base: string): Meant | undefined {
  const type = bare[base];
  return type === undefined ? undefined : { type };
}

function decimalType({ precision, scale = 0, parameters = {} }: FieldMeaning): ColumnType {
  const digits = precision ?? Number(parameters['connect.decimal.precision'] ?? 65);
  return { kind: 'decimal', precision: Math.min(Math.max(digits, scale), 65), scale, unsigned: false };
}

/** What Debezium tells of the source's column where `column.propagate.source.type` is set. */
function sourceType(base: string, parameters: Readonly<Record<string, string>>, at: string): Meant | undefined {
  const declared = (parameters['__debezium.source.column.type'] ?? '').toUpperCase();
  if (/^BIGINT UNSIGNED/.test(declared) && base === 'long') {
    return {
      type: { kind: 'integer', bits: 64, unsigned: true },
      convert: (value) => BigInt.asUintN(64, BigInt(String(value))).toString(),
    };
  }
  if (!/^(?:DECIMAL|NUMERIC)/.test(declared)) return undefined;
  if (base === 'double') {
    throw millraceError('value.inexact', `${at} is a ${declared} that was sent as double`, {
      at,
      fix: 'Set `decimal.handling.mode` of Debezium to `precise` or `string`, or leave the column out.',
    });
  }
  const scale = Number(parameters['__debezium.source.column.scale'] ?? 0);
  const precision = Number(parameters['__debezium.source.column.length'] ?? 65);
  return base === 'string' ? { type: { kind: 'decimal', precision, scale, unsigned: false } } : undefined;
}

function members(kind: 'enum' | 'set', names: readonly string[]): ColumnType {
  return { kind, members: names, charset: text.charset, collation: text.collation };
}

function allowed({ allowed: list = '' }: Readonly<Record<string, string>>): string[] {
  return list.split(/(?<!\\),/).map((member) => member.replaceAll('\\,', ','));
}

/** Debezium writes bits with the lowest byte first. */
function bits(width: number): Meant {
  const size = Math.ceil(width / 8);
  const convert = (value: Exclude<Value, null>): Value => {
    const whole = Buffer.alloc(size);
    whole.set((value as Uint8Array).subarray(0, size));
    return whole.reverse();
  };
  return { type: { kind: 'bit', width }, convert };
}
