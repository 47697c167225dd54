import type { Arguments, Expression, OutputPart, Parameter, Statement } from './ast.ts';

export type Node = Statement | OutputPart;

/** What stands directly inside a node, in the order that scopes are found in. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'output':
      return node.parts;
    case 'for':
      return [node.target, node.over, ...node.body, ...node.otherwise, ...optional(node.test)];
    case 'if':
      return [node.test, ...node.body, ...node.elseIfs, ...node.otherwise];
    case 'macro':
      return [...signature(node.parameters), ...node.body];
    case 'call-block':
      return [node.call, ...signature(node.parameters), ...node.body];
    case 'set':
      return [node.target, node.value];
    case 'set-block':
      return [node.target, ...optional(node.filter), ...node.body];
    case 'filter-block':
      return [...node.body, node.filter];
    case 'with':
      return [...node.targets, ...node.values, ...node.body];
    case 'block':
      return node.body;
    case 'escape':
      return [node.enabled, ...node.body];
    case 'load':
      return [node.template];
    case 'do':
      return [node.value];
    case 'data':
    case 'break':
    case 'continue':
      return [];
    default:
      return expressionChildren(node);
  }
}

export function signature(parameters: readonly Parameter[]): readonly Expression[] {
  const defaults = parameters.flatMap((parameter) => optional(parameter.defaultValue));
  return [...parameters.map((parameter) => parameter.name), ...defaults];
}

function expressionChildren(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'tuple':
    case 'list':
      return node.items;
    case 'dict':
      return node.entries.flat();
    case 'slice':
      return [...optional(node.start), ...optional(node.stop), ...optional(node.step)];
    case 'call':
      return [node.callee, ...argumentNodes(node.given)];
    case 'filter':
      return [...optional(node.input), ...argumentNodes(node.given)];
    case 'test':
      return [node.input, ...argumentNodes(node.given)];
    case 'attribute':
      return [node.of];
    case 'item':
      return [node.of, node.key];
    case 'condition':
      return [node.test, node.yes, ...optional(node.no)];
    case 'and':
    case 'or':
    case 'binary':
      return [node.left, node.right];
    case 'not':
    case 'negative':
    case 'positive':
      return [node.operand];
    case 'concat':
      return node.parts;
    case 'compare':
      return [node.first, ...node.rest.map((part) => part.value)];
    default:
      return [];
  }
}

function argumentNodes(given: Arguments): readonly Expression[] {
  const keywords = given.keywords.map((keyword) => keyword.value);
  return [...given.args, ...keywords, ...optional(given.starArgs), ...optional(given.starKeywords)];
}

function optional<T>(node: T | undefined): readonly T[] {
  return node === undefined ? [] : [node];
}

/** Which of the names are read before anything in the nodes binds them. Blocks are not looked into. */
export function undeclared(nodes: readonly Node[], names: readonly string[]): ReadonlySet<string> {
  const open = new Set(names);
  const found = new Set<string>();
  const visit = (node: Node): void => {
    if (node.kind === 'block') return;
    if (node.kind === 'name') {
      if (node.use === 'load' && open.has(node.name)) found.add(node.name);
      else open.delete(node.name);
    }
    for (const child of childrenOf(node)) visit(child);
  };
  nodes.forEach(visit);
  return found;
}

/** Whether a node in the tree, this one included, answers. */
export function some(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || childrenOf(node).some((child) => some(child, test));
}
