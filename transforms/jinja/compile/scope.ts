import type { ForNode, Statement, Target } from './ast.ts';
import { TemplateSyntaxError } from './syntax-error.ts';
import { childrenOf, type Node, signature } from './walk.ts';

/**
 * How a variable of a scope begins. A scope's names are known before its code runs, and each has one variable there: what is only read
 * comes from the context; what is also set begins as the outer scope's, or as nothing.
 */
export type Beginning =
  | { readonly kind: 'parameter' }
  | { readonly kind: 'resolve'; readonly name: string }
  | { readonly kind: 'alias'; readonly of: string }
  | { readonly kind: 'nothing' };

/** The names of one scope: the whole template, a loop, a macro and so on. An `if` is no scope. */
export class Scope {
  readonly level: number;
  readonly parent: Scope | undefined;
  readonly variables: Map<string, string>;
  readonly beginnings: Map<string, Beginning>;
  readonly stored: Set<string>;

  constructor(parent?: Scope, level = parent === undefined ? 0 : parent.level + 1) {
    this.parent = parent;
    this.level = level;
    this.variables = new Map();
    this.beginnings = new Map();
    this.stored = new Set();
  }

  inner(): Scope {
    return new Scope(this);
  }

  copy(): Scope {
    const copy = new Scope(this.parent, this.level);
    for (const [name, variable] of this.variables) copy.variables.set(name, variable);
    for (const [variable, beginning] of this.beginnings) copy.beginnings.set(variable, beginning);
    for (const name of this.stored) copy.stored.add(name);
    return copy;
  }

  find(name: string): string | undefined {
    return this.variables.get(name) ?? this.parent?.find(name);
  }

  /** @throws TemplateSyntaxError for a name that no scope knows */
  variable(name: string, line: number): string {
    const variable = this.find(name);
    if (variable === undefined) throw new TemplateSyntaxError(`'${name}' cannot be used here`, line);
    return variable;
  }

  beginningOf(variable: string): Beginning | undefined {
    return this.beginnings.get(variable) ?? this.parent?.beginningOf(variable);
  }

  load(name: string): void {
    if (this.find(name) === undefined) this.#define(name, { kind: 'resolve', name });
  }

  store(name: string): void {
    this.stored.add(name);
    if (this.variables.has(name)) return;
    const outer = this.parent?.find(name);
    this.#define(name, outer === undefined ? { kind: 'nothing' } : { kind: 'alias', of: outer });
  }

  parameter(name: string): string {
    this.stored.add(name);
    return this.#define(name, { kind: 'parameter' });
  }

  #define(name: string, beginning: Beginning): string {
    const variable = `l${this.level}_${/^[A-Za-z0-9_]+$/.test(name) ? name : encoded(name)}`;
    this.variables.set(name, variable);
    this.beginnings.set(variable, beginning);
    return variable;
  }

  /** What is set in some branches only begins as what it was outside. */
  merge(branches: readonly Scope[]): void {
    const stores = new Set(branches.flatMap((branch) => [...branch.stored]));
    for (const name of this.stored) stores.delete(name);
    for (const branch of branches) {
      for (const [name, variable] of branch.variables) this.variables.set(name, variable);
      for (const [variable, beginning] of branch.beginnings) this.beginnings.set(variable, beginning);
      for (const name of branch.stored) this.stored.add(name);
    }
    for (const name of stores) {
      const variable = this.find(name)!;
      const outer = this.parent?.find(name);
      this.beginnings.set(variable, outer === undefined ? { kind: 'resolve', name } : { kind: 'alias', of: outer });
    }
  }

  /** Every name that is set here or outside, with its variable. */
  allStored(): ReadonlyMap<string, string> {
    const all = new Map(this.parent?.allStored() ?? []);
    for (const name of this.stored) all.set(name, this.find(name)!);
    return all;
  }
}

/** A name that JS would not take as it is. */
function encoded(name: string): string {
  return `$${Array.from(name, (character) => character.codePointAt(0)!.toString(36)).join('$')}`;
}

/** Finds the names of nodes that stand directly in a scope. */
export function collect(scope: Scope, nodes: readonly Node[]): void {
  for (const node of nodes) visit(scope, node);
}

function visit(scope: Scope, node: Node): void {
  switch (node.kind) {
    case 'name':
      if (node.use === 'load') scope.load(node.name);
      else if (node.use === 'store') scope.store(node.name);
      else scope.parameter(node.name);
      return;
    case 'namespace':
      scope.load(node.name);
      return;
    case 'if':
      visitIf(scope, node);
      return;
    case 'macro':
      scope.store(node.name);
      return;
    case 'load':
      visit(scope, node.template);
      for (const name of node.binds) scope.store(name);
      return;
    case 'set':
      visit(scope, node.value);
      visit(scope, node.target);
      return;
    case 'for':
      visit(scope, node.over);
      return;
    case 'call-block':
      visit(scope, node.call);
      return;
    case 'filter-block':
      visit(scope, node.filter);
      return;
    case 'with':
      collect(scope, node.values);
      return;
    case 'set-block':
      visit(scope, node.target);
      return;
    case 'escape':
    case 'block':
      return;
    default:
      collect(scope, childrenOf(node));
  }
}

function visitIf(scope: Scope, node: Node & { kind: 'if' }): void {
  visit(scope, node.test);
  const branch = (nodes: readonly Statement[]) => {
    const copy = scope.copy();
    collect(copy, nodes);
    return copy;
  };
  scope.merge([branch(node.body), branch(node.elseIfs), branch(node.otherwise)]);
}

/** The names of a target as variables that are there from the start. */
export function collectTarget(scope: Scope, target: Target): void {
  if (target.kind === 'name') scope.parameter(target.name);
  else if (target.kind === 'namespace') scope.load(target.name);
  else for (const item of target.items) collectTarget(scope, item as Target);
}

export function collectLoop(scope: Scope, node: ForNode, part: 'body' | 'test' | 'else'): void {
  if (part !== 'else') collectTarget(scope, node.target);
  if (part === 'else') collect(scope, node.otherwise);
  else if (part === 'body') collect(scope, node.body);
  else if (node.test !== undefined) visit(scope, node.test);
}

export function collectMacro(scope: Scope, node: Extract<Statement, { kind: 'macro' | 'call-block' }>): void {
  collect(scope, signature(node.parameters));
  collect(scope, node.body);
}
