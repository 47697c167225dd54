import {
  argsBetween,
  type Call,
  filled,
  literalText,
  type Parts,
  type Rewrite,
  rewriteCalls,
  trimmed,
} from './call.ts';
import { isFunction } from './function-name.ts';
import type { Pass, Rule } from './pass.ts';
import type { Token } from './token.ts';

/** Aggregates that take no notice of NULLs, so that NULL may stand for what is left out. */
const FILTERED: readonly string[] =
  'any_value avg bool_and bool_or count count_if group_concat listagg max min stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance'.split(
    ' ',
  );

/** `f(x) filter (where c)` as `f(case when c then x end)`. */
function filters({ list, refused }: Pass): void {
  for (let place = list.length - 1; place >= 0; place--) {
    if (!list.matches(place, 'filter', '(', 'where')) continue;
    const where = list.next(list.next(place));
    const end = list.closing(list.next(place));
    const close = list.previous(place);
    const open = list.key(close) === ')' ? list.opening(close) : undefined;
    const name = open === undefined ? -1 : list.previous(open);
    if (end === undefined || open === undefined || !FILTERED.some((one) => isFunction(list, name, one))) {
      throw refused(place, '`filter` of this', 'Write `sum(case when condition then x end)`.');
    }
    const first = list.key(list.next(open)) === 'distinct' ? list.next(list.next(open)) : list.next(open);
    const last = valueEnd(argsBetween(list, first - 1, close)[0]!);
    const value = trimmed(list.slice(first, first + last));
    const star = value.length === 1 && value[0]!.key === '*';
    const rest = list.slice(first + last, close + 1);
    const condition = trimmed(list.slice(where + 1, end));
    list.replace(first, end + 1, 'case when ', condition, ' then ', star ? '1' : value, ' end', ...spaced(rest));
  }
}

/** How many tokens of a first argument are its value, and not its order or separator. */
function valueEnd(arg: readonly Token[]): number {
  let depth = 0;
  for (const [at, { key }] of arg.entries()) {
    depth += key === '(' ? 1 : key === ')' ? -1 : 0;
    if (depth === 0 && (key === 'order' || key === 'separator')) return at;
  }
  return arg.length;
}

const spaced = (rest: readonly Token[]): Parts => (/^[a-z]/i.test(rest[0]?.text ?? '') ? [' ', rest] : [rest]);

/** `string_agg(x, 'delimiter' order by y)`. DuckDB's `group_concat` is the same; of one argument it is the server's. */
function joined({ args: [value, second, ...more], pass, place }: Call): Parts | undefined {
  if ([value, second, ...more].some((arg) => arg?.some(({ key }) => key === 'separator'))) return undefined;
  if (value === undefined || (second === undefined && pass.list.key(place) === 'group_concat')) return undefined;
  const [delimiter, ...order] = second ?? [];
  const behind = trimmed(order);
  if (
    second !== undefined &&
    (literalText([delimiter!]) === undefined || !['order', undefined].includes(behind[0]?.key))
  ) {
    throw pass.refused(place, `\`${pass.list.key(place)}\` with this delimiter`, 'Write the delimiter as a text.');
  }
  const sorted = behind.length === 0 ? [] : [' ', behind, ...more.flatMap((item) => [', ', item])];
  return ['group_concat(', value, ...sorted, ' separator ', second === undefined ? "','" : [delimiter!], ')'];
}

/** Another name; what is in the brackets stays. */
const named =
  (name: string): Rewrite =>
  ({ args }) => [`${name}(`, ...args.flatMap((arg, at) => (at === 0 ? [arg] : [', ', arg])), ')'];

const of =
  (form: string): Rewrite =>
  ({ args }) =>
    args.length === 1 ? filled(form, args) : undefined;

const three = '(select 1 as x union all select 2 union all select 4) t';

export const aggregateRules: readonly Rule[] = [
  {
    title: '`filter (where ...)`',
    says: '`sum(x) filter (where c)` becomes `sum(case when c then x end)`, for aggregates that leave NULLs out.',
    examples: [
      `select count(*) filter (where x > 1) as a, sum(x) filter (where x < 4) as b, count(distinct x) filter (where x <> 2) as c, max(x) filter (where x > 9) as d from ${three}`,
      `select x as a, sum(x) filter (where x > 1) over (order by x) as b from ${three} order by x`,
      `select string_agg(x::text, '-' order by x desc) filter (where x <> 2) as a, bool_or(x > 3) filter (where x < 4) as b from ${three}`,
    ],
    apply: filters,
  },
  {
    title: '`string_agg`, `listagg`, `group_concat`',
    says: 'With a delimiter that is a text, and an order, become `group_concat(x order by y separator)`.',
    examples: [
      `select string_agg(x, ', ' order by x desc) as a, string_agg(distinct 'x', '-') as b from ${three}`,
      `select listagg(x, '' order by x) as a, group_concat(x, '/' order by x % 4, x) as b from ${three}`,
    ],
    apply: rewriteCalls({ string_agg: joined, listagg: joined, group_concat: joined }),
  },
  {
    title: '`bool_or`, `bool_and`, `count_if`, `any_value`',
    says: 'Become `max`, `min`, `count` and `max`.',
    examples: [
      `select bool_or(x > 3) as a, bool_and(x > 3) as b, count_if(x > 1) as c, any_value(5) as d, bool_or(null) as e from ${three}`,
    ],
    apply: rewriteCalls({
      bool_or: of('max(($1) <> 0)'),
      bool_and: of('min(($1) <> 0)'),
      count_if: of('count(case when $1 then 1 end)'),
      any_value: named('max'),
    }),
  },
  {
    title: '`stddev`, `variance`',
    says: 'Are those of a sample: `stddev_samp`, `var_samp`.',
    examples: [
      `select round(stddev(x), 4) as a, round(variance(x), 4) as b, round(stddev_pop(x), 4) as c from ${three}`,
    ],
    apply: rewriteCalls({ stddev: named('stddev_samp'), variance: named('var_samp') }),
  },
];
