import { typeError } from './error.ts';
import { asBigint, asNumber, PyFloat } from './number.ts';
import { PyObject, typeName, type Value } from './object.ts';

/** Python's `==`. */
export function equal(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (typeof left === 'string' && typeof right === 'string') return false;
  if (Array.isArray(left)) {
    if (Array.isArray(right)) return left.length === right.length && left.every((item, at) => equal(item, right[at]!));
    return right instanceof PyObject && (right.equals(left) ?? false);
  }
  if (isNumeric(left) && isNumeric(right)) return orderOfNumbers(left, right) === 0;
  if (left instanceof PyObject) {
    const answer = left.equals(right);
    if (answer !== undefined) return answer;
  }
  return right instanceof PyObject ? (right.equals(left) ?? false) : false;
}

type Numeric = number | bigint | boolean | PyFloat;

export function isNumeric(value: Value): value is Numeric {
  return (
    typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' || value instanceof PyFloat
  );
}

/** Sign of the order of two numbers, exact also where an int is compared with a float; NaN where one is NaN. */
export function orderOfNumbers(left: Numeric, right: Numeric): number {
  const a = asNumber(left)!;
  const b = asNumber(right)!;
  if (typeof left !== 'bigint' && typeof right !== 'bigint')
    return Number.isNaN(a) || Number.isNaN(b) ? NaN : sign(a, b);
  if (!Number.isFinite(a) && !(typeof left === 'bigint')) return Number.isNaN(a) ? NaN : sign(a, 0);
  if (!Number.isFinite(b) && !(typeof right === 'bigint')) return Number.isNaN(b) ? NaN : sign(0, b);
  const whole = (value: Numeric, number: number) => asBigint(value as Value) ?? BigInt(Math.floor(number));
  const x = whole(left, a);
  const y = whole(right, b);
  if (x !== y) return x < y ? -1 : 1;
  const rest = (value: Numeric, number: number) => (value instanceof PyFloat ? number - Math.floor(number) : 0);
  return sign(rest(left, a), rest(right, b));
}

function sign(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Text is ordered by code points, where JS orders by UTF-16 units. */
export function orderOfTexts(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return isSurrogate(a) !== isSurrogate(b) ? (isSurrogate(a) ? 1 : -1) : a < b ? -1 : 1;
  }
  return left.length < right.length ? -1 : 1;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

export function orderOfSequences(left: readonly Value[], right: readonly Value[]): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    if (!equal(left[at]!, right[at]!)) return order('<', left[at]!, right[at]!);
  }
  return sign(left.length, right.length);
}

/**
 * Sign of the order of two values.
 * @throws Raised TypeError where Python has none between such values
 */
export function order(operator: string, left: Value, right: Value): number {
  if (typeof left === 'number' && typeof right === 'number') return sign(left, right);
  if (typeof left === 'string' && typeof right === 'string') return orderOfTexts(left, right);
  if (isNumeric(left) && isNumeric(right)) return orderOfNumbers(left, right);
  if (Array.isArray(left) && Array.isArray(right)) return orderOfSequences(left, right);
  const answer = left instanceof PyObject ? left.order(right) : undefined;
  if (answer !== undefined) return answer;
  const turned = right instanceof PyObject ? right.order(left) : undefined;
  if (turned !== undefined) return -turned;
  throw typeError(`'${operator}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`);
}

export const less = (left: Value, right: Value): boolean => order('<', left, right) < 0;
export const lessOrEqual = (left: Value, right: Value): boolean => order('<=', left, right) <= 0;
export const greater = (left: Value, right: Value): boolean => order('>', left, right) > 0;
export const greaterOrEqual = (left: Value, right: Value): boolean => order('>=', left, right) >= 0;

/** Python's truth of a value. */
export function truth(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (value === null) return false;
  if (typeof value === 'string') return value !== '';
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'bigint') return value !== 0n;
  return Array.isArray(value) ? value.length > 0 : value.truth();
}

/** Sorted as Python sorts: stable, by `<` of the keys alone. */
export function sorted(values: readonly Value[], key: (value: Value) => Value, reverse = false): Value[] {
  const keyed = values.map((value) => ({ value, key: key(value) }));
  if (reverse) keyed.reverse();
  keyed.sort((left, right) => {
    const answer = order('<', left.key, right.key);
    return Number.isNaN(answer) ? 0 : answer;
  });
  if (reverse) keyed.reverse();
  return keyed.map((entry) => entry.value);
}

/** `value in container`. @throws Raised TypeError where the container is none */
export function contains(container: Value, value: Value): boolean {
  if (typeof container === 'string') {
    const needle = typeof value === 'string' ? value : value instanceof PyObject ? textOfSubclass(value) : undefined;
    if (needle === undefined) {
      throw typeError(`'in <string>' requires string as left operand, not ${typeName(value)}`);
    }
    return container.includes(needle);
  }
  if (Array.isArray(container)) return container.some((item) => equal(item, value));
  if (container instanceof PyObject) {
    const answer = container.contains(value);
    if (answer !== undefined) return answer;
    const iterator = container.iterate();
    if (iterator !== undefined) {
      for (let next = iterator.next(); !next.done; next = iterator.next()) if (equal(next.value, value)) return true;
      return false;
    }
  }
  throw typeError(`argument of type '${typeName(container)}' is not iterable`);
}

/** The text of what is a str by inheritance (Markup). */
function textOfSubclass(value: PyObject): string | undefined {
  const plain = value.plain();
  return typeof plain === 'string' ? plain : undefined;
}
