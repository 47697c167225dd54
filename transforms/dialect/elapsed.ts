import { type Call, filled, literalNumber, literalText, type Parts, rewriteCalls, trimmed } from './call.ts';
import { isFunction } from './function-name.ts';
import { endsOperand } from './operand.ts';
import type { Pass, Rule } from './pass.ts';
import type { Token } from './token.ts';
import { TokenList } from './token-list.ts';

interface Sides {
  readonly left: readonly Token[];
  readonly right: readonly Token[];
}

/** Operators that a difference between two moments has no others of. */
const OTHERS: ReadonlySet<string> = new Set(['+', '*', '/', '%', '||', 'interval']);

/** The two sides of an operand that is one difference, and not one of an interval. Undefined for any other. */
function differenceIn(operand: readonly Token[]): Sides | undefined {
  const list = new TokenList(operand);
  const first = list.next(-1);
  const last = list.previous(list.length);
  if (list.key(first) === '(' && list.closing(first) === last) return differenceIn(list.slice(first + 1, last));
  const places = outerPlaces(list);
  if (places.some((place) => OTHERS.has(list.key(place)))) return undefined;
  const [sign, ...more] = places.filter((place) => list.key(place) === '-' && endsOperand(list, list.previous(place)));
  if (sign === undefined || more.length > 0) return undefined;
  return { left: trimmed(list.slice(0, sign)), right: trimmed(list.slice(sign + 1, list.length)) };
}

/** Places outside of brackets and CASE. */
function outerPlaces(list: TokenList): number[] {
  const places = [];
  for (let place = 0, depth = 0; place < list.length; place++) {
    const key = list.key(place);
    if (key === '(' || key === 'case') depth++;
    if (depth === 0) places.push(place);
    if (key === ')' || key === 'end') depth--;
  }
  return places;
}

/** A part of the time between two moments, which is a number without a meaning here: seconds are counted, other parts refused. */
function partOf(part: string, operand: readonly Token[], pass: Pass, place: number): Parts | undefined {
  const sides = differenceIn(operand);
  if (sides === undefined) return undefined;
  const days = literalNumber(sides.right) !== undefined;
  if (part === 'epoch' && !days) {
    return filled('(timestampdiff(microsecond, $1, $2) / 1e6)', [sides.right, sides.left]);
  }
  // Where it is seen that it is one of dates, the difference is a date.
  if (days && /^(date|current_date|cast)$/.test(sides.left[0]?.key ?? '')) return undefined;
  throw pass.refused(place, 'A part of a difference', 'Use `{{ dbt.datediff() }}`, or `{{ dbt.dateadd() }}` for days.');
}

function extracts(pass: Pass): void {
  const { list } = pass;
  for (let place = list.length - 1; place >= 0; place--) {
    if (!isFunction(list, place, 'extract')) continue;
    const open = list.next(place);
    const part = list.next(open);
    const from = list.next(part);
    const close = list.closing(open);
    if (list.key(from) !== 'from' || close === undefined) continue;
    const parts = partOf(list.key(part), list.slice(from + 1, close), pass, place);
    if (parts !== undefined) list.replace(place, close + 1, ...parts);
  }
}

const datePart = ({ args: [part, operand], pass, place }: Call) =>
  operand === undefined ? undefined : partOf(literalText(part)?.toLowerCase() ?? '', operand, pass, place);

const calls = rewriteCalls({
  date_part: datePart,
  datepart: datePart,
  epoch: ({ args: [operand], pass, place }) =>
    operand === undefined ? undefined : partOf('epoch', operand, pass, place),
});

export const elapsedRules: readonly Rule[] = [
  {
    title: 'Seconds between two moments',
    says: '`extract(epoch from x - y)`, with its other forms, counts them. Other parts of a difference are refused.',
    examples: [
      "select extract(epoch from (x - y)) as a, date_part('epoch', x - y) / 3600 as b, epoch(y - x) as c from (select timestamp '2024-01-02 12:00:00.5' as x, timestamp '2024-01-01 00:00:00' as y) t",
      "select extract(epoch from timestamp '2024-01-02 00:00:00' - interval '1 day') as a",
    ],
    apply: (pass) => {
      extracts(pass);
      calls(pass);
    },
  },
];
