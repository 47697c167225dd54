import { attributeOf, itemOf, sliceOf, strictUndefined } from '../attribute.ts';
import { contextFilters, filters } from '../filter/filters.ts';
import { tests } from '../filter/tests.ts';
import * as arithmetic from '../value/arithmetic.ts';
import { contains, equal, greater, greaterOrEqual, less, lessOrEqual, truth } from '../value/compare.ts';
import { Dict } from '../value/dict.ts';
import { Range } from '../value/iterate.ts';
import { Markup } from '../value/markup.ts';
import { PyFloat } from '../value/number.ts';
import { noKwargs, PyObject, type Value } from '../value/object.ts';
import { PySet } from '../value/set.ts';
import { textOf } from '../value/text.ts';
import { Tuple } from '../value/tuple.ts';
import type { Arguments, Comparison, Expression } from './ast.ts';

/** What filters see of a render: there is none. */
const folding = { ...strictUndefined, native: true };

/** Thrown where an expression is not the same in every render. */
const notConstant = new Error('not constant');

/**
 * The text of an expression that is the same in every render, or undefined. Jinja writes such as text into the compiled template, which
 * in a native template shows: `{{ 1 }}` is the text 1, where `{{ x }}` is a number.
 */
export function foldedText(node: Expression): string | undefined {
  try {
    const value = fold(node);
    return isLiteral(value) ? textOf(value) : undefined;
  } catch {
    // Whatever fails here fails again where it is reached in a render.
    return undefined;
  }
}

/** Whether Python can write the value as source. */
function isLiteral(value: Value): boolean {
  if (Array.isArray(value)) return value.every(isLiteral);
  if (!(value instanceof PyObject)) return true;
  if (value instanceof Tuple) return value.items.every(isLiteral);
  if (value instanceof PySet) return value.list().every(isLiteral);
  if (value instanceof Dict) return value.entries().every(([key, item]) => isLiteral(key) && isLiteral(item));
  return value instanceof PyFloat || value instanceof Range || value instanceof Markup;
}

const BINARY = {
  '+': arithmetic.add,
  '-': arithmetic.subtract,
  '*': arithmetic.multiply,
  '/': arithmetic.divide,
  '//': arithmetic.floorDivide,
  '%': arithmetic.modulo,
  '**': arithmetic.power,
};

const COMPARE: Readonly<Record<Comparison, (left: Value, right: Value) => boolean>> = {
  '==': equal,
  '!=': (left, right) => !equal(left, right),
  '<': less,
  '<=': lessOrEqual,
  '>': greater,
  '>=': greaterOrEqual,
  in: (left, right) => contains(right, left),
  'not in': (left, right) => !contains(right, left),
};

function fold(node: Expression): Value {
  switch (node.kind) {
    case 'constant':
      return node.value;
    case 'tuple':
      return new Tuple(node.items.map(fold));
    case 'list':
      return node.items.map(fold);
    case 'dict':
      return Dict.of(node.entries.map(([key, value]) => [fold(key), fold(value)] as const));
    case 'attribute':
      return attributeOf(strictUndefined, fold(node.of), node.name);
    case 'item':
      return foldItem(node.of, node.key);
    case 'condition':
      if (truth(fold(node.test))) return fold(node.yes);
      if (node.no === undefined) throw notConstant;
      return fold(node.no);
    case 'and':
    case 'or': {
      const left = fold(node.left);
      return truth(left) === (node.kind === 'and') ? fold(node.right) : left;
    }
    case 'not':
      return !truth(fold(node.operand));
    case 'negative':
    case 'positive':
      return node.kind === 'negative'
        ? arithmetic.negative(fold(node.operand))
        : arithmetic.positive(fold(node.operand));
    case 'binary':
      return BINARY[node.operator](fold(node.left), fold(node.right));
    case 'concat':
      return node.parts.map((part) => textOf(fold(part))).join('');
    case 'compare':
      return foldCompare(node);
    case 'filter':
      if (node.input === undefined || !Object.hasOwn(filters, node.name) || contextFilters.has(node.name))
        throw notConstant;
      return filters[node.name]!(folding as never, fold(node.input), ...foldGiven(node.given));
    case 'test':
      if (!Object.hasOwn(tests, node.name)) throw notConstant;
      return tests[node.name]!(folding as never, fold(node.input), ...foldGiven(node.given));
    default:
      throw notConstant;
  }
}

function foldItem(of: Expression, key: Expression): Value {
  const value = fold(of);
  if (key.kind !== 'slice') return itemOf(strictUndefined, value, fold(key));
  const bound = (node: Expression | undefined) => (node === undefined ? null : fold(node));
  return sliceOf(value, bound(key.start), bound(key.stop), bound(key.step));
}

function foldCompare(node: Expression & { kind: 'compare' }): boolean {
  let left = fold(node.first);
  return node.rest.every(({ operator, value }) => {
    const right = fold(value);
    const holds = COMPARE[operator](left, right);
    left = right;
    return holds;
  });
}

function foldGiven(given: Arguments): [Value[], ReadonlyMap<string, Value>] {
  if (given.starArgs !== undefined || given.starKeywords !== undefined) throw notConstant;
  const named = given.keywords.map(({ name, value }) => [name, fold(value)] as const);
  return [given.args.map(fold), named.length === 0 ? noKwargs : new Map(named)];
}
