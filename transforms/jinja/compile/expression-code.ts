import { filterNames } from '../filter/name-list.ts';
import { testNames } from '../filter/tests.ts';
import { PyFloat } from '../value/number.ts';
import type { Arguments, CallNode, Expression, FilterNode } from './ast.ts';
import { TemplateSyntaxError } from './syntax-error.ts';
import type { Place, Unit } from './unit.ts';

const BINARY: Readonly<Record<string, string>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '//': 'floorDivide',
  '%': 'modulo',
  '**': 'power',
};

const COMPARISONS: Readonly<Record<string, (unit: Unit, left: string, right: string) => string>> = {
  '==': (unit, left, right) => `${unit.helper('equal')}(${left}, ${right})`,
  '!=': (unit, left, right) => `!${unit.helper('equal')}(${left}, ${right})`,
  '<': (unit, left, right) => `${unit.helper('less')}(${left}, ${right})`,
  '<=': (unit, left, right) => `${unit.helper('lessOrEqual')}(${left}, ${right})`,
  '>': (unit, left, right) => `${unit.helper('greater')}(${left}, ${right})`,
  '>=': (unit, left, right) => `${unit.helper('greaterOrEqual')}(${left}, ${right})`,
  in: (unit, left, right) => `${unit.helper('isIn')}(${left}, ${right})`,
  'not in': (unit, left, right) => `!${unit.helper('isIn')}(${left}, ${right})`,
};

/** The JS expression of a template's expression. */
export function code(unit: Unit, place: Place, node: Expression): string {
  switch (node.kind) {
    case 'constant':
      return constantCode(unit, node.value);
    case 'name':
      return nameCode(place, node.name, node.line);
    case 'tuple':
      return `new (${unit.helper('Tuple')})([${codes(unit, place, node.items)}])`;
    case 'list':
      return `[${codes(unit, place, node.items)}]`;
    case 'dict':
      return dictCode(unit, place, node.entries);
    case 'attribute':
      return `${unit.helper('attributeOf')}(X, ${code(unit, place, node.of)}, ${JSON.stringify(node.name)})`;
    case 'item':
      return itemCode(unit, place, node.of, node.key);
    case 'call':
      return callCode(unit, place, node);
    case 'filter':
      return filterCode(unit, place, node, code(unit, place, node.input!));
    case 'test':
      return testCode(unit, place, node);
    case 'condition':
      return conditionCode(unit, place, node);
    case 'and':
    case 'or':
      return logicCode(unit, place, node);
    case 'not':
      return `!${truthCode(unit, place, node.operand)}`;
    case 'negative':
    case 'positive':
      return `${unit.helper(node.kind)}(${code(unit, place, node.operand)})`;
    case 'binary':
      return `${unit.helper(BINARY[node.operator]!)}(${code(unit, place, node.left)}, ${code(unit, place, node.right)})`;
    case 'concat':
      return `${unit.helper('concat')}([${codes(unit, place, node.parts)}])`;
    case 'compare':
      return compareCode(unit, place, node);
    case 'slice':
    case 'namespace':
      throw new TemplateSyntaxError('a slice or namespace target cannot be used here', node.line);
  }
}

function codes(unit: Unit, place: Place, nodes: readonly Expression[]): string {
  return nodes.map((node) => code(unit, place, node)).join(', ');
}

function constantCode(unit: Unit, value: string | number | bigint | boolean | null | PyFloat): string {
  if (value instanceof PyFloat) return unit.constant(value);
  return typeof value === 'bigint' ? `${value}n` : JSON.stringify(value);
}

function nameCode({ scope }: Place, name: string, line: number): string {
  const variable = scope.variable(name, line);
  if (scope.beginningOf(variable)?.kind === 'parameter') return variable;
  return `(${variable} === undefined ? X.undefined(${JSON.stringify(name)}) : ${variable})`;
}

function dictCode(unit: Unit, place: Place, entries: readonly (readonly [Expression, Expression])[]): string {
  const pairs = entries.map(([key, value]) => `[${code(unit, place, key)}, ${code(unit, place, value)}]`);
  return `${unit.helper('dictOf')}([${pairs.join(', ')}])`;
}

function itemCode(unit: Unit, place: Place, of: Expression, key: Expression): string {
  const value = code(unit, place, of);
  if (key.kind !== 'slice') return `${unit.helper('itemOf')}(X, ${value}, ${code(unit, place, key)})`;
  const bounds = [key.start, key.stop, key.step].map((bound) =>
    bound === undefined ? 'null' : code(unit, place, bound),
  );
  return `${unit.helper('sliceOf')}(${value}, ${bounds.join(', ')})`;
}

