import type { CallBlockNode, MacroNode, Parameter, Statement } from './ast.ts';
import { callCode, code } from './expression-code.ts';
import { collectMacro } from './scope.ts';
import { TemplateSyntaxError } from './syntax-error.ts';
import { enter, type StatementsCode, write } from './target-code.ts';
import type { Place, Unit } from './unit.ts';
import { undeclared } from './walk.ts';

/** Names that a macro has without declaring them, if its body uses them. */
const SPECIAL = ['caller', 'kwargs', 'varargs'] as const;

export function macroCode(unit: Unit, place: Place, node: MacroNode, body: StatementsCode): void {
  const macro = functionCode(unit, place, node, node.name, body);
  const variable = place.scope.variable(node.name, node.line);
  unit.emit(`${variable} = ${macro};`);
  if (place.toplevel) unit.emit(`X.vars.set(${JSON.stringify(node.name)}, ${variable});`);
}

export function callBlockCode(unit: Unit, place: Place, node: CallBlockNode, body: StatementsCode): void {
  const caller = unit.name('m');
  unit.emit(`const ${caller} = ${functionCode(unit, place, node, undefined, body)};`);
  unit.at(node.line);
  const value = callCode(unit, place, node.call, caller);
  unit.emit(write(place, place.values ? value : `${unit.helper('joined')}(${value})`));
}

function functionCode(
  unit: Unit,
  place: Place,
  node: MacroNode | CallBlockNode,
  name: string | undefined,
  body: StatementsCode,
): string {
  const scope = place.scope.inner();
  collectMacro(scope, node);
  const names = node.parameters.map((parameter) => parameter.name.name);
  checkNames(node, names);
  const used = undeclared(node.body, SPECIAL);
  const special = SPECIAL.filter((word) => used.has(word) && !names.includes(word));
  const variables = [
    ...names.map((word) => scope.variable(word, node.line)),
    ...special.map((word) => scope.parameter(word)),
  ];
  const inner: Place = { scope, buffer: 'o', values: false, toplevel: false, soft: false, inLoop: false };
  const text = unit.functionBody(() => {
    unit.emit('let o = "";');
    enter(unit, scope, true);
    for (const parameter of node.parameters) defaultCode(unit, inner, parameter);
    body(unit, inner, node.body as readonly Statement[]);
    unit.emit('return o;');
  });
  const written = unit.asyncWord;
  const takes = JSON.stringify(special);
  const label = name === undefined ? 'null' : JSON.stringify(name);
  return `new (${unit.helper('Macro')})(X, ${label}, ${JSON.stringify(names)}, ${takes}, ${written}(${variables.join(', ')}) => {\n${text}\n})`;
}

function checkNames(node: MacroNode | CallBlockNode, names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    throw new TemplateSyntaxError(`duplicate argument '${twice}' in function definition`, node.line);
  }
  const caller = node.parameters.find((parameter) => parameter.name.name === 'caller');
  if (caller !== undefined && caller.defaultValue === undefined && undeclared(node.body, ['caller']).size > 0) {
    throw new TemplateSyntaxError(
      'When defining macros or call blocks the special "caller" argument must be omitted or be given a default.',
      node.line,
    );
  }
}

function defaultCode(unit: Unit, place: Place, { name, defaultValue }: Parameter): void {
  const variable = place.scope.variable(name.name, name.line);
  const value =
    defaultValue === undefined ? `X.notProvided(${JSON.stringify(name.name)})` : code(unit, place, defaultValue);
  unit.emit(`if (${variable} === undefined) ${variable} = ${value};`);
}
