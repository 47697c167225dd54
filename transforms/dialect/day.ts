import { primaryEnd, primaryStart } from './operand.ts';
import type { Pass, Rule } from './pass.ts';
import type { TokenList } from './token-list.ts';

/** Whether the operand from `first` to `last` is seen to be a date: `current_date`, `date '...'`, `cast(x as date)`. */
function isDate(list: TokenList, first: number, last: number): boolean {
  const key = list.key(first);
  if (key === 'current_date') return first === last || list.next(list.next(first)) === last;
  if (key === 'date') return list.next(first) === last && list.at(last).kind === 'string';
  if (key === 'date_add' || key === 'date_sub') return isShiftedByDays(list, first, last);
  const cast = key === 'cast' && list.closing(list.next(first)) === last;
  return cast && list.key(list.previous(last)) === 'date' && list.key(list.previous(list.previous(last))) === 'as';
}

/** `date_add(date, interval n day)`, as it was made of a sum before. */
function isShiftedByDays(list: TokenList, first: number, last: number): boolean {
  const open = list.next(first);
  if (list.closing(open) !== last) return false;
  const start = list.next(open);
  const end = primaryEnd(list, start);
  return end !== undefined && list.key(list.previous(last)) === 'day' && isDate(list, start, end);
}

/** Operators that would take the date before the one at hand does. */
const TIGHTER: ReadonlySet<string> = new Set('* / % || - div mod'.split(' '));

/** Dates with numbers, intervals and dates, where it is seen that they are dates; from the right, so that a left operand is as it was. */
function dates({ list }: Pass): void {
  for (let place = 0; place < list.length; place++) {
    const sign = list.key(place);
    if (sign !== '+' && sign !== '-') continue;
    const last = list.previous(place);
    const first = primaryStart(list, last);
    if (first === undefined || !isDate(list, first, last) || TIGHTER.has(list.key(list.previous(first)))) continue;
    place = changed(list, first, place);
  }
}

/** Where to go on behind the sum at a sign whose left operand is a date. */
function changed(list: TokenList, first: number, sign: number): number {
  const left = list.slice(first, list.previous(sign) + 1);
  const right = list.next(sign);
  const before = list.length;
  if (list.key(right) === 'interval') {
    list.replace(first, sign, 'cast(', left, ' as datetime(6)) ');
    return sign + list.length - before;
  }
  const end = primaryEnd(list, right);
  if (end === undefined || ['*', '/', '%'].includes(list.key(list.next(end)))) return sign;
  const operand = list.slice(right, end + 1);
  if (isDate(list, right, end)) {
    if (list.key(sign) === '-') list.replace(first, end + 1, 'datediff(', left, ', ', operand, ')');
  } else if (list.at(right).kind === 'number' && right === end && /^\d+$/.test(list.at(right).text)) {
    list.replace(
      first,
      end + 1,
      list.key(sign) === '-' ? 'date_sub(' : 'date_add(',
      left,
      ', interval ',
      operand,
      ' day)',
    );
  } else return sign;
  return end + list.length - before;
}

export const dayRules: readonly Rule[] = [
  {
    title: 'Dates, less or plus something',
    says: "Where it is seen that a value is a date (`current_date`, `date '...'`, a cast to it): a number is one of days, an interval makes a moment of it, and the difference of two is in days.",
    examples: [
      "select date '2024-03-01' - 2 as a, '2024-02-28'::date + 2 as b, current_date - 7 < current_date as c",
      "select date '2024-03-01' - date '2024-02-28' as a, cast('2024-03-01' as date) - cast('2024-02-28' as date) + 1 as b, current_date - current_date as c",
      "select date '2024-01-31' + interval '1 day' as a, cast('2024-03-31' as date) - interval '1 month' as b",
    ],
    apply: dates,
  },
];