/** As a JS boolean. */
export function truthCode(unit: Unit, place: Place, node: Expression): string {
  const boolean = node.kind === 'not' || node.kind === 'test' || (node.kind === 'compare' && node.rest.length > 0);
  const value = code(unit, place, node);
  return boolean ? `(${value})` : `${unit.helper('truth')}(${value})`;
}

function conditionCode(unit: Unit, place: Place, node: Expression & { kind: 'condition' }): string {
  const soft = { ...place, soft: true };
  const test = truthCode(unit, place, node.test);
  const no = node.no === undefined ? `X.noElse()` : code(unit, soft, node.no);
  return `(${test} ? ${code(unit, soft, node.yes)} : ${no})`;
}

function logicCode(unit: Unit, place: Place, node: Expression & { kind: 'and' | 'or' }): string {
  const left = unit.temporary();
  const test = `${unit.helper('truth')}(${left} = ${code(unit, place, node.left)})`;
  const right = code(unit, place, node.right);
  return node.kind === 'and' ? `(${test} ? ${right} : ${left})` : `(${test} ? ${left} : ${right})`;
}

function compareCode(unit: Unit, place: Place, node: Expression & { kind: 'compare' }): string {
  let left = code(unit, place, node.first);
  const tests = node.rest.map(({ operator, value }, at) => {
    let right = code(unit, place, value);
    const last = at === node.rest.length - 1;
    const kept = last ? '' : unit.temporary();
    if (!last) right = `${kept} = ${right}`;
    const test = COMPARISONS[operator]!(unit, left, right);
    left = kept;
    return test;
  });
  return tests.length === 1 ? tests[0]! : `(${tests.join(' && ')})`;
}

/** A call. `caller` is the variable of a call block's body, which goes with it as a keyword. */
export function callCode(unit: Unit, place: Place, node: CallNode, caller?: string): string {
  const given = givenCode(unit, place, node.given, node.line, caller);
  const call =
    node.callee.kind === 'attribute'
      ? `${unit.helper('callMethod')}(X, ${code(unit, place, node.callee.of)}, ${JSON.stringify(node.callee.name)}, ${given})`
      : `${unit.helper('call')}(X, ${code(unit, place, node.callee)}, ${given})`;
  return waited(unit, call);
}

/** Waits only where there is a promise: most calls have none. */
function waited(unit: Unit, call: string): string {
  if (!unit.mode.waits) return `${unit.helper('settled')}(${call})`;
  const result = unit.temporary();
  return `((${result} = ${call}) instanceof Promise ? await ${result} : ${result})`;
}

/** Arguments as two JS values: an array and a Map. */
function givenCode(unit: Unit, place: Place, given: Arguments, line: number, caller?: string): string {
  const names = given.keywords.map((keyword) => keyword.name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new TemplateSyntaxError(`keyword argument repeated: ${twice}`, line);
  const list = `[${codes(unit, place, given.args)}]`;
  const args =
    given.starArgs === undefined ? list : `${unit.helper('withStar')}(${list}, ${code(unit, place, given.starArgs)})`;
  const pairs = given.keywords.map(({ name, value }) => `[${JSON.stringify(name)}, ${code(unit, place, value)}]`);
  if (caller !== undefined) pairs.push(`["caller", ${caller}]`);
  const named = pairs.length === 0 ? unit.helper('noKwargs') : `new Map([${pairs.join(', ')}])`;
  if (given.starKeywords === undefined) return `${args}, ${named}`;
  return `${args}, ${unit.helper('withStars')}(${named}, ${code(unit, place, given.starKeywords)})`;
}

export function filterCode(unit: Unit, place: Place, node: FilterNode, input: string): string {
  if (!filterNames.has(node.name)) return unknownCode(place, 'filter', node.name, node.line, input);
  const given = givenCode(unit, place, node.given, node.line);
  return `${unit.helper('filters')}[${JSON.stringify(node.name)}](X, ${input}, ${given})`;
}

function testCode(unit: Unit, place: Place, node: Expression & { kind: 'test' }): string {
  const input = code(unit, place, node.input);
  if (!testNames.has(node.name)) return unknownCode(place, 'test', node.name, node.line, input);
  if (node.name === 'defined' && node.given.args.length === 0 && node.input.kind === 'name') {
    return `${unit.helper('isDefined')}(${place.scope.variable(node.input.name, node.line)})`;
  }
  const given = givenCode(unit, place, node.given, node.line);
  return `${unit.helper('tests')}[${JSON.stringify(node.name)}](X, ${input}, ${given})`;
}

/** Unknown names fail at once, but in a branch that may never be taken only when they are reached. */
function unknownCode(place: Place, what: 'filter' | 'test', name: string, line: number, input: string): string {
  if (!place.soft) throw new TemplateSyntaxError(`No ${what} named '${name}'.`, line);
  return `X.unknown(${input}, "${what}", ${JSON.stringify(name)})`;
}
