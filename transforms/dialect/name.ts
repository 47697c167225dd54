import type { Pass, Rule } from './pass.ts';

/** Names of functions of windows, and others that no statement has as a word unless a bracket or a range follows. */
const ANYWHERE: ReadonlySet<string> = new Set(
  'cume_dist dense_rank first_value groups lag last_value lead nth_value ntile percent_rank rank row_number system'.split(
    ' ',
  ),
);

/** Reserved on one of the servers, and in the standard free to name a column after AS. */
const AFTER_AS: ReadonlySet<string> = new Set(
  'accessible add analyze before cascade change column condition cube database databases delayed describe div drop each empty exit explain float4 float8 force function generated get grant high_priority hour_minute ignore index infile iterate key keys kill leave linear lines load lock long loop low_priority mod modifies mediumint natural option optionally out outfile parallel partition procedure purge range read reads release rename repeat replace require resignal restrict return revoke rlike row rows schema schemas separator show signal spatial sql ssl starting stored terminated trigger undo unlock usage use utc_date utc_time utc_timestamp varying virtual window write zerofill'.split(
    ' ',
  ),
);

function reservedNames({ list }: Pass): void {
  for (let place = 0; place < list.length; place++) {
    const { key, text } = list.at(place);
    const next = list.key(list.next(place));
    const before = list.key(list.previous(place));
    if (next === '(' || before === '@') continue;
    const frame = key === 'groups' && ['between', 'unbounded', 'current'].includes(next);
    const quoted = (ANYWHERE.has(key) && !frame) || (AFTER_AS.has(key) && before === 'as');
    if (quoted) list.replace(place, place + 1, `"${text}"`);
  }
}

export const nameRules: readonly Rule[] = [
  {
    title: 'Names in double quotes',
    says: 'Are names, by `sql_mode`. Texts stand in single quotes.',
    examples: ['select "x y" as "a""b" from (select 1 as "x y") t'],
  },
  {
    title: 'Reserved names',
    says: 'Names of window functions, `groups` and `system` are quoted where they are not called; other words that a server reserves are quoted after `as`.',
    examples: [
      'select rank as "a", t.row_number as b from (select x as rank, rank() over (order by x) as row_number from (select 1 as x) s) t',
      'select 1 as key, 2 as index, 3 as condition',
    ],
    apply: reservedNames,
  },
];
