import type { ForNode } from './ast.ts';
import { code, truthCode } from './expression-code.ts';
import { collectLoop, type Scope } from './scope.ts';
import { TemplateSyntaxError } from './syntax-error.ts';
import { assignment, enter, type StatementsCode, write } from './target-code.ts';
import type { Place, Unit } from './unit.ts';
import { childrenOf, type Node, some, undeclared } from './walk.ts';

/** A loop: with `loop` only where its body uses it, for that costs. */
export function loopCode(unit: Unit, place: Place, node: ForNode, body: StatementsCode): void {
  checkLoopName(node);
  if (node.recursive) recursiveCode(unit, place, node, body);
  else plainCode(unit, place, node, code(unit, place, node.over), '0, null', body);
}

function usesLoop(node: ForNode): boolean {
  if (node.recursive || undeclared(node.body, ['loop']).size > 0) return true;
  return some(node, (inner) => inner.kind === 'block' && inner.scoped);
}

function checkLoopName(node: Node): void {
  if (node.kind === 'name' && node.use === 'store' && node.name === 'loop') {
    throw new TemplateSyntaxError("Can't assign to special loop variable in for-loop target", node.line);
  }
  childrenOf(node).forEach(checkLoopName);
}

function plainCode(
  unit: Unit,
  place: Place,
  node: ForNode,
  over: string,
  loopArguments: string,
  body: StatementsCode,
): void {
  const empty = node.otherwise.length > 0 ? unit.name('e') : undefined;
  unit.emit('{');
  if (empty !== undefined) unit.emit(`let ${empty} = true;`);
  const scope = place.scope.inner();
  if (usesLoop(node)) countedCode(unit, place, scope, node, over, loopArguments, empty, body);
  else simpleCode(unit, place, scope, node, over, empty, body);
  if (empty !== undefined) elseCode(unit, place, node, empty, body);
  unit.emit('}');
}

/** Inside a loop's braces: the names begin, the body runs. Only a body that reaches its end says that there was one. */
function turnCode(
  unit: Unit,
  place: Place,
  scope: Scope,
  node: ForNode,
  empty: string | undefined,
  body: StatementsCode,
) {
  body(unit, { ...place, scope, toplevel: false, soft: false, inLoop: true }, node.body);
  if (empty !== undefined) unit.emit(`${empty} = false;`);
  unit.forgetLine();
}

function simpleCode(
  unit: Unit,
  place: Place,
  scope: Scope,
  node: ForNode,
  over: string,
  empty: string | undefined,
  body: StatementsCode,
): void {
  collectLoop(scope, node, 'body');
  const item = unit.name('v');
  unit.emit(`for (const ${item} of ${unit.helper('each')}(${over})) { F.spend(1);`);
  unit.forgetLine();
  if (node.test !== undefined) testCode(unit, place, node, item, 'continue;');
  enter(unit, scope);
  unit.emit(`${assignment(unit, { ...place, scope }, node.target, item)};`);
  turnCode(unit, place, scope, node, empty, body);
  unit.emit('}');
}

function countedCode(
  unit: Unit,
  place: Place,
  scope: Scope,
  node: ForNode,
  over: string,
  loopArguments: string,
  empty: string | undefined,
  body: StatementsCode,
): void {
  const loop = scope.parameter('loop');
  collectLoop(scope, node, 'body');
  const context = unit.name('c');
  const item = unit.name('v');
  const items = node.test === undefined ? over : filteredCode(unit, place, node, over);
  unit.emit(`const ${context} = new (${unit.helper('Loop')})(X, ${items}, ${loopArguments});`);
  unit.emit(`for (let ${item}; (${item} = ${context}.advance()) !== undefined; ) { F.spend(1);`);
  unit.forgetLine();
  enter(unit, scope);
  unit.emit(`${loop} = ${context};`);
  unit.emit(`${assignment(unit, { ...place, scope }, node.target, item)};`);
  turnCode(unit, place, scope, node, empty, body);
  unit.emit('}');
}

/** The loop's `if`, in a scope of its own. */
function testCode(unit: Unit, place: Place, node: ForNode, item: string, otherwise: string): void {
  const scope = place.scope.inner();
  collectLoop(scope, node, 'test');
  const inner = { ...place, scope };
  unit.emit('{');
  enter(unit, scope);
  unit.emit(`${assignment(unit, inner, node.target, item)};`);
  unit.emit(`if (!${truthCode(unit, inner, node.test!)}) ${otherwise}`);
  unit.emit('}');
}

function filteredCode(unit: Unit, place: Place, node: ForNode, over: string): string {
  const items = unit.name('s');
  const item = unit.name('v');
  unit.emit(`const ${items} = [];`);
  unit.emit(`for (const ${item} of ${unit.helper('each')}(${over})) { F.spend(1);`);
  testCode(unit, place, node, item, 'continue;');
  unit.emit(`${items}.push(${item}); }`);
  return `new (${unit.helper('PyIterator')})(${items})`;
}

function elseCode(unit: Unit, place: Place, node: ForNode, empty: string, body: StatementsCode): void {
  const scope = place.scope.inner();
  collectLoop(scope, node, 'else');
  unit.emit(`if (${empty}) {`);
  unit.forgetLine();
  enter(unit, scope);
  body(unit, { ...place, scope, toplevel: false, soft: false }, node.otherwise);
  unit.emit('}');
  unit.forgetLine();
}

/** `loop(items)` in the body runs the whole loop again, one level down. */
function recursiveCode(unit: Unit, place: Place, node: ForNode, body: StatementsCode): void {
  const name = unit.name('r');
  const text = unit.functionBody(() => {
    const inner: Place = { ...place, buffer: 'o', values: false, toplevel: false };
    unit.emit('let o = "";');
    plainCode(unit, inner, node, 'items', `depth, ${name}`, body);
    unit.emit('return o;');
  });
  unit.emit(`const ${name} = ${unit.asyncWord}(items, depth) => {\n${text}\n};`);
  unit.at(node.line);
  const over = code(unit, place, node.over);
  unit.emit(write(place, `${unit.awaitWord}${name}(${over}, 0)`));
}
