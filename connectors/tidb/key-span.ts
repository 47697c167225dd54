import type { Column } from '../contract/index.ts';
import { canonicalLiteral, quoteName } from '../sql/index.ts';

/** Where a table is cut: canonical values of the first columns of its order. Rows from there on lie behind the cut. */
export type Bound = readonly string[];

/** A stretch of a table in the server's own order: from one bound up to before another; absent: to the end. */
export interface KeySpan {
  readonly from?: Bound;
  readonly to?: Bound;
}

/** What a table is ordered by. The server compares, with its collation, and at every TSO in the same way. */
export type KeyOrder = readonly Pick<Column, 'name' | 'type'>[];

/** A condition for the rows of a span; none for the whole table. */
export function spanSql(order: KeyOrder, { from, to }: KeySpan): string[] {
  return [
    ...(from === undefined ? [] : [notBelowSql(order, from)]),
    ...(to === undefined ? [] : [belowSql(order, to)]),
  ];
}

/** `a >= 1 AND (a > 1 OR (a = 1 AND b >= 2))`: the first column's bound alone lets the optimizer start there. */
function notBelowSql(order: KeyOrder, bound: Bound): string {
  return lexical(order, bound, '>', '>=');
}

export function belowSql(order: KeyOrder, bound: Bound): string {
  return lexical(order, bound, '<', '<');
}

function lexical(order: KeyOrder, bound: Bound, strict: '<' | '>', last: '<' | '>='): string {
  const literals = bound.map((text, i) => canonicalLiteral(text, order[i]!.type, 'tidb'));
  const names = bound.map((_, i) => quoteName(order[i]!.name));
  const end = bound.length - 1;
  if (end === 0) return `${names[0]} ${last} ${literals[0]}`;
  const terms = names.map((name, i) => {
    const equal = names.slice(0, i).map((each, j) => `${each} = ${literals[j]}`);
    return `(${[...equal, `${name} ${i === end ? last : strict} ${literals[i]}`].join(' AND ')})`;
  });
  return `${names[0]} ${strict}= ${literals[0]} AND (${terms.join(' OR ')})`;
}

/** Pieces of a span, cut at ascending bounds inside of it. */
export function pieces({ from, to }: KeySpan, cuts: readonly Bound[]): KeySpan[] {
  const starts = [from, ...cuts];
  return starts.map((start, i) => spanOf(start, cuts[i] ?? to));
}

function spanOf(from: Bound | undefined, to: Bound | undefined): KeySpan {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}
