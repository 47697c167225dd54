import { checkList, checkText, raised } from './error.ts';
import type { Value } from './object.ts';

/** Whether a sequence can be multiplied by the value. */
export function isRepeatable(count: Value): count is number | boolean | bigint {
  return typeof count === 'number' || typeof count === 'boolean' || typeof count === 'bigint';
}

function countOf(count: number | boolean | bigint): number {
  if (typeof count !== 'bigint') return Math.max(0, Number(count));
  if (count < 1n << 63n && count >= -(1n << 63n)) return Math.max(0, Number(count));
  throw raised('OverflowError', "cannot fit 'int' into an index-sized integer");
}

/** The items again and again. @throws Raised LimitError */
export function times(items: readonly Value[], count: number | boolean | bigint): Value[] {
  const repeats = countOf(count);
  checkList(items.length * repeats);
  const result: Value[] = [];
  if (items.length > 0) for (let turn = 0; turn < repeats; turn++) result.push(...items);
  return result;
}

/** The text again and again. @throws Raised LimitError */
export function timesText(text: string, count: number | boolean | bigint): string {
  const repeats = countOf(count);
  checkText(text.length * repeats);
  return text === '' ? '' : text.repeat(repeats);
}
