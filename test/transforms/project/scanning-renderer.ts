import { renderLiteral } from '../../../transforms/project/literal-template.ts';
import type { Renderer } from '../../../transforms/project/renderer.ts';

/**
 * Stands where the template engine will: runs the literal calls of `ref`, `source` and `config` wherever they stand in code. Enough for
 * projects of tests, which have none that depends on what the engine would compute.
 */
export const scanningRenderer: Renderer = {
  native(template, _context, at) {
    throw new Error(`${at}: a project of the tests has no such template: ${template}`);
  },
  parse(code, context) {
    for (const [call] of code.matchAll(/\b(?:ref|source|config)\s*\((?:[^()'"]|'[^']*'|"[^"]*"|\([^()]*\))*\)/g)) {
      if (renderLiteral(`{{ ${call} }}`, context) === undefined) throw new Error(`not literal: ${call}`);
    }
    return [];
  },
};
