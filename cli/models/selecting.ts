import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { millraceError } from '../../connectors/contract/index.ts';
import { type ResourceType, resourceTypes } from '../../transforms/graph/node.ts';
import { type SelectionResult, select } from '../../transforms/graph/selection.ts';
import { type IndirectMode, parseSelection, type Selection } from '../../transforms/graph/selection-spec.ts';
import { readSelectors } from '../../transforms/graph/selectors-file.ts';
import { readYamlFile } from '../../transforms/project/yaml-file.ts';
import type { Options } from '../command.ts';
import type { OpenModels } from './opening.ts';
import { previousState } from './state.ts';

/** The nodes that a verb works on: of its kinds, as `--select` and the others say. @throws MillraceError `select.invalid` */
export function selectNodes(opened: OpenModels, options: Options, types: readonly ResourceType[]): SelectionResult {
  const wanted =
    options.resourceType === undefined ? types : types.filter((type) => typesOf(options.resourceType).has(type));
  const filter = { types: new Set(wanted), notTypes: typesOf(options.excludeResourceType) };
  const { project, root } = opened;
  const context = {
    project: project.config.name,
    /** Read when a term asks for it. */
    get previous() {
      return previousState(opened, options.state);
    },
  };
  return select(project.graph, selectionOf(root, options), context, filter);
}

function typesOf(words: readonly string[] | undefined): Set<ResourceType> {
  return new Set(
    (words ?? []).map((word) => {
      const type = resourceTypes.find((known) => known === word);
      if (type !== undefined) return type;
      throw millraceError('select.invalid', `there is no kind of node "${word}"`, {
        fix: `Use one of ${resourceTypes.join(', ')}.`,
      });
    }),
  );
}

/** What is asked for; else the selector that says it is the default; else everything. */
function selectionOf(root: string, options: Options): Selection {
  const mode = (options.indirectSelection ?? 'eager') as IndirectMode;
  const path = join(root, 'selectors.yml');
  const named = existsSync(path) ? readSelectors(readYamlFile(path, 'selectors.yml'), mode) : new Map();
  if (options.selector !== undefined) {
    const found = named.get(options.selector);
    if (found !== undefined) return found.selection;
    const known = [...named.keys()].join(', ');
    throw millraceError('select.invalid', `there is no selector "${options.selector}"`, {
      fix: known === '' ? 'Add it to selectors.yml.' : `Use one of ${known}.`,
    });
  }
  if (options.select === undefined && options.exclude === undefined)
    for (const { isDefault, selection } of named.values()) if (isDefault) return selection;
  return parseSelection(options.select, options.exclude, mode);
}
