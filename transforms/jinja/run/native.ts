import { Marked } from '../filter/native-filters.ts';
import { raised } from '../value/error.ts';
import { PyFloat } from '../value/number.ts';
import type { Value } from '../value/object.ts';
import { textOf } from '../value/text.ts';
import { literal } from './literal.ts';

/**
 * The result of a native template: nothing is empty text, one value is itself, several are text. A value that is marked by `as_native`,
 * `as_bool` or `as_number` is read as the literal that it is.
 * @throws Raised RuntimeError where it is not of the kind that it is marked as
 */
export function nativeResult(values: readonly Value[]): Value {
  if (values.length === 0) return '';
  if (values.length > 1) return values.map(textOf).join('');
  const value = values[0]!;
  if (!(value instanceof Marked)) return value;
  if (value.kind === 'text') return value.marked;
  const found = literal(value.marked);
  if (found === undefined && value.kind === 'native') return value.marked;
  if (value.kind === 'bool' && typeof found !== 'boolean') throw notOfKind(value, 'bool');
  const isNumber = typeof found === 'number' || typeof found === 'bigint' || found instanceof PyFloat;
  if (value.kind === 'number' && !isNumber) throw notOfKind(value, 'number');
  return found ?? null;
}

function notOfKind(value: Marked, kind: string): Error {
  return raised('RuntimeError', `Could not convert value '${value.marked}' into type '${kind}'`);
}
