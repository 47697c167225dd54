import { type Call, filled, literalNumber, literalText, type Parts, rewriteCalls } from './call.ts';
import { literalOf } from './lexical.ts';
import type { Pass, Rule } from './pass.ts';

const AT = 'cast($2 as datetime(6))';
const DAY = `cast(${AT} as date)`;
const JANUARY = `date_sub(${DAY}, interval dayofyear(${AT}) - 1 day)`;

/** The beginning of the part that `$2` is in, as `dbt.date_trunc` has it. */
const truncated: Readonly<Record<string, string>> = {
  century: `date_sub(${JANUARY}, interval year(${AT}) % 100 year)`,
  decade: `date_sub(${JANUARY}, interval year(${AT}) % 10 year)`,
  year: JANUARY,
  quarter: `date_add(${JANUARY}, interval quarter(${AT}) - 1 quarter)`,
  month: `date_sub(${DAY}, interval dayofmonth(${AT}) - 1 day)`,
  week: `date_sub(${DAY}, interval mod(to_days(${AT}) + 5, 7) day)`,
  day: DAY,
  hour: `date_format(${AT}, '%Y-%m-%d %H:00:00')`,
  minute: `date_format(${AT}, '%Y-%m-%d %H:%i:00')`,
  second: `date_format(${AT}, '%Y-%m-%d %H:%i:%s')`,
  millisecond: `date_sub(${AT}, interval microsecond(${AT}) % 1000 microsecond)`,
  microsecond: AT,
};

const YEAR = `cast(year(${AT}) as signed)`;
const DAYS = `cast(to_days(${AT}) as signed)`;
const HOURS = `(${DAYS} * 24 + hour(${AT}))`;
const MINUTES = `(${HOURS} * 60 + minute(${AT}))`;
const SECONDS = `(${MINUTES} * 60 + second(${AT}))`;

/** A number of the part that `$2` is in, counted from some beginning. Weeks are not here: DuckDB counts whole ones. */
const counted: Readonly<Record<string, string>> = {
  century: `(${YEAR} div 100)`,
  decade: `(${YEAR} div 10)`,
  year: YEAR,
  quarter: `(${YEAR} * 4 + quarter(${AT}))`,
  month: `(${YEAR} * 12 + month(${AT}))`,
  day: DAYS,
  hour: HOURS,
  minute: MINUTES,
  second: SECONDS,
  millisecond: `(${SECONDS} * 1000 + microsecond(${AT}) div 1000)`,
  microsecond: `(${SECONDS} * 1000000 + microsecond(${AT}))`,
};

/** The form for the part that a call names in a text, by the table of its forms. */
function formOf({ args, pass, place }: Call, forms: Readonly<Record<string, string>>, instead: string): string {
  const name = literalText(args[0])?.trim().toLowerCase() ?? '';
  const part = name === 'centuries' ? 'century' : name.replace(/s$/, '');
  if (Object.hasOwn(forms, part)) return forms[part]!;
  throw pass.refused(place, `\`${pass.list.key(place)}\` of this part`, `Use \`{{ dbt.${instead}() }}\`.`);
}

function truncation(call: Call): Parts | undefined {
  if (call.args.length !== 2) return undefined;
  return filled(`cast(${formOf(call, truncated, 'date_trunc')} as datetime(6))`, call.args);
}

function difference(call: Call): Parts | undefined {
  const [part, from, to] = call.args;
  // MySQL's own takes two dates.
  if (part === undefined || from === undefined || to === undefined) return undefined;
  const form = formOf(call, counted, 'datediff');
  return ['(', ...filled(form, [part, to]), ' - ', ...filled(form, [part, from]), ')'];
}

function part({ args }: Call): Parts | undefined {
  const name = literalText(args[0]);
  if (args.length !== 2 || name === undefined || !/^[a-z]+$/i.test(name)) return undefined;
  return [`extract(${name} from `, args[1]!, ')'];
}

/** What a function of one argument is here; of more it is the server's own. */
const ofOne =
  (form: string) =>
  ({ args }: Call) =>
    args.length === 1 ? filled(form, args) : undefined;

/** What a function without arguments is here. */
const ofNone =
  (form: string) =>
  ({ args }: Call) =>
    args.length === 0 ? [form] : undefined;

const SUNDAYS = "cast(date_format($1, '%w') as signed)";

/** Formats of DuckDB that `date_format` has too, by its own letters. */
const formats: Readonly<Record<string, string>> = { Y: '%Y', y: '%y', m: '%m', d: '%d', H: '%H', I: '%h', M: '%i', S: '%s', f: '%f', p: '%p', j: '%j', a: '%a', A: '%W', b: '%b', B: '%M', w: '%w', '%': '%%' }; // biome-ignore format: a table

function formatted({ args, pass, place }: Call): Parts {
  const text = literalText(args[1]);
  const made = text?.replace(/%(.?)/gs, (_, letter: string) => formats[letter] ?? '\0');
  if (args.length !== 2 || made === undefined || made.includes('\0')) {
    throw pass.refused(place, '`strftime` of this format', 'Put it together from `extract` and `lpad`.');
  }
  return ['date_format(', args[0]!, `, '${made}')`];
}

function madeDate({ args }: Call): Parts | undefined {
  if (args.length !== 3) return undefined;
  return filled("cast(concat(lpad($1, 4, '0'), '-', lpad($2, 2, '0'), '-', lpad($3, 2, '0')) as date)", args);
}

function character({ args, pass, place }: Call): Parts {
  const code = literalNumber(args[0]);
  if (args.length === 1 && code !== undefined && code > 0 && code < 128) return [`char(${code} using utf8mb4)`];
  throw pass.refused(place, '`chr` of this', 'Write the character itself in a text.');
}

