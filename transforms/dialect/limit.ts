import type { Pass, Rule } from './pass.ts';
import type { TokenList } from './token-list.ts';

interface Rows {
  limit?: string | undefined;
  offset?: string;
  /** In the one order and form that the servers know. */
  plain: boolean;
  last: number;
}

/** A part of what bounds the rows at a place: sets it in `rows` and says whether there was one. */
function part(list: TokenList, place: number, rows: Rows, { refused }: Pass): boolean {
  const value = list.next(place);
  const key = list.key(place);
  if (key === 'limit' && rows.limit === undefined) {
    const all = list.key(value) === 'all' || list.key(value) === 'null';
    if (!all && list.at(value).kind !== 'number') return false;
    if (all || rows.offset !== undefined) rows.plain = false;
    rows.limit = all ? undefined : list.at(value).text;
    rows.last = value;
    return true;
  }
  if (key === 'offset' && list.at(value).kind === 'number') {
    const unit = list.next(value);
    const named = list.key(unit) === 'rows' || list.key(unit) === 'row';
    if (named || rows.limit === undefined) rows.plain = false;
    rows.offset = list.at(value).text;
    rows.last = named ? unit : value;
    return true;
  }
  if (key !== 'fetch' || !['first', 'next'].includes(list.key(value))) return false;
  const count = list.next(value);
  const counted = list.at(count).kind === 'number';
  const unit = counted ? list.next(count) : count;
  const only = list.next(unit);
  if (list.key(only) !== 'only') {
    throw refused(place, 'Rows with their equals (`with ties`)', 'Number them by `rank()` and choose by that.');
  }
  rows.plain = false;
  rows.limit = counted ? list.at(count).text : '1';
  rows.last = only;
  return true;
}

/** Every row: MySQL has no other way to leave some out from the beginning. */
const ALL_ROWS = '18446744073709551615';

function rowBounds(pass: Pass): void {
  const { list } = pass;
  for (let place = 0; place < list.length; place++) {
    if (!['limit', 'offset', 'fetch'].includes(list.key(place))) continue;
    if (['.', 'as', ',', 'select', 'by'].includes(list.key(list.previous(place)))) continue;
    const rows: Rows = { plain: true, last: place };
    if (!part(list, place, rows, pass)) continue;
    while (part(list, list.next(rows.last), rows, pass));
    const before = list.length;
    if (!rows.plain) list.replace(place, rows.last + 1, textOf(rows));
    place = rows.last + list.length - before;
  }
}

function textOf({ limit, offset }: Rows): string {
  if (offset === undefined) return limit === undefined ? '' : `limit ${limit}`;
  return `limit ${limit ?? ALL_ROWS} offset ${offset}`;
}

const numbers = '(select 1 as x union all select 2 union all select 3) t';

export const limitRules: readonly Rule[] = [
  {
    title: '`limit`, `offset`, `fetch`',
    says: 'Become `limit n offset m`.',
    examples: [
      `select x as a from ${numbers} order by x limit 1 offset 1`,
      `select x as a from ${numbers} order by x offset 1`,
      `select x as a from ${numbers} order by x limit all`,
      `select x as a from ${numbers} order by x offset 1 limit 1`,
      `select x as a from ${numbers} order by x offset 1 rows fetch next 1 rows only`,
      `select x as a from ${numbers} order by x fetch first row only`,
    ],
    apply: rowBounds,
  },
];
