import { isFunction } from './function-name.ts';
import type { Pass, Rule } from './pass.ts';

function characterLength({ list }: Pass): void {
  for (let place = 0; place < list.length; place++) {
    if (isFunction(list, place, 'length')) list.replace(place, place + 1, 'char_length');
  }
}

/** What stands around the operand of EXTRACT for parts that the server does not know, or counts otherwise. */
const parts: ReadonlyMap<string, readonly [before: string, after: string]> = new Map([
  ['week', ['week(', ', 3)']],
  ['dow', ['cast(date_format(', ", '%w') as signed)"]],
  ['dayofweek', ['cast(date_format(', ", '%w') as signed)"]],
  ['isodow', ['(mod(cast(date_format(', ", '%w') as signed) + 6, 7) + 1)"]],
  ['microsecond', ['cast(date_format(', ", '%s%f') as signed)"]],
  ['millisecond', ['(cast(date_format(', ", '%s%f') as signed) div 1000)"]],
  ['decade', ['(year(', ') div 10)']],
  ['century', ['((year(', ') + 99) div 100)']],
  ['epoch', ["(timestampdiff(microsecond, '1970-01-01', ", ') / 1e6)']],
  ['doy', ['dayofyear(', ')']],
  ['dayofyear', ['dayofyear(', ')']],
  ['isoyear', ['(yearweek(', ', 3) div 100)']],
]);

function extracts({ list }: Pass): void {
  for (let place = list.length - 1; place >= 0; place--) {
    if (!isFunction(list, place, 'extract')) continue;
    const open = list.next(place);
    const part = list.next(open);
    const from = list.next(part);
    const form = parts.get(list.key(part));
    const close = list.closing(open);
    if (form === undefined || list.key(from) !== 'from' || close === undefined) continue;
    const [before, after] = form;
    list.replace(place, close + 1, before, list.slice(list.next(from), list.previous(close) + 1), after);
  }
}

const NOW: ReadonlySet<string> = new Set(['current_timestamp', 'localtimestamp']);

/** The server's own is in whole seconds. The default of a column must be as long as the column, and is left alone. */
function now({ list }: Pass): void {
  for (let place = 0; place < list.length; place++) {
    const before = list.key(list.previous(place));
    if (['.', 'as', 'default', 'update', 'into'].includes(before)) continue;
    const open = list.next(place);
    const called = list.key(open) === '(';
    if (NOW.has(list.key(place)) && !called) list.replace(place, place + 1, `${list.key(place)}(6)`);
    if (list.matches(place, 'now', '(', ')')) list.replace(place, list.next(open) + 1, 'now(6)');
  }
}

export const functionRules: readonly Rule[] = [
  {
    title: '`length(x)`',
    says: 'Counts characters, not bytes: becomes `char_length(x)`.',
    examples: ["select length('é€😀') as a, t.length as b from (select 3 as length) t"],
    apply: characterLength,
  },
  {
    title: '`extract(part from x)`',
    says: 'Weeks are those of ISO 8601, milliseconds and microseconds those of the minute; `dow`, `isodow`, `doy`, `isoyear`, `decade`, `century` and `epoch` are known.',
    examples: [
      "select extract(week from date '2024-12-30') as a, extract(week from date '2023-01-01') as b, extract(isoyear from date '2024-12-30') as c",
      "select extract(dow from date '2024-12-29') as a, extract(isodow from date '2024-12-29') as b, extract(doy from date '2024-12-31') as c",
      "select extract(millisecond from timestamp '2024-12-29 04:05:06.789') as a, extract(microsecond from timestamp '2024-12-29 04:05:06.789') as b",
      "select extract(decade from date '2024-12-29') as a, extract(century from date '2000-12-29') as b, extract(century from date '2001-12-29') as c",
      "select extract(year from date '2023-12-29') - extract(year from date '2024-12-29') as a",
      "select extract(year from date '2024-12-29') as a, extract(quarter from date '2024-12-29') as b, extract(hour from timestamp '2024-12-29 04:05:06') as c",
    ],
    apply: extracts,
  },
  {
    title: '`current_timestamp`, `localtimestamp`, `now()`',
    says: 'With microseconds. Not in the default of a column.',
    examples: [
      "select current_timestamp > timestamp '2020-01-01 00:00:00' as a, now() > timestamp '2020-01-01 00:00:00' as b",
    ],
    apply: now,
  },
];
