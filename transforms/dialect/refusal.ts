import { argsBetween } from './call.ts';
import { isFunction } from './function-name.ts';
import { endsOperand, sideEnd } from './operand.ts';
import type { DialectServer, Pass } from './pass.ts';
import type { TokenList } from './token-list.ts';

/** What has no equal here, or would silently be something else. */
export interface Refusal {
  /** Words and signs, by which it is known. */
  readonly keys: readonly string[];
  readonly why: string;
  readonly fix: string;
  /** A statement that is refused. */
  readonly example: string;
  /** Where only some servers lack it. */
  readonly servers?: readonly DialectServer[];
  /** Whether it is the thing, and not a name that is the same; asked with the place of its first token. */
  readonly when?: (list: TokenList, place: number) => boolean;
}

function refusal(keys: string, why: string, fix: string, example: string, more: Partial<Refusal> = {}): Refusal {
  return { keys: keys.split(' '), why, fix, example, ...more };
}

const afterItem = (list: TokenList, place: number) =>
  !['.', 'as', ',', 'select'].includes(list.key(list.previous(place)));
/** Behind the star of all columns, not of a product. */
function afterStar(list: TokenList, place: number): boolean {
  const star = list.previous(place);
  return list.key(star) === '*' && !endsOperand(list, list.previous(star));
}

const notNamed = (list: TokenList, place: number) => !['.', 'as'].includes(list.key(list.previous(place)));
const beforeQuote = (list: TokenList, place: number) => list.at(place + 1).kind === 'string';

const regexp = "Write `x regexp 'pattern'` in a macro for this database, or use `like`.";
const windowed = 'Number the rows by `row_number()` in a subquery and choose by that.';
const columns = 'Name the columns, or use `{{ dbt_utils.star() }}`.';
const groups = 'Write one `select` for each grouping and join them by `union all`.';
const lists = 'Keep the values as rows, or as a text in JSON.';

const chosen = 'Number the rows by `row_number()` in a subquery and choose by that.';

/** Functions of DuckDB that are none here, and what to write instead. */
const functions: Readonly<Record<string, string>> = {
  generate_series: 'Use `{{ dbt.generate_series() }}`.',
  list: 'Use `{{ dbt.listagg() }}`.',
  array_agg: 'Use `{{ dbt.listagg() }}`.',
  ...Object.fromEntries(
    ['arg_max', 'arg_min', 'max_by', 'min_by', 'first', 'last', 'median', 'mode'].map((name) => [name, chosen]),
  ),
  ...Object.fromEntries(['quantile_cont', 'quantile_disc', 'percentile_cont'].map((name) => [name, chosen])),
  datesub: 'Use `{{ dbt.datediff() }}`.',
  age: 'Use `{{ dbt.datediff() }}`.',
  strptime: "Cast a text of the form `'2024-01-02 03:04:05'`.",
  to_timestamp: "Write `timestamp '1970-01-01 00:00:00' + interval (x) second`.",
};

const countsArguments = (count: number, name: string) => (list: TokenList, place: number) => {
  const open = list.next(place);
  const close = isFunction(list, place, name) ? list.closing(open) : undefined;
  return close !== undefined && argsBetween(list, open, close).length === count;
};

