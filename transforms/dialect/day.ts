import { endsOperand, primaryEnd, primaryStart } from './operand.ts';
import type { Pass, Rule } from './pass.ts';
import type { TokenList } from './token-list.ts';

/** Whether the operand from `first` to `last` is seen to be a date: `current_date`, `date '...'`, `cast(x as date)`, `date(x)`, `last_day(x)`. */
function isDate(list: TokenList, first: number, last: number): boolean {
  const key = list.key(first);
  if (key === 'current_date') return first === last || list.next(list.next(first)) === last;
  if (key === 'date' && list.at(list.next(first)).kind === 'string') return list.next(first) === last;
  if (key === 'date' || key === 'last_day') return list.closing(list.next(first)) === last;
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

const MOMENTS: ReadonlySet<string> = new Set(['now', 'date_trunc', 'datetrunc']);

/** Whether it is seen to be a moment: `current_timestamp`, `timestamp '...'`, a cast to it, `date_trunc`. */
function isMoment(list: TokenList, first: number, last: number): boolean {
  const key = list.key(first);
  if (key === 'current_timestamp' || key === 'localtimestamp') return true;
  if (key === 'timestamp') return list.next(first) === last && list.at(last).kind === 'string';
  if (list.closing(list.next(first)) !== last) return false;
  if (MOMENTS.has(key)) return true;
  return key === 'cast' && /\bas\s+datetime\s*\(\s*\d\s*\)\s*\)$/i.test(list.text(first, last + 1));
}

/** Operators that would take the date before the one at hand does. */
const TIGHTER: ReadonlySet<string> = new Set('* / % || - div mod'.split(' '));

/** Dates with numbers, intervals and dates, where it is seen that they are dates; from the right, so that a left operand is as it was. */
function dates(pass: Pass): void {
  const { list } = pass;
  for (let place = 0; place < list.length; place++) {
    const sign = list.key(place);
    if (sign !== '+' && sign !== '-') continue;
    const interval = sign === '+' ? intervalBefore(list, place) : undefined;
    if (interval !== undefined) place = exchanged(list, interval, place);
    const last = list.previous(place);
    const first = primaryStart(list, last);
    if (first === undefined) continue;
    if (sign === '-') refuseMoments(pass, first, place);
    if (!isDate(list, first, last) || TIGHTER.has(list.key(list.previous(first)))) continue;
    place = changed(list, first, place);
  }
}

/** Where the interval begins that is the left side of a sign, and no right side of another; undefined where there is none. */
function intervalBefore(list: TokenList, sign: number): number | undefined {
  const unit = list.previous(sign);
  const start = list.at(unit).kind === 'word' ? primaryStart(list, list.previous(unit)) : undefined;
  if (start === undefined) return undefined;
  // Its value may have a sign, or be of two numbers (`interval 0 + (x)`).
  for (let place = list.previous(start), steps = 0; steps < 3; place = list.previous(place), steps++) {
    if (list.key(place) !== 'interval') continue;
    const before = list.previous(place);
    const added = list.key(before) === '+' || list.key(before) === '-';
    return added && endsOperand(list, list.previous(before)) ? undefined : place;
  }
  return undefined;
}

/** The time between two moments has no type here: it would be a number of their digits. */
function refuseMoments({ list, refused }: Pass, first: number, sign: number): void {
  const right = list.next(sign);
  if (list.key(right) === 'interval') return;
  const end = primaryEnd(list, right);
  const is = isMoment(list, first, list.previous(sign)) || (end !== undefined && isMoment(list, right, end));
  if (!is) return;
  throw refused(
    sign,
    'A moment less another is the number of their digits here',
    'Use `{{ dbt.datediff() }}`, or `extract(epoch from x - y)` for seconds.',
  );
}

/**
 * `interval 1 day + x` with its sides exchanged: MySQL would take all that follows, comparisons too, for what the interval is added to. Gives the
 * place of the sign.
 */
function exchanged(list: TokenList, interval: number, sign: number): number {
  const first = list.next(sign);
  const last = primaryEnd(list, first);
  if (last === undefined || list.key(first) === 'interval') return sign;
  const operand = list.slice(first, last + 1);
  list.replace(interval, last + 1, operand, ' + ', list.slice(interval, list.previous(sign) + 1));
  return interval + operand.length + 1;
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
    says: "Where it is seen that a value is a date (`current_date`, `date '...'`, a cast to it, `date(x)`, `last_day(x)`): a number is one of days, an interval makes a moment of it, and the difference of two is in days. A difference of what is seen to be a moment is refused.",
    examples: [
      "select date '2024-03-01' - 2 as a, '2024-02-28'::date + 2 as b, current_date - 7 < current_date as c",
      "select date '2024-03-01' - date '2024-02-28' as a, cast('2024-03-01' as date) - cast('2024-02-28' as date) + 1 as b, current_date - current_date as c",
      "select date(x) - date '2024-02-28' as a, last_day(x) - 1 as b, interval '1 day' + date '2024-02-28' > x as c from (select timestamp '2024-03-01 10:00:00' as x) t",
      "select date '2024-01-31' + interval '1 day' as a, cast('2024-03-31' as date) - interval '1 month' as b",
    ],
    apply: dates,
  },
];
