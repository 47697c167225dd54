import { castTarget, longNames, type TypeName, WIDEST_DECIMAL } from './cast-type.ts';
import { primaryStart } from './operand.ts';
import type { Pass, Rule } from './pass.ts';
import type { TokenList } from './token-list.ts';

interface FoundType extends TypeName {
  /** The place of its last token. */
  readonly last: number;
}

/** The type that begins at a place. Numbers may stand behind its first word (`timestamp(3) without time zone`) or its last. */
function typeAt(list: TokenList, first: number): FoundType | undefined {
  if (list.at(first).kind !== 'word' && list.at(first).kind !== 'quoted') return undefined;
  const inner = argsAt(list, list.next(first));
  for (const words of longNames) {
    const rest = list.next(inner?.last ?? first);
    if (list.key(first) !== words[0] || !list.matches(rest, ...words.slice(1))) continue;
    const last = words.slice(2).reduce((place) => list.next(place), rest);
    const outer = argsAt(list, list.next(last));
    return { name: words.join(' '), args: inner?.args ?? outer?.args ?? [], last: outer?.last ?? last };
  }
  return { name: list.key(first), args: inner?.args ?? [], last: inner?.last ?? first };
}

function argsAt(list: TokenList, open: number): { args: string[]; last: number } | undefined {
  if (list.key(open) !== '(') return undefined;
  const last = list.closing(open);
  if (last === undefined) return undefined;
  const args = list.text(open + 1, last).split(',');
  return { args: args.map((arg) => arg.trim()), last };
}

/** `x::type` as a cast, from left to right, so that what stands before one is done. */
function doubleColons({ list, refused }: Pass): void {
  for (let place = 0; place < list.length; place++) {
    if (list.key(place) !== '::') continue;
    const start = primaryStart(list, list.previous(place));
    const type = typeAt(list, list.next(place));
    if (start === undefined || type === undefined) {
      throw refused(place, 'It cannot be seen what `::` casts, or to what', 'Write `cast(x as type)`.');
    }
    const operand = list.slice(start, list.previous(place) + 1);
    const target = list.slice(list.next(place), type.last + 1);
    const before = list.length;
    list.replace(start, type.last + 1, 'cast(', operand, ' as ', target, ')');
    place = type.last + list.length - before;
  }
}

/** The `as` of the cast whose bracket opens at `open`. */
function asOf(list: TokenList, open: number, close: number): number | undefined {
  for (let place = open + 1, depth = 0, cases = 0; place < close; place++) {
    const key = list.key(place);
    if (key === '(') depth++;
    if (key === ')') depth--;
    if (key === 'case') cases++;
    if (key === 'end') cases--;
    if (key === 'as' && depth === 0 && cases === 0) return place;
  }
  return undefined;
}

/** Casts from the innermost on, for the operand of one to boolean is written twice. */
function castTargets({ list, server, refused }: Pass): void {
  for (let place = list.length - 1; place >= 0; place--) {
    const open = list.next(place);
    if (list.key(place) !== 'cast' || list.key(open) !== '(') continue;
    const close = list.closing(open);
    const as = close === undefined ? undefined : asOf(list, open, close);
    if (close === undefined || as === undefined) continue;
    const type = typeAt(list, list.next(as));
    if (type === undefined || list.next(type.last) !== close) continue;
    const target = castTarget(type, server);
    if (target === undefined) continue;
    if ('refused' in target) throw refused(list.next(as), `A cast to ${type.name}: ${target.refused}`, target.fix);
    if ('to' in target) {
      list.replace(list.next(as), close, target.to);
      if (target.rounded !== undefined) roundBefore(list, open + 1, list.previous(as), target.rounded);
    } else {
      const operand = list.slice(open + 1, list.previous(as) + 1);
      list.replace(place, close + 1, '(case lower(', operand, `) ${truths} else `, operand, ' end <> 0)');
    }
  }
}

/** Rounds the operand from `first` to `last`, unless it is just that. */
function roundBefore(list: TokenList, first: number, last: number, digits: number): void {
  const operand = list.slice(first, last + 1);
  const round = list.next(first - 1);
  const isRounded = list.matches(round, 'round', '(') && list.closing(list.next(round)) === last;
  if (isRounded && list.text(list.previous(last), last) === String(digits)) return;
  list.replace(first, last + 1, 'round(cast(', operand, ` as ${WIDEST_DECIMAL}), ${digits})`);
}

/** Texts that DuckDB takes for a boolean; any other value is true where it is not 0. Numbers are made last, and once: of no text here. */
const truths = [
  ...['true', 't', 'yes', 'y'].map((text) => `when '${text}' then '1'`),
  ...['false', 'f', 'no', 'n'].map((text) => `when '${text}' then '0'`),
].join(' ');

export const castRules: readonly Rule[] = [
  {
    title: '`x::type`',
    says: 'Becomes `cast(x as type)`. `x` is what stands before it: a literal, a name, a call with its window, a CASE, or brackets.',
    examples: [
      "select '12'::int + 1 as a, (1 + 2)::varchar(10) as b",
      'select -1::int as a, x::bigint::text as b, t.x::text as c from (select 7 as x) t',
      'select sum(x) over (partition by x)::bigint as a from (select 7 as x) t',
      "select case when true then '1' end::int as a, date '2024-01-02'::timestamp as b",
    ],
    apply: doubleColons,
  },
  {
    title: '`cast(x as type)`',
    says: 'The type is named as the server names it. Types that are not in the table below are sent as they are.',
    examples: [
      "select cast(12 as varchar) as a, cast(12 as text) as b, cast('12' as integer) as c",
      "select cast(1.25 as numeric(10, 1)) as a, cast('1.5' as double precision) as b, cast('1.25' as numeric) as c",
      "select cast('true' as boolean) as a, cast('F' as bool) as b, cast(5 as boolean) as c, cast(null as boolean) as d",
      "select cast('2024-01-02 03:04:05.123456' as timestamp) as a, cast('2024-01-02 03:04:05' as timestamp without time zone) as b",
      "select cast('03:04:05.25' as time) as a",
    ],
    apply: castTargets,
  },
];
