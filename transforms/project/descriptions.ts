import { millraceError } from '../../connectors/contract/index.ts';
import type { PackageContext } from './load-context.ts';
import { textOf } from './python-text.ts';
import type { HostFunction } from './renderer.ts';
import { renderText } from './rendering.ts';

/** A description with the blocks of text that it names by `doc()` in it. What fails is a problem, and the text stays. */
export function describe(text: string, at: string, context: PackageContext): string {
  if (!text.includes('{{') && !text.includes('{%')) return text;
  const functions = { ...context.lookups, doc: docFunction(context, at) };
  const render = () => textOf(renderText(text, { values: context.values, functions }, context.options.renderer, at));
  return context.problems.guard(render) ?? text;
}

/** `doc('name')`: of the package, of the project, of any other; `doc('package', 'name')`. */
function docFunction({ name: own, active, manifest }: PackageContext, at: string): HostFunction {
  return (args) => {
    const name = String(args.at(-1));
    const owners = args.length === 2 ? [String(args[0])] : [own, active.name];
    for (const owner of owners) {
      const found = manifest.docs.get(`doc.${owner}.${name}`);
      if (found !== undefined) return found.block_contents;
    }
    const anywhere = args.length === 1 ? [...manifest.docs.values()].find((doc) => doc.name === name) : undefined;
    if (anywhere !== undefined) return anywhere.block_contents;
    throw millraceError('model.reference', `there is no block of text "${args.map(String).join('.')}"`, {
      at,
      fix: `Write {% docs ${name} %} ... {% enddocs %} in a .md file of the docs paths.`,
    });
  };
}
