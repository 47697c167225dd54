import { primaryStart, sideEnd, sideStart } from './operand.ts';
import type { Pass, Rule } from './pass.ts';

const ARITHMETIC: ReadonlySet<string> = new Set('+ - * / % div mod'.split(' '));

/** The side from `first` to `last` in brackets, where it is more than one operand with its sign. */
function bracketed({ list, refused }: Pass, first: number, last: number): void {
  const operand = primaryStart(list, last);
  if (operand === undefined || first === operand || list.next(first) === operand) return;
  if (list.slice(first, last + 1).some(({ key }) => key === 'interval')) {
    throw refused(first, 'A sum with an interval as a side of `||`', 'Put the sum into brackets.');
  }
  list.replace(first, last + 1, '(', list.slice(first, last + 1), ')');
}

/** Here `||` binds tighter than arithmetic, and `'a' || 2 + 3` would be a sum. */
function concatenations(pass: Pass): void {
  const { list, refused } = pass;
  for (let place = 0; place < list.length; place++) {
    if (list.key(place) !== '||') continue;
    const right = list.next(place);
    const end = sideEnd(list, right, ARITHMETIC);
    if (end !== undefined) bracketed(pass, right, end);
    const last = list.previous(place);
    const start = sideStart(list, last, ARITHMETIC);
    if (start === undefined) continue;
    if (list.key(list.previous(list.previous(start))) === 'interval') {
      throw refused(start, 'A sum with an interval as a side of `||`', 'Put the sum into brackets.');
    }
    const before = list.length;
    bracketed(pass, start, last);
    place += list.length - before;
  }
}

export const concatenationRules: readonly Rule[] = [
  {
    title: '`||` beside arithmetic',
    says: 'Binds less than `+ - * / %`: a sum or product beside it is put into brackets.',
    examples: [
      "select 'a' || 2 + 3 as a, 10 - 2 * 3 || 'b' as b, 'c' || -1 || 'd' as c",
      "select x || '-' || x % 4 + 1 as a from (select 7 as x) t where x || '' = 3 + 4 || ''",
    ],
    apply: concatenations,
  },
];
