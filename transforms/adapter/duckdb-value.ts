import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { ColumnType } from '../../connectors/contract/index.ts';
import type { Value } from '../jinja/index.ts';
import { Bytes } from '../jinja/value/bytes.ts';
import { UNIX_ORDINAL } from '../jinja/value/calendar.ts';
import { PyDate } from '../jinja/value/date.ts';
import { PyDateTime } from '../jinja/value/datetime.ts';
import { PyDecimal } from '../jinja/value/decimal.ts';
import { Dict } from '../jinja/value/dict.ts';
import { PyFloat, toInt } from '../jinja/value/number.ts';
import { PyTime } from '../jinja/value/time.ts';
import { fixedUtc } from '../jinja/value/zone.ts';

const DAY = 86_400_000_000n;
/** 9999-12-31 as days since 1970: the last day that Python's dates have. */
const LAST_DAY = 2_932_896;
const FIRST_DAY = -719_162;

/** A value of DuckDB as templates see it. What Python has no type for is its text. */
export function duckdbValue(value: DuckDBValue, type: ColumnType): Value {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return toInt(value);
  if (typeof value === 'number') return type.kind === 'float' ? new PyFloat(value) : value;
  if (value instanceof DuckDBDecimalValue) return new PyDecimal(value.value, -value.scale);
  if (value instanceof DuckDBBlobValue) return new Bytes(value.bytes);
  return momentOf(value) ?? nestedValue(value) ?? String(value);
}

function momentOf(value: DuckDBValue): Value | undefined {
  if (value instanceof DuckDBDateValue)
    return hasDay(value.days) ? PyDate.ofOrdinal(UNIX_ORDINAL + value.days) : undefined;
  if (value instanceof DuckDBTimeValue) return PyTime.ofMicros(Number(value.micros));
  const micros = microsOf(value);
  if (micros === undefined) return undefined;
  const days = micros >= 0n ? micros / DAY : -((-micros + DAY - 1n) / DAY);
  if (!hasDay(Number(days))) return undefined;
  const clock = { ordinal: UNIX_ORDINAL + Number(days), micros: Number(micros - days * DAY) };
  return value instanceof DuckDBTimestampTZValue ? PyDateTime.ofClock(clock, fixedUtc) : PyDateTime.ofClock(clock);
}

/** Infinity has no day either. */
function hasDay(days: number): boolean {
  return days >= FIRST_DAY && days <= LAST_DAY;
}

/** Microseconds since 1970; undefined for what is no moment, or one that is finer than Python's. */
function microsOf(value: DuckDBValue): bigint | undefined {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros;
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * 1_000_000n;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1000n;
  if (value instanceof DuckDBTimestampNanosecondsValue && value.nanos % 1000n === 0n) return value.nanos / 1000n;
  return undefined;
}

function nestedValue(value: DuckDBValue): Value | undefined {
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(inner);
  if (value instanceof DuckDBStructValue) {
    return Dict.of(Object.entries(value.entries).map(([key, item]) => [key, inner(item)] as const));
  }
  if (value instanceof DuckDBMapValue)
    return Dict.of(value.entries.map(({ key, value: item }) => [inner(key), inner(item)]));
  return undefined;
}

/** Numbers inside of lists have lost their type: whole ones are ints. */
function inner(value: DuckDBValue): Value {
  const isFloat = typeof value === 'number' && !Number.isInteger(value);
  return duckdbValue(value, isFloat ? { kind: 'float', bits: 64, unsigned: false } : { kind: 'unknown' });
}
