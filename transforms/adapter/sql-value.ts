import type { ColumnType } from '../../connectors/contract/index.ts';
import type { Value } from '../jinja/index.ts';
import { Bytes } from '../jinja/value/bytes.ts';
import { PyDate } from '../jinja/value/date.ts';
import { PyDateTime } from '../jinja/value/datetime.ts';
import { PyDecimal } from '../jinja/value/decimal.ts';
import { PyFloat, toInt } from '../jinja/value/number.ts';
import { TimeDelta } from '../jinja/value/timedelta.ts';

/** A cell of the text protocol as a value. Exact but for FLOAT, of which servers write six digits. */
export function cellValue(cell: Buffer | null, type: ColumnType): Value {
  if (cell === null) return null;
  if (type.kind === 'bytes' || type.kind === 'vector') return new Bytes(cell);
  if (type.kind === 'bit') return toInt(BigInt(`0x${cell.toString('hex') || '0'}`));
  const text = cell.toString('utf8');
  switch (type.kind) {
    case 'integer':
    case 'year':
      return toInt(BigInt(text));
    case 'decimal':
      return PyDecimal.parse(text);
    case 'float':
      return new PyFloat(Number(text));
    case 'date':
      return onCalendar(text) ? PyDate.fromIso(text) : text;
    case 'datetime':
    case 'timestamp':
      return onCalendar(text) ? PyDateTime.fromIso(text) : text;
    case 'time':
      return timeOf(text);
    default:
      return text;
  }
}

/** Zero dates and days such as 2024-02-31 are values of the servers, but no dates. */
function onCalendar(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number) as [number, number, number];
  if (year === 0 || month === 0 || day === 0) return false;
  return day <= new Date(Date.UTC(year < 100 ? year + 2000 : year, month, 0)).getUTCDate();
}

/** `-838:59:58.999999`: hours may be more than a day has, and the whole below zero. */
function timeOf(text: string): TimeDelta {
  const [, sign, hours, minutes, seconds, fraction = ''] = /^(-?)(\d+):(\d+):(\d+)(?:\.(\d+))?$/.exec(text)!;
  const whole = (BigInt(hours!) * 60n + BigInt(minutes!)) * 60n + BigInt(seconds!);
  const micros = whole * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  return new TimeDelta(sign === '-' ? -micros : micros);
}
