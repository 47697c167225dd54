import type { PyFloat } from '../value/number.ts';
import type { BlockNode, TemplateNode } from './ast.ts';
import { collect, Scope } from './scope.ts';
import { statementsCode } from './statement-code.ts';
import { TemplateSyntaxError } from './syntax-error.ts';
import { enter } from './target-code.ts';
import { type Mode, type Place, Unit } from './unit.ts';
import { childrenOf, type Node, undeclared } from './walk.ts';

/** The JS of a template: the body of a function of `R`, the runtime's functions, and `K`, the constants. */
export interface CompiledCode {
  readonly source: string;
  readonly constants: readonly PyFloat[];
}

/**
 * Writes a template as JS. All that varies between renders is in `X`, the render of this template; the code keeps nothing.
 * @throws TemplateSyntaxError for what Jinja refuses when it compiles
 */
export function compile(template: TemplateNode, mode: Mode): CompiledCode {
  const unit = new Unit(mode);
  try {
    return write(unit, template);
  } catch (thrown) {
    if (thrown instanceof RangeError) throw new TemplateSyntaxError('the template is nested too deeply', 1);
    throw thrown;
  }
}

function write(unit: Unit, template: TemplateNode): CompiledCode {
  const root = rootCode(unit, template);
  const blocks = [...blocksOf(template)].map(
    ([name, node]) => `[${JSON.stringify(name)}, ${unit.asyncWord}function (X) {\n${blockCode(unit, node)}\n}]`,
  );
  const source = [
    '"use strict";',
    `const { ${unit.helpers()} } = R;`,
    `return { root: ${unit.asyncWord}function (X) {\n${root}\n}, blocks: new Map([${blocks.join(',\n')}]) };`,
  ];
  return { source: source.join('\n'), constants: unit.constants };
}

function rootCode(unit: Unit, template: TemplateNode): string {
  const scope = new Scope();
  const self = undeclared(template.body, ['self']).size > 0 ? scope.parameter('self') : undefined;
  collect(scope, template.body);
  return bodyCode(unit, scope, template.body, true, () => {
    if (self !== undefined) unit.emit(`${self} = X.self();`);
  });
}

function blockCode(unit: Unit, node: BlockNode): string {
  const scope = new Scope();
  const used = undeclared(node.body, ['self', 'super']);
  const self = used.has('self') ? scope.parameter('self') : undefined;
  const parent = used.has('super') ? scope.parameter('super') : undefined;
  collect(scope, node.body);
  return bodyCode(unit, scope, node.body, false, () => {
    if (self !== undefined) unit.emit(`${self} = X.self();`);
    if (parent !== undefined) unit.emit(`${parent} = X.noParent(${JSON.stringify(node.name)});`);
  });
}

function bodyCode(unit: Unit, scope: Scope, body: TemplateNode['body'], toplevel: boolean, begin: () => void): string {
  const values = unit.mode.native;
  const place: Place = { scope, buffer: 'o', values, toplevel, soft: false, inLoop: false };
  return unit.functionBody(() => {
    unit.emit(`const F = X.frame; let o = ${values ? '[]' : '""'};`);
    enter(unit, scope);
    begin();
    statementsCode(unit, place, body);
    unit.emit('return o;');
  });
}

function blocksOf(template: TemplateNode): ReadonlyMap<string, BlockNode> {
  const blocks = new Map<string, BlockNode>();
  const visit = (node: Node): void => {
    if (node.kind === 'block') {
      if (blocks.has(node.name)) throw new TemplateSyntaxError(`block '${node.name}' defined twice`, node.line);
      blocks.set(node.name, node);
    }
    childrenOf(node).forEach(visit);
  };
  template.body.forEach(visit);
  return blocks;
}