const WRITTEN = /^'\s*(\d+-\d+-\d+)(?:[ T]+(\d+:\d+(?::\d+(?:\.\d{1,6})?)?)\d*)?\s*'$/i;

/** A text behind `timestamp` as the servers want it: with a time, and no more digits than they keep, which they would round. */
function literals({ list }: Pass): void {
  for (let place = 0; place < list.length; place++) {
    const text = list.next(place);
    if (list.key(place) !== 'timestamp' || list.at(text).kind !== 'string') continue;
    const [, day, time = '00:00:00'] = WRITTEN.exec(list.at(text).text) ?? [];
    if (day !== undefined) list.set(text, { ...list.at(text), text: literalOf(`${day} ${time}`) });
  }
}

export const dateRules: readonly Rule[] = [
  {
    title: "`timestamp '...'`",
    says: 'A day alone is its beginning, `T` is a blank, and digits beyond the sixth of a second are left out, as DuckDB does.',
    examples: [
      "select timestamp '2024-05-17' as a, timestamp '2024-05-17T10:11:12' as b, timestamp '2024-05-17 10:11:12.1234567' as c",
    ],
    apply: literals,
  },
  {
    title: '`date_trunc`',
    says: "`date_trunc('part', x)` becomes the DATETIME(6) at which the part begins, which is named in a text; weeks begin on Monday.",
    examples: [
      "select date_trunc('month', timestamp '2024-05-17 10:11:12.5') as a, date_trunc('week', date '2024-05-17') as b, date_trunc('hour', timestamp '2024-05-17 10:11:12.5') as c",
      "select date_trunc('quarter', x) as a, date_trunc('year', x) as b, date_trunc('day', x)::date as c from (select timestamp '2024-05-17 10:11:12' as x) t",
      "select date_trunc('month', date_trunc('quarter', date '2024-05-17')) as a, date_trunc('decade', date '2024-05-17') as b, date_trunc('second', timestamp '2024-05-17 10:11:12.5') as c",
    ],
    apply: rewriteCalls({ date_trunc: truncation, datetrunc: truncation }),
  },
  {
    title: '`date_diff`, `datediff`',
    says: "`date_diff('part', x, y)` counts the borders of a part from x to y. `week` is refused: DuckDB and dbt count otherwise.",
    examples: [
      "select date_diff('day', date '2024-02-28', date '2024-03-01') as a, datediff('month', date '2024-01-31', date '2024-02-01') as b",
      "select date_diff('hour', timestamp '2024-01-01 00:59:59', timestamp '2024-01-01 02:00:00') as a, date_diff('year', date '2024-12-31', date '2023-01-01') as b",
    ],
    apply: rewriteCalls({ date_diff: difference, datediff: difference }),
  },
  {
    title: '`date_part`',
    says: "`date_part('part', x)` becomes `extract(part from x)`.",
    examples: [
      "select date_part('year', date '2024-05-17') as a, date_part('dow', date '2024-05-19') as b, datepart('week', date '2024-12-30') as c",
    ],
    apply: rewriteCalls({ date_part: part, datepart: part }),
  },
  {
    title: '`dayofweek(x)`, `week(x)` and others',
    says: 'Days of weeks are counted from Sunday, which is 0 (`isodow`: 7, from Monday, which is 1); weeks are those of ISO 8601; `epoch(x)` are the seconds from 1970 on.',
    examples: [
      "select dayofweek(date '2024-12-29') as a, weekday(date '2024-12-30') as b, isodow(date '2024-12-29') as c",
      "select week(date '2024-12-30') as a, week(date '2023-01-01') as b, yearweek(date '2024-12-30') as c",
      "select epoch(timestamp '2024-01-01 00:00:00.5') as a, extract(epoch from date '2024-01-01') as b",
    ],
    apply: rewriteCalls({
      dayofweek: ofOne(SUNDAYS),
      weekday: ofOne(SUNDAYS),
      isodow: ofOne(`(mod(${SUNDAYS} + 6, 7) + 1)`),
      week: ofOne('week($1, 3)'),
      yearweek: ofOne('yearweek($1, 3)'),
      epoch: ofOne("(timestampdiff(microsecond, '1970-01-01', $1) / 1e6)"),
    }),
  },
  {
    title: '`strftime(x, format)`, `make_date(year, month, day)`',
    says: 'Become `date_format`, with a format that is a text of %Y %y %m %d %H %I %M %S %f %p %j %a %A %b %B %w and %%, and a cast to a date.',
    examples: [
      "select strftime(timestamp '2024-05-07 10:09:08', '%Y/%m/%d %H:%M:%S') as a, strftime(date '2024-05-07', '%j %B %%') as b",
      'select make_date(2024, 2, 29) as a, make_date(987, 1, 2) as b',
    ],
    apply: rewriteCalls({ strftime: formatted, make_date: madeDate }),
  },
  {
    title: '`today()`, `random()`, `gen_random_uuid()`',
    says: 'Become `current_date`, `rand()` and `uuid()`.',
    examples: ['select today() = current_date as a, random() < 1 as b, length(gen_random_uuid()::text) as c'],
    apply: rewriteCalls({
      today: ofNone('current_date'),
      random: ofNone('rand()'),
      gen_random_uuid: ofNone('uuid()'),
    }),
  },
  {
    title: '`chr(n)`',
    says: 'Of a number from 1 to 127.',
    examples: ["select 'a' || chr(10) || chr(98) as a"],
    apply: rewriteCalls({ chr: character }),
  },
];