export const refusals: readonly Refusal[] = [
  refusal('^', 'is a power in PostgreSQL and DuckDB, XOR here', 'Write `power(x, y)`.', 'select 2 ^ 3'),
  refusal('**', 'is not known here', 'Write `power(x, y)`.', 'select 2 ** 3', { when: afterOperand }),
  refusal('~', 'matches a pattern in PostgreSQL and DuckDB, inverts bits here', regexp, "select 'a' ~ 'b'"),
  refusal('~*', 'is not known here', regexp, "select 'a' ~* 'b'"),
  refusal('!~', 'is not known here', regexp, "select 'a' !~ 'b'"),
  refusal('!~*', 'is not known here', regexp, "select 'a' !~* 'b'"),
  refusal('~~', 'is not known here', 'Write `like`.', "select 'a' ~~ 'b'"),
  refusal('#', 'begins a comment here', 'Write comments with `--`.', 'select 1 # 2'),
  refusal('&&', 'is AND here', 'Write `and`.', 'select 1 && 2'),
  refusal('==', 'is not known here', 'Write `=`.', 'select 1 == 1'),
  refusal('//', 'is not known here', 'Write `floor(x / y)`.', 'select 5 // 2'),
  refusal('[', 'lists are not known here', lists, 'select x[1] from t'),
  refusal('{', 'structures are not known here', lists, "select {'a': 1}"),
  refusal('qualify', 'is not known here', windowed, 'select x from t qualify row_number() over (order by x) = 1', {
    when: (list, place) => afterItem(list, place) && startsValue(list, list.next(place)),
  }),
  refusal('distinct on (', 'is not known here', windowed, 'select distinct on (x) x, y from t'),
  refusal(
    'within group (',
    'is not known here',
    'Use `{{ dbt.listagg() }}`.',
    "select listagg(x, ',') within group (order by x) from t",
  ),
  refusal(
    'full join',
    'is not known here',
    'Write a left join and what is missing from it by `union all`.',
    'select 1 from a full join b on a.x = b.x',
  ),
  refusal(
    'full outer',
    'is not known here',
    'Write a left join and what is missing from it by `union all`.',
    'select 1 from a full outer join b on a.x = b.x',
  ),
  refusal(
    'asof join',
    'is not known here',
    'Join by a condition on both times.',
    'select 1 from a asof join b on a.x >= b.x',
  ),
  refusal('semi join', 'is not known here', 'Write `where exists (...)`.', 'select 1 from a semi join b on a.x = b.x'),
  refusal(
    'anti join',
    'is not known here',
    'Write `where not exists (...)`.',
    'select 1 from a anti join b on a.x = b.x',
  ),
  refusal(
    'merge into',
    'is not known here',
    'Use the strategy `merge` of an incremental model.',
    'merge into a using b on a.x = b.x when matched then delete',
  ),
  refusal(
    'at time zone',
    'is not known here',
    'Keep times in UTC, or write `convert_tz(x, from, to)` in a macro for this database.',
    "select x at time zone 'UTC' from t",
  ),
  refusal('similar to', 'is not known here', regexp, "select x similar to 'a' from t"),
  refusal(
    'between symmetric',
    'is not known here',
    'Write `between least(a, b) and greatest(a, b)`.',
    'select 1 between symmetric 2 and 0',
  ),
  refusal(
    'ignore nulls',
    'is not known here',
    'Leave the NULLs out in a subquery.',
    'select last_value(x ignore nulls) over (order by y) from t',
    { when: notNamed },
  ),
  refusal(
    'group by all',
    'is not known here',
    'Name the columns or their numbers.',
    'select x, count(*) from t group by all',
  ),
  refusal('order by all', 'is not known here', 'Name the columns or their numbers.', 'select x from t order by all'),
  refusal('grouping sets', 'is not known here', groups, 'select x from t group by grouping sets ((x), ())'),
  refusal('by cube (', 'is not known here', groups, 'select x from t group by cube (x)'),
  refusal(
    'by rollup (',
    'is not known here',
    'Write `group by x with rollup` in a macro for this database.',
    'select x from t group by rollup (x)',
  ),
  refusal('exclude (', 'is not known here', columns, 'select * exclude (x) from t', { when: afterStar }),
  refusal('except (', 'is not known here', columns, 'select * except (x) from t', { when: afterStar }),
  refusal('replace (', 'is not known here', columns, 'select * replace (1 as x) from t', { when: afterStar }),
  refusal('try_cast (', 'is not known here', 'Use `{{ dbt.safe_cast() }}`.', 'select try_cast(x as int) from t'),
  refusal('unnest (', 'is not known here', lists, 'select * from unnest(x)'),
  refusal(
    'as materialized (',
    'is not known here',
    'Leave `materialized` out.',
    'with t as materialized (select 1) select * from t',
  ),
  refusal(
    'as not materialized (',
    'is not known here',
    'Leave `not materialized` out.',
    'with t as not materialized (select 1) select * from t',
  ),
  refusal('tablesample', 'is not known here', 'Choose rows by a condition.', 'select x from t tablesample system (1)', {
    when: afterItem,
  }),
  refusal(
    'intersect all',
    'is not known to TiDB',
    'Write `intersect`, or number equal rows.',
    'select 1 intersect all select 1',
    { servers: ['tidb'] },
  ),
  refusal(
    'except all',
    'is not known to TiDB',
    'Write `except`, or number equal rows.',
    'select 1 except all select 1',
    { servers: ['tidb'] },
  ),
  refusal(
    'r',
    'before a text is not known here',
    'Write the text without it: a backslash is a backslash.',
    "select r'a\\d'",
    { when: beforeQuote },
  ),
  refusal('u &', 'before a text is not known here', 'Write the characters themselves.', "select u&'x'", {
    when: (list, place) => list.at(place + 1).key === '&' && list.at(place + 2).kind === 'string',
  }),
  ...Object.entries(functions).map(([name, instead]) =>
    refusal(`${name} (`, 'is no function here', instead, `select ${name}(x) from t`, {
      when: (list, place) => isFunction(list, place, name),
    }),
  ),
  ...['lead', 'lag'].map((name) =>
    refusal(
      `${name} (`,
      'with a value for rows outside of the window is not known to MariaDB',
      `Write \`coalesce(${name}(x, 1) over (...), value)\`, where x has no NULL.`,
      `select ${name}(x, 1, 0) over (order by x) from t`,
      { servers: ['mariadb'], when: countsArguments(3, name) },
    ),
  ),
  refusal(
    'format (',
    'with a text before it is none of texts here',
    'Write `a || b`.',
    "select format('{}', x) from t",
    {
      when: formatsText,
    },
  ),
  refusal(
    'lateral (',
    'is not known to TiDB and MariaDB',
    'Join a subquery that has the key, or write it where columns are chosen.',
    'select * from t, lateral (select t.x + 1 as y) as u',
    { servers: ['tidb', 'mariadb'] },
  ),
  refusal(
    'approx_count_distinct (',
    'is not known to MySQL and MariaDB',
    'Write `count(distinct x)`.',
    'select approx_count_distinct(x) from t',
    { servers: ['mysql', 'mariadb'] },
  ),
  ...['like', 'ilike'].map((word) =>
    refusal(
      word,
      'with a backslash in its pattern is an escape in PostgreSQL, and none in DuckDB',
      "Say which by `escape`: `x like 'a!_b' escape '!'`.",
      `select x ${word} 'a\\_b' from t`,
      { when: backslashPattern },
    ),
  ),
];

