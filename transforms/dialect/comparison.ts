import { sideEnd, sideStart } from './operand.ts';
import type { Pass, Rule } from './pass.ts';

/** The sides of the comparison whose words are from `first` to `last`. */
function sides({ list, refused }: Pass, first: number, last: number): { start: number; end: number } {
  const start = sideStart(list, list.previous(first));
  const end = sideEnd(list, list.next(last));
  if (start === undefined || end === undefined) {
    throw refused(first, `It cannot be seen what \`${list.key(last)}\` compares`, 'Put both sides into brackets.');
  }
  return { start, end };
}

function ilike(pass: Pass): void {
  const { list } = pass;
  for (let place = 0; place < list.length; place++) {
    if (list.key(place) !== 'ilike') continue;
    const not = list.key(list.previous(place)) === 'not';
    const first = not ? list.previous(place) : place;
    const { start, end } = sides(pass, first, place);
    const left = list.slice(start, list.previous(first) + 1);
    const right = list.slice(list.next(place), end + 1);
    list.replace(start, end + 1, 'lower(', left, `) ${not ? 'not ' : ''}like lower(`, right, ')');
  }
}

function distinctFrom(pass: Pass): void {
  const { list } = pass;
  for (let place = 0; place < list.length; place++) {
    if (list.key(place) !== 'is') continue;
    const not = list.matches(place, 'is', 'not', 'distinct', 'from');
    if (!not && !list.matches(place, 'is', 'distinct', 'from')) continue;
    const from = Array.from({ length: not ? 3 : 2 }).reduce<number>((at) => list.next(at), place);
    const { start, end } = sides(pass, place, from);
    const left = list.slice(start, list.previous(place) + 1);
    const right = list.slice(list.next(from), end + 1);
    list.replace(start, end + 1, not ? '(' : '(not (', left, ' <=> ', right, not ? ')' : '))');
  }
}

export const comparisonRules: readonly Rule[] = [
  {
    title: '`ilike`',
    says: 'Both sides in small letters, by `like`.',
    examples: [
      "select 'Über' ilike 'üB%' as a, 'abc' not ilike 'X%' as b, 'é' ilike 'e' as c",
      "select x || 'D' ilike 'ABC' || '%' as a from (select 'abc' as x) t where x ilike 'A%' and true",
    ],
    apply: ilike,
  },
  {
    title: '`is distinct from`',
    says: 'Becomes `not (x <=> y)`, `is not distinct from` becomes `x <=> y`.',
    examples: [
      'select 1 is distinct from null as a, null is distinct from null as b, 1 + 1 is not distinct from 2 as c',
      'select x as a from (select 1 as x union all select null) t where x is distinct from 1',
    ],
    apply: distinctFrom,
  },
];
