import { isLower, isUpper } from '../method/text-class.ts';
import { modulo } from '../value/arithmetic.ts';
import { contains, equal, greater, greaterOrEqual, less, lessOrEqual } from '../value/compare.ts';
import { raised } from '../value/error.ts';
import { Markup } from '../value/markup.ts';
import { PyFloat } from '../value/number.ts';
import { Callable, PyObject, positional, type Value } from '../value/object.ts';
import { textOf } from '../value/text.ts';
import { Undefined } from '../value/undefined.ts';
import type { Test } from './filter.ts';
import { filterNames } from './name-list.ts';

const plain = (name: string, test: (value: Value) => boolean): Test => {
  return (_X, value, args, kwargs) => {
    positional(name, 0, 0, args, kwargs);
    return test(value);
  };
};

const against = (name: string, keyword: string, test: (value: Value, other: Value) => boolean): Test => {
  return (_X, value, args, kwargs) => {
    const other = kwargs.get(keyword);
    if (other !== undefined && args.length === 0 && kwargs.size === 1) return test(value, other);
    return test(value, positional(name, 1, 1, args, kwargs)[0]!);
  };
};

const eq = against('eq', '', equal);
const ne = against('ne', '', (value, other) => !equal(value, other));
const gt = against('gt', '', greater);
const ge = against('ge', '', greaterOrEqual);
const lt = against('lt', '', less);
const le = against('le', '', lessOrEqual);

function isInt(value: Value): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}

function isNumber(value: Value): boolean {
  return (
    isInt(value) ||
    typeof value === 'boolean' ||
    value instanceof PyFloat ||
    (value instanceof PyObject && 'rounded' in value)
  );
}

function isSequence(value: Value): boolean {
  if (value instanceof Undefined) return true;
  if (typeof value === 'string' || Array.isArray(value)) return true;
  return value instanceof PyObject && value.isSubscriptable && value.size() !== undefined;
}

function isIterable(value: Value): boolean {
  return (
    typeof value === 'string' || Array.isArray(value) || (value instanceof PyObject && value.iterate() !== undefined)
  );
}

/** `is`: whether it is the very same value, not an equal one. */
function isSame(value: Value, other: Value): boolean {
  if (value instanceof PyFloat || typeof value === 'bigint') return value === other;
  return value === other;
}

/** A known name of a test. Filled by this file only, so that the `test` test can ask. */
const table: Record<string, Test> = {
  '!=': ne,
  '<': lt,
  '<=': le,
  '==': eq,
  '>': gt,
  '>=': ge,
  boolean: plain('boolean', (value) => typeof value === 'boolean'),
  callable: plain('callable', (value) => value instanceof Callable || value instanceof Undefined),
  defined: plain('defined', (value) => !(value instanceof Undefined)),
  divisibleby: against('divisibleby', 'num', (value, other) => equal(modulo(value, other), 0)),
  eq,
  equalto: eq,
  escaped: plain('escaped', (value) => value instanceof Markup),
  even: plain('even', (value) => equal(modulo(value, 2), 0)),
  false: plain('false', (value) => value === false),
  filter: plain('filter', (value) => isKnown(value, filterNames)),
  float: plain('float', (value) => value instanceof PyFloat),
  ge,
  greaterthan: gt,
  gt,
  in: against('in', 'seq', (value, other) => contains(other, value)),
  integer: plain('integer', isInt),
  iterable: plain('iterable', isIterable),
  le,
  lessthan: lt,
  lower: plain('lower', (value) => isLower(textOf(value))),
  lt,
  mapping: plain('mapping', (value) => value instanceof PyObject && value.isMapping),
  ne,
  none: plain('none', (value) => value === null),
  number: plain('number', isNumber),
  odd: plain('odd', (value) => equal(modulo(value, 2), 1)),
  sameas: against('sameas', 'other', isSame),
  sequence: plain('sequence', isSequence),
  string: plain('string', (value) => typeof value === 'string' || value instanceof Markup),
  test: plain('test', (value) => isKnown(value, testNames)),
  true: plain('true', (value) => value === true),
  undefined: plain('undefined', (value) => value instanceof Undefined),
  upper: plain('upper', (value) => isUpper(textOf(value))),
};

/** Tests that a template can use after `is`. */
export const tests: Readonly<Record<string, Test>> = table;

export const testNames: ReadonlySet<string> = new Set(Object.keys(table));

function isKnown(value: Value, names: ReadonlySet<string>): boolean {
  if (Array.isArray(value)) throw raised('TypeError', "unhashable type: 'list'");
  return typeof value === 'string' && names.has(value);
}
