import { argsBetween, type Parts } from './call.ts';
import type { Pass, Rule } from './pass.ts';
import type { Token } from './token.ts';
import type { TokenList } from './token-list.ts';

/** The rows of the VALUES whose word is at a place, up to the bracket that closes around them. */
function rowsOf(list: TokenList, values: number, close: number): (readonly (readonly Token[])[])[] | undefined {
  const rows = [];
  for (let place = list.next(values); place < close; place = list.next(place)) {
    const end = list.key(place) === '(' ? list.closing(place) : undefined;
    if (end === undefined) return undefined;
    rows.push(argsBetween(list, place, end));
    place = list.next(end);
    if (place < close && list.key(place) !== ',') return undefined;
  }
  return rows;
}

/** Names in brackets at a place; undefined where there are none. */
function namesAt(list: TokenList, open: number): readonly (readonly Token[])[] | undefined {
  const close = list.key(open) === '(' ? list.closing(open) : undefined;
  return close === undefined ? undefined : argsBetween(list, open, close);
}

/** The bracket of the names of a derived table, behind its alias. */
function namesPlace(list: TokenList, close: number): number {
  const alias = list.key(list.next(close)) === 'as' ? list.next(list.next(close)) : list.next(close);
  return list.next(alias);
}

/** Rows of a derived table or of a CTE with named columns as a union of queries. */
function valueLists({ list, refused }: Pass): void {
  for (let open = list.length - 1; open >= 0; open--) {
    if (!list.matches(open, '(', 'values', '(')) continue;
    const before = list.key(list.previous(open));
    if (!['from', 'join', ',', 'as', 'lateral'].includes(before)) continue;
    const close = list.closing(open);
    const rows = close === undefined ? undefined : rowsOf(list, list.next(open), close);
    const behind = close === undefined || before === 'as' ? -1 : namesPlace(list, close);
    const names = before === 'as' ? cteNames(list, open) : namesAt(list, behind);
    if (
      close === undefined ||
      rows === undefined ||
      names === undefined ||
      rows.some((row) => row.length !== names.length)
    ) {
      throw refused(
        list.next(open),
        '`values` without names of its columns',
        'Write `(values (1, 2)) as t(x, y)`, or `select ... union all select ...`.',
      );
    }
    if (before !== 'as') list.replace(behind, list.closing(behind)! + 1, '');
    const named = before === 'as' ? undefined : names;
    list.replace(
      open,
      close + 1,
      '(',
      ...rows.flatMap((row, at) => [at === 0 ? '' : ' union all ', ...query(row, at === 0 ? named : undefined)]),
      ')',
    );
  }
}

/** Names of the columns of the CTE whose query begins at a bracket. */
function cteNames(list: TokenList, open: number): readonly (readonly Token[])[] | undefined {
  const close = list.previous(list.previous(open));
  const names = list.key(close) === ')' ? list.opening(close) : undefined;
  return names === undefined ? undefined : namesAt(list, names);
}

function query(row: readonly (readonly Token[])[], names: readonly (readonly Token[])[] | undefined): Parts {
  const items = row.flatMap((value, at) => [
    ...(at === 0 ? [] : [', ']),
    value,
    ...(names === undefined ? [] : [' as ', names[at]!]),
  ]);
  return ['select ', ...items];
}

export const valueRules: readonly Rule[] = [
  {
    title: '`(values ...) as t(x, y)`',
    says: 'Become a union of queries, in a derived table or a CTE whose columns are named.',
    examples: [
      "select t.x as a, t.y as b from (values (1, 'a'), (2, 'b')) as t(x, y) order by 1",
      'with t(x) as (values (1), (2), (3)) select sum(t.x + u.z) as a from t join (values (10), (20)) u(z) on true',
    ],
    apply: valueLists,
  },
];
