import { primaryEnd } from './operand.ts';
import type { Pass, Rule } from './pass.ts';

type Unit = readonly [name: string, factor: bigint];

const units: ReadonlyMap<string, Unit> = new Map(
  (
    [
      ['microsecond', 1n, 'microseconds us usec usecs'],
      ['microsecond', 1000n, 'millisecond milliseconds ms msec msecs'],
      ['second', 1n, 'seconds sec secs'],
      ['minute', 1n, 'minutes min mins'],
      ['hour', 1n, 'hours hr hrs'],
      ['day', 1n, 'days'],
      ['week', 1n, 'weeks'],
      ['month', 1n, 'months mon mons'],
      ['quarter', 1n, 'quarters'],
      ['year', 1n, 'years yr yrs'],
      ['year', 10n, 'decade decades'],
      ['year', 100n, 'century centuries'],
    ] as const
  ).flatMap(([name, factor, others]) =>
    [name, ...others.split(' ')]
      .filter((other) => factor === 1n || other !== name)
      .map((other) => [other, [name, factor]] as const),
  ),
);

const PIECE = /([-+]?\d+(?:\.\d+)?)\s*([a-z]+)\s*/y;
const CLOCK = /([-+]?)(\d+):(\d\d)(?::(\d\d(?:\.\d{1,6})?))?\s*$/y;

/** Amounts with units, as MySQL writes them after INTERVAL. Undefined for a text that is none. */
function amountsOf(text: string): string[] | undefined {
  const found: string[] = [];
  let at = 0;
  for (let piece = match(PIECE, text, at); piece !== null; piece = match(PIECE, text, at)) {
    const amount = amountOf(piece[1]!, units.get(piece[2]!));
    if (amount === undefined) return undefined;
    found.push(amount);
    at += piece[0].length;
  }
  const clock = match(CLOCK, text, at);
  if (clock !== null) {
    const [whole, sign, hours, minutes, seconds = '0'] = clock;
    found.push(...[`${sign}${hours} hour`, `${sign}${minutes} minute`, `${sign}${seconds} second`]);
    at += whole.length;
  }
  return at === text.length && found.length > 0 ? found : undefined;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Only seconds may have a fraction: the server would round the others. */
function amountOf(digits: string, unit: Unit | undefined): string | undefined {
  if (unit === undefined) return undefined;
  const [name, factor] = unit;
  if (digits.includes('.')) return name === 'second' ? `${digits} second` : undefined;
  return `${BigInt(digits) * factor} ${name}`;
}

function intervals(pass: Pass): void {
  const { list } = pass;
  for (let place = 0; place < list.length; place++) {
    if (list.key(place) !== 'interval') continue;
    const value = list.next(place);
    const kind = list.at(value).kind;
    const unit = list.next(value);
    // Such as `year_month`: MySQL's own.
    if (list.key(unit).includes('_')) continue;
    if (kind === 'string' && !units.has(list.key(unit))) textInterval(pass, place, value);
    else valueInterval(pass, place, value);
  }
}

/** `interval '1 day 2 hours'`: one interval for each amount, joined by the sign before. */
function textInterval(pass: Pass, place: number, value: number): void {
  const { list, refused } = pass;
  const amounts = amountsOf(list.at(value).text.slice(1, -1).trim().toLowerCase());
  const sign = list.key(list.previous(place));
  const joins = sign === '+' || sign === '-';
  if (amounts === undefined || (amounts.length > 1 && !joins)) {
    throw refused(
      place,
      'This interval has no equal',
      'Add whole amounts one by one: `x + interval 1 day + interval 2 hour`.',
    );
  }
  notMultiplied(pass, place, value);
  list.replace(place, value + 1, amounts.map((amount) => `interval ${amount}`).join(` ${sign} `));
}

/** `interval 2 days`, `interval '2' days`, `interval (x) days`. */
function valueInterval(pass: Pass, place: number, value: number): void {
  const { list, refused } = pass;
  const last = primaryEnd(list, value);
  if (last === undefined) return;
  const unitPlace = list.next(last);
  const unit = units.get(list.key(unitPlace));
  if (unit === undefined) return;
  const [name, factor] = unit;
  const text = list.at(value).text.replaceAll("'", '');
  if (/^\d*\.\d+$/.test(text) && name !== 'second') {
    throw refused(value, 'Parts of an interval are rounded here', 'Use whole numbers of a smaller unit.');
  }
  notMultiplied(pass, place, unitPlace);
  list.replace(unitPlace, unitPlace + 1, name);
  const operand = list.slice(value, last + 1);
  if (factor !== 1n) list.replace(value, last + 1, `${factor} * (`, operand, ')');
  else if (list.key(value) === '(') list.replace(value, last + 1, '0 + ', operand);
}

/** A product would be of the date that the interval was added to. */
function notMultiplied({ list, refused }: Pass, first: number, last: number): void {
  const sign = [list.key(list.previous(first)), list.key(list.next(last))].find((key) => key === '*' || key === '/');
  if (sign === undefined) return;
  throw refused(
    first,
    `\`${sign}\` of an interval`,
    'Write `interval (n * 2) day`, or `{{ dbt.dateadd("day", "n * 2", "x") }}`.',
  );
}

export const intervalRules: readonly Rule[] = [
  {
    title: 'Intervals',
    says: "`interval '1 day'`, `interval '1 day 2 hours'`, `interval '01:30:00'`, units in the plural, and values in brackets.",
    examples: [
      "select timestamp '2024-01-31 00:00:00' + interval '1 month' as a, timestamp '2024-01-31 00:00:00' - interval '2 days' as b",
      "select timestamp '2024-01-31 00:00:00' + interval '1' day as a, timestamp '2024-01-31 00:00:00' + interval 3 weeks as b",
      "select timestamp '2024-01-31 00:00:00' - interval '1 day 2 hours' as a, timestamp '2024-01-31 00:00:00' + interval '-1 year' as b",
      "select timestamp '2024-01-31 00:00:00' + interval (x + 1) day as a from (select 1 as x) t",
      "select timestamp '2024-01-31 00:00:00' + interval '01:30:00' as a, timestamp '2024-01-31 00:00:00' + interval '1 decade' as b",
    ],
    apply: intervals,
  },
];