/** The server's own takes a number, and would make `0` of a text. */
function formatsText(list: TokenList, place: number): boolean {
  return isFunction(list, place, 'format') && list.at(list.next(list.next(place))).kind === 'string';
}

function afterOperand(list: TokenList, place: number): boolean {
  const { kind, key } = list.at(list.previous(place));
  return kind !== 'operator' || key === ')';
}

function startsValue(list: TokenList, place: number): boolean {
  const { kind, key } = list.at(place);
  return key === '(' || (kind !== 'operator' && kind !== 'space' && key !== 'as' && key !== 'from');
}

function backslashPattern(list: TokenList, place: number): boolean {
  const first = list.next(place);
  const last = sideEnd(list, first) ?? first;
  if (list.key(list.next(last)) === 'escape') return false;
  return list.slice(first, last + 1).some(({ kind, text }) => kind === 'string' && text.includes('\\'));
}

/** @throws MillraceError `model.dialect` at the first token that is refused */
export function refuseUnknown({ list, server, refused }: Pass): void {
  const byKey = Map.groupBy(
    refusals.filter(({ servers }) => servers === undefined || servers.includes(server)),
    ({ keys }) => keys[0]!,
  );
  for (let place = 0; place < list.length; place++) {
    const { key } = list.at(place);
    if (key === '') continue;
    for (const { keys, why, fix, when } of byKey.get(key) ?? []) {
      if (!list.matches(place, ...keys) || when?.(list, place) === false) continue;
      throw refused(place, `\`${keys.join(' ')}\` ${why}`, fix);
    }
  }
}
