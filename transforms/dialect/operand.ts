import type { TokenList } from './token-list.ts';

/** Words that a bracket may follow without being a call. */
const NOT_CALLED: ReadonlySet<string> = new Set(
  'all and any as asc between by case cross cube desc distinct else end escape except exists from full group having ilike in inner intersect into is join lateral left like limit natural not offset on or order outer over partition return returning right rows select set similar some then union using values view when where with'.split(
    ' ',
  ),
);

/** Words that cannot be what an operand begins or ends with. */
const NO_OPERAND: ReadonlySet<string> = new Set([...NOT_CALLED].filter((word) => word !== 'end' && word !== 'case'));

/** Operators that bind tighter than a comparison. */
const TIGHT: ReadonlySet<string> = new Set('+ - * / % || -> ->> div mod & | << >>'.split(' '));

const TYPED: ReadonlySet<string> = new Set(['date', 'time', 'timestamp']);

export function isCall(list: TokenList, open: number): boolean {
  const before = list.at(list.previous(open));
  return before.kind === 'quoted' || (before.kind === 'word' && !NOT_CALLED.has(before.key));
}

/**
 * Where the smallest operand begins that ends at `last`: a literal, a name with its qualifiers, a call with its window, a CASE, or
 * what is in brackets. Undefined where it is none of these.
 */
export function primaryStart(list: TokenList, last: number): number | undefined {
  const before = list.previous(last);
  const { kind, key } = list.at(last);
  if (key === ')') return bracketStart(list, last);
  if (key === 'end') return caseStart(list, last);
  if (list.key(before) === 'collate' || list.key(before) === 'over') return primaryStart(list, list.previous(before));
  if (kind === 'string') return TYPED.has(list.key(before)) ? before : last;
  if (kind === 'number') return last;
  if (kind === 'quoted' || (kind === 'word' && !NO_OPERAND.has(key))) return chainStart(list, last);
  return undefined;
}

function bracketStart(list: TokenList, close: number): number | undefined {
  const open = list.opening(close);
  if (open === undefined) return undefined;
  const before = list.previous(open);
  if (list.key(before) === 'over') return primaryStart(list, list.previous(before));
  return isCall(list, open) ? chainStart(list, before) : open;
}

function chainStart(list: TokenList, last: number): number {
  const dot = list.previous(last);
  if (list.key(dot) !== '.') return last;
  return chainStart(list, list.previous(dot));
}

function caseStart(list: TokenList, end: number): number | undefined {
  let depth = 0;
  for (let place = end; place >= 0; place--) {
    if (list.key(place) === 'end') depth++;
    if (list.key(place) === 'case') depth--;
    if (depth === 0) return place;
  }
  return undefined;
}

/** The place of the last token of the smallest operand that begins at `first`. */
export function primaryEnd(list: TokenList, first: number): number | undefined {
  const { kind, key } = list.at(first);
  const after = list.next(first);
  if (key === '-' || key === '+') return primaryEnd(list, after);
  if (key === '(') return withCollation(list, list.closing(first));
  if (key === 'case') return withCollation(list, caseEnd(list, first));
  if (TYPED.has(key) && list.at(after).kind === 'string') return after;
  if (kind === 'string' || kind === 'number') return withCollation(list, first);
  if (kind === 'quoted' || (kind === 'word' && !NO_OPERAND.has(key))) return withCollation(list, chainEnd(list, first));
  return undefined;
}

function chainEnd(list: TokenList, first: number): number | undefined {
  const after = list.next(first);
  if (list.key(after) === '.') return chainEnd(list, list.next(after));
  if (list.key(after) !== '(') return first;
  const close = list.closing(after);
  if (close === undefined || list.key(list.next(close)) !== 'over') return close;
  const window = list.next(list.next(close));
  return list.key(window) === '(' ? list.closing(window) : window;
}

function caseEnd(list: TokenList, start: number): number | undefined {
  let depth = 0;
  for (let place = start; place < list.length; place++) {
    if (list.key(place) === 'case') depth++;
    if (list.key(place) === 'end') depth--;
    if (depth === 0) return place;
  }
  return undefined;
}

function withCollation(list: TokenList, last: number | undefined): number | undefined {
  if (last === undefined) return undefined;
  const collate = list.next(last);
  return list.key(collate) === 'collate' ? list.next(collate) : last;
}

/** Where the side of a comparison, or of another operator, begins that ends at `last`: operands joined by operators that bind tighter. */
export function sideStart(list: TokenList, last: number, operators = TIGHT): number | undefined {
  const start = primaryStart(list, last);
  if (start === undefined) return undefined;
  const operator = list.previous(start);
  if (!operators.has(list.key(operator))) return start;
  const left = list.previous(operator);
  if (!endsOperand(list, left)) return operator;
  return sideStart(list, left, operators);
}

/** The place of the last token of the side of a comparison that begins at `first`. */
export function sideEnd(list: TokenList, first: number, operators = TIGHT): number | undefined {
  const end = primaryEnd(list, first);
  if (end === undefined) return undefined;
  const operator = list.next(end);
  return operators.has(list.key(operator)) ? sideEnd(list, list.next(operator), operators) : end;
}

/** Whether an operand may end here. */
export function endsOperand(list: TokenList, place: number): boolean {
  const { kind, key } = list.at(place);
  if (kind === 'string' || kind === 'number' || kind === 'quoted') return true;
  return key === ')' || (kind === 'word' && !NO_OPERAND.has(key) && key !== 'case');
}
