import type { Expression, OutputPart, Statement } from './ast.ts';
import { code, filterCode, truthCode } from './expression-code.ts';
import { foldedText } from './fold.ts';
import { loopCode } from './loop-code.ts';
import { callBlockCode, macroCode } from './macro-code.ts';
import { collect, collectTarget, type Scope } from './scope.ts';
import { TemplateSyntaxError } from './syntax-error.ts';
import { assignment, enter, exported, write } from './target-code.ts';
import type { Place, Unit } from './unit.ts';

/** Writes the code of statements. */
export function statementsCode(unit: Unit, place: Place, statements: readonly Statement[]): void {
  for (const statement of statements) statementCode(unit, place, statement);
}

function statementCode(unit: Unit, place: Place, node: Statement): void {
  switch (node.kind) {
    case 'output':
      outputCode(unit, place, node.parts);
      return;
    case 'for':
      unit.at(node.line);
      loopCode(unit, place, node, statementsCode);
      return;
    case 'if':
      ifCode(unit, place, node);
      return;
    case 'set':
      unit.at(node.line);
      unit.emit(`${assignment(unit, place, node.target, code(unit, place, node.value))};`);
      exported(unit, place, node.target);
      return;
    case 'set-block':
      setBlockCode(unit, place, node);
      return;
    case 'do':
      unit.at(node.line);
      unit.emit(`${code(unit, place, node.value)};`);
      return;
    case 'macro':
      macroCode(unit, place, node, statementsCode);
      return;
    case 'call-block':
      callBlockCode(unit, place, node, statementsCode);
      return;
    case 'filter-block':
      filterBlockCode(unit, place, node);
      return;
    case 'with':
      withCode(unit, place, node);
      return;
    case 'escape':
      escapeCode(unit, place, node);
      return;
    case 'block':
      blockCode(unit, place, node);
      return;
    case 'load':
      unit.at(node.line);
      unit.emit(`X.noLoader(${code(unit, place, node.template)});`);
      return;
    case 'break':
    case 'continue':
      if (!place.inLoop) throw new TemplateSyntaxError(`'${node.kind}' outside loop`, node.line);
      unit.emit(`${node.kind};`);
  }
}

function outputCode(unit: Unit, place: Place, parts: readonly OutputPart[]): void {
  let text: string | undefined;
  const flush = () => {
    if (text !== undefined) unit.emit(write(place, JSON.stringify(text)));
    text = undefined;
  };
  for (const part of parts) {
    const constant = constantText(unit, part);
    if (constant !== undefined) {
      text = (text ?? '') + constant;
      continue;
    }
    flush();
    unit.at(part.line);
    const value = code(unit, place, part as Expression);
    const added = place.values
      ? value
      : unit.mode.native
        ? `${unit.helper('joined')}(${value})`
        : `${unit.helper('textOf')}(${value})`;
    unit.emit(write(place, added));
  }
  flush();
}

/** The text of what is the same in every render. In a native template that decides whether the result is a text. */
function constantText(unit: Unit, part: OutputPart): string | undefined {
  if (part.kind === 'data') return part.text;
  if (unit.mode.native) return foldedText(part);
  return part.kind === 'constant' && typeof part.value === 'string' ? part.value : undefined;
}

function ifCode(unit: Unit, place: Place, node: Statement & { kind: 'if' }): void {
  const soft = { ...place, soft: true };
  const branches = [node, ...node.elseIfs];
  unit.at(node.line);
  branches.forEach((branch, at) => {
    unit.emit(`${at === 0 ? '' : '} else '}if (${truthCode(unit, soft, branch.test)}) {`);
    unit.forgetLine();
    statementsCode(unit, soft, branch.body);
  });
  if (node.otherwise.length > 0) {
    unit.emit('} else {');
    unit.forgetLine();
    statementsCode(unit, soft, node.otherwise);
  }
  unit.emit('}');
  unit.forgetLine();
}

/** Runs `body` with its text caught in a new buffer, inside a scope of its own; `use` then has the buffer's name. */
function captured(
  unit: Unit,
  place: Place,
  scope: Scope,
  body: readonly Statement[],
  use: (inner: Place) => void,
): void {
  const buffer = unit.name('b');
  const inner: Place = { ...place, scope, buffer, values: false, toplevel: false };
  unit.emit(`{ let ${buffer} = "";`);
  enter(unit, scope);
  statementsCode(unit, inner, body);
  use(inner);
  unit.emit('}');
}

function setBlockCode(unit: Unit, place: Place, node: Statement & { kind: 'set-block' }): void {
  const scope = place.scope.inner();
  collect(scope, node.body);
  captured(unit, place, scope, node.body, (inner) => {
    unit.at(node.line);
    const value = node.filter === undefined ? inner.buffer : filterChain(unit, inner, node.filter);
    unit.emit(`${assignment(unit, place, node.target, value)};`);
    exported(unit, place, node.target);
  });
}

/** The filters of a block, the innermost of which is given its text. */
function filterChain(unit: Unit, place: Place, node: Expression & { kind: 'filter' }): string {
  const { input } = node;
  const inner = input?.kind === 'filter' ? filterChain(unit, place, input) : place.buffer;
  return filterCode(unit, place, node, inner);
}

function filterBlockCode(unit: Unit, place: Place, node: Statement & { kind: 'filter-block' }): void {
  const scope = place.scope.inner();
  collect(scope, node.body);
  collect(scope, [node.filter]);
  captured(unit, place, scope, node.body, (inner) => {
    unit.at(node.line);
    const value = filterChain(unit, inner, node.filter);
    unit.emit(write(place, place.values ? value : `${unit.helper('joined')}(${value})`));
  });
}

function withCode(unit: Unit, place: Place, node: Statement & { kind: 'with' }): void {
  const scope = place.scope.inner();
  for (const target of node.targets) collectTarget(scope, target);
  collect(scope, node.body);
  const inner = { ...place, scope, toplevel: false };
  unit.emit('{');
  enter(unit, scope);
  unit.at(node.line);
  node.targets.forEach((target, at) => {
    unit.emit(`${assignment(unit, inner, target, code(unit, place, node.values[at]!))};`);
  });
  statementsCode(unit, inner, node.body);
  unit.emit('}');
}

function escapeCode(unit: Unit, place: Place, node: Statement & { kind: 'escape' }): void {
  const scope = place.scope.inner();
  collect(scope, [node.enabled, ...node.body]);
  const inner = { ...place, scope, toplevel: false };
  unit.emit('{');
  enter(unit, scope);
  unit.at(node.line);
  unit.emit(`X.escape(${code(unit, inner, node.enabled)});`);
  statementsCode(unit, inner, node.body);
  unit.emit('}');
}

/** A block stands where it is written, for there is no template to extend. What it sees are the names at the top. */
function blockCode(unit: Unit, place: Place, node: Statement & { kind: 'block' }): void {
  unit.at(node.line);
  if (node.required) unit.emit(`X.required(${JSON.stringify(node.name)});`);
  const stored = node.scoped ? [...place.scope.allStored()] : [];
  const names = stored.map(([name, variable]) => `[${JSON.stringify(name)}, ${variable}]`);
  const context = node.scoped ? `X.with([${names.join(', ')}])` : 'X';
  const text = `${unit.awaitWord}X.blocks.get(${JSON.stringify(node.name)})(${context})`;
  unit.emit(place.values ? `${place.buffer}.push(...${text});` : write(place, text));
}
