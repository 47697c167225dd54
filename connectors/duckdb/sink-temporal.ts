import { parseDate, parseTime } from './calendar.ts';
import { refuse, type Sink, type Text } from './sink-form.ts';
import { longPut } from './sink-number.ts';
import { ColumnBuffer } from './vector.ts';

/** DATE: days since 1970. */
export function dateSink(): Sink {
  const buffer = new ColumnBuffer(4);
  const view = new Int32Array(buffer.data.buffer);
  const text: Text = (bytes, start, end, row) => {
    const days = parseDate(bytes, start, end);
    view[row] = days;
    return !Number.isNaN(days);
  };
  return { buffer, text, integer: refuse, number: refuse, bytes: refuse };
}

const DAY = 86_400_000_000;

/** TIME: microseconds of the day. */
export function timeSink(): Sink {
  const buffer = new ColumnBuffer(8);
  const put = longPut(buffer, -(2n ** 63n) + 1n, 2n ** 63n - 2n);
  const text: Text = (bytes, start, end, row) => {
    const micros = parseTime(bytes, start, end);
    return !Number.isNaN(micros) && put(micros, row);
  };
  return { buffer, text, integer: refuse, number: refuse, bytes: refuse };
}

/** TIMESTAMP, with zone (texts are in UTC) and without: microseconds since 1970 of `YYYY-MM-DD HH:MM:SS[.f]`. */
export function timestampSink(): Sink {
  const buffer = new ColumnBuffer(8);
  const put = longPut(buffer, -(2n ** 63n) + 1n, 2n ** 63n - 2n);
  const text: Text = (bytes, start, end, row) => {
    const days = parseDate(bytes, start, Math.min(start + 10, end));
    if (Number.isNaN(days)) return false;
    const micros = end === start + 10 ? 0 : parseTime(bytes, start + 11, end);
    if (Number.isNaN(micros) || micros >= DAY || (end > start + 10 && bytes[start + 10] !== 32)) return false;
    const sum = days * DAY + micros;
    return put(Number.isSafeInteger(sum) ? sum : BigInt(days) * BigInt(DAY) + BigInt(micros), row);
  };
  return { buffer, text, integer: refuse, number: refuse, bytes: refuse };
}
