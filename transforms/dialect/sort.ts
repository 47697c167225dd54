import { primaryEnd } from './operand.ts';
import type { Pass, Rule } from './pass.ts';
import type { TokenList } from './token-list.ts';

/** Where the sort item begins that `nulls` at a place belongs to. Undefined where it belongs to none. */
function itemStart(list: TokenList, nulls: number): number | undefined {
  for (let place = nulls - 1, depth = 0; place >= 0; place--) {
    const key = list.key(place);
    if (key === ')') depth++;
    if (key === '(') depth--;
    if (depth < 0) return undefined;
    if (depth === 0 && (key === ',' || key === 'by')) return list.next(place);
  }
  return undefined;
}

/** Here NULLs come before all else in an ascending order. Where that is not what is asked for, whether it is NULL is sorted by first. */
function nullOrder({ list, refused }: Pass): void {
  for (let place = 0; place < list.length; place++) {
    const end = list.key(list.next(place));
    if (list.key(place) !== 'nulls' || (end !== 'first' && end !== 'last')) continue;
    const start = itemStart(list, place);
    if (start === undefined) continue;
    const direction = list.key(list.previous(place));
    const named = direction === 'asc' || direction === 'desc';
    const last = list.previous(named ? list.previous(place) : place);
    const lastKept = list.previous(place);
    const behind = list.next(place) + 1;
    if ((direction === 'desc') === (end === 'last')) {
      list.replace(lastKept + 1, behind);
      continue;
    }
    if (list.at(start).kind === 'number') {
      throw refused(place, 'The place of NULLs cannot be told of a column by its number', 'Name the column.');
    }
    const item = list.slice(start, last + 1);
    const single = primaryEnd(list, start) === last;
    const test = ` is ${end === 'first' ? 'not ' : ''}null, `;
    const [open, close] = single ? ['', ''] : ['(', ')'];
    list.replace(start, behind, open, item, `${close}${test}`, item, named ? ` ${direction}` : '');
    place = start;
  }
}

export const sortRules: readonly Rule[] = [
  {
    title: '`nulls first`, `nulls last`',
    says: 'Left out where it is what the server does (NULLs are its smallest values); else whether it is NULL is sorted by first.',
    examples: [
      'select x as a from (select 1 as x union all select null union all select 2) t order by x nulls last',
      'select x as a from (select 1 as x union all select null union all select 2) t order by x desc nulls first',
      'select x as a from (select 1 as x union all select null union all select 2) t order by x nulls first, 1 + x desc nulls last',
      'select x as a, row_number() over (order by -x asc nulls last) as b from (select 1 as x union all select null union all select 2) t order by b',
    ],
    apply: nullOrder,
  },
];
