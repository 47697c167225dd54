import { isCall } from './operand.ts';
import type { TokenList } from './token-list.ts';

/** Words before a name that is no call though a bracket follows it. */
const NAMED: ReadonlySet<string> = new Set('. into table update view function procedure with as'.split(' '));

/** Whether a function of this name is called at a place. */
export function isFunction(list: TokenList, place: number, name: string): boolean {
  const open = list.next(place);
  if (list.key(place) !== name || list.key(open) !== '(') return false;
  return isCall(list, open) && !NAMED.has(list.key(list.previous(place)));
}
