import { inlineNode } from '../../transforms/project/inline-node.ts';
import type { ManifestNode } from '../../transforms/project/manifest.ts';
import type { OpenModels } from './opening.ts';

/** The query of `--inline` as a node; undefined where none is given. */
export function inlineOf({ options, project, engine }: OpenModels): ManifestNode | undefined {
  if (options.inline === undefined) return undefined;
  const { database, schema } = engine.scope.facts.target;
  return inlineNode(project, options.inline, { database, schema });
}
