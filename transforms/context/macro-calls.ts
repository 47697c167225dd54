import type { Expression } from '../jinja/compile/ast.ts';
import { childrenOf, type Node } from '../jinja/compile/walk.ts';
import type { MacroNode } from '../project/manifest.ts';
import type { MacroLibrary } from './macro-library.ts';

/** The macros that a macro calls, as far as they can be told from its text: what artifacts name and `state:modified.macros` follows. */
export function macroCalls(macro: MacroNode, library: MacroLibrary): string[] {
  const found = new Set<string>();
  const visit = (node: Node): void => {
    if (node.kind === 'call') {
      const called = calledMacro(node, macro.package_name, library);
      if (called !== undefined && called !== macro) found.add(called.unique_id);
    }
    for (const child of childrenOf(node)) visit(child);
  };
  for (const node of library.template(macro).tree.body) visit(node);
  return [...found];
}

function calledMacro(
  { callee, given }: Expression & { kind: 'call' },
  own: string,
  library: MacroLibrary,
): MacroNode | undefined {
  if (callee.kind === 'name') return library.find(callee.name, own);
  if (callee.kind !== 'attribute' || callee.of.kind !== 'name') return undefined;
  if (callee.of.name !== 'adapter' || callee.name !== 'dispatch')
    return library.package(callee.of.name)?.get(callee.name);
  const [name, positional] = given.args;
  const namespace = positional ?? given.keywords.find((keyword) => keyword.name === 'macro_namespace')?.value;
  const text = textIn(name);
  return text === undefined ? undefined : library.dispatched(text, textIn(namespace), own);
}

function textIn(node: Expression | undefined): string | undefined {
  return node?.kind === 'constant' && typeof node.value === 'string' ? node.value : undefined;
}
