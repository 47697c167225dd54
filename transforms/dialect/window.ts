import type { Pass, Rule } from './pass.ts';
import type { TokenList } from './token-list.ts';

/** The bracket in which a window is described that begins at a place: behind OVER, or behind AS where one is named. */
function windowAt(list: TokenList, place: number): number | undefined {
  const open = list.next(place);
  if (list.key(open) !== '(') return undefined;
  const named = list.key(place) === 'as' && ['partition', 'order'].includes(list.key(list.next(open)));
  return named || list.key(place) === 'over' ? open : undefined;
}

const ENDS: ReadonlySet<string> = new Set([',', ')', 'asc', 'desc', 'nulls', 'order', 'rows', 'range', 'groups']);

/** A number there is a constant, and not the number of a column: TiDB takes it for one, and MySQL refuses it. */
function constants({ list }: Pass): void {
  for (let place = 0; place < list.length; place++) {
    const open = windowAt(list, place);
    const close = open === undefined ? undefined : list.closing(open);
    if (open === undefined || close === undefined) continue;
    for (let item = list.next(open), depth = 0; item < close; item = list.next(item)) {
      const key = list.key(item);
      depth += key === '(' ? 1 : key === ')' ? -1 : 0;
      if (depth > 0 || (key !== 'by' && key !== ',')) continue;
      const value = list.next(item);
      const constant = list.at(value).kind === 'number' && ENDS.has(list.key(list.next(value)));
      if (constant) list.replace(value, value + 1, 'null');
    }
  }
}

export const windowRules: readonly Rule[] = [
  {
    title: 'Constants in windows',
    says: 'A number by which a window is parted or ordered is no number of a column: NULL stands for it.',
    examples: [
      'select x as a, row_number() over (partition by 1 order by x) as b, count(*) over (order by 1) as c from (select 5 as x union all select 6) t order by a',
      'select x as a, row_number() over w as b from (select 5 as x union all select 6) t window w as (partition by 2, x order by x, 1 desc) order by a',
    ],
    apply: constants,
  },
];
