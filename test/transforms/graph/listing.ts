import { join } from 'node:path';
import type { Graph } from '../../../transforms/graph/graph.ts';
import type { ResourceType } from '../../../transforms/graph/node.ts';
import { select } from '../../../transforms/graph/selection.ts';
import type { SelectionContext } from '../../../transforms/graph/selection-method.ts';
import { type IndirectMode, parseSelection, type Selection } from '../../../transforms/graph/selection-spec.ts';
import { readSelectors } from '../../../transforms/graph/selectors-file.ts';
import { readYamlFile } from '../../../transforms/project/yaml-file.ts';
import { SHOP } from '../project/shop.ts';

/** What `dbt ls` lists by default: everything but analyses. */
const LISTED: readonly ResourceType[] = ['model', 'snapshot', 'seed', 'test', 'source', 'exposure', 'unit_test'];

/** The ids that the words of a command line select, in order of name; null where the selection is refused. */
export function list(graph: Graph, words: readonly string[], context: SelectionContext): string[] | null {
  const flags = new Map<string, string[]>();
  let flag = '';
  for (const word of words) {
    if (word.startsWith('--')) flag = word;
    else flags.set(flag, [...(flags.get(flag) ?? []), word]);
  }
  const types = new Set((flags.get('--resource-type') as ResourceType[] | undefined) ?? LISTED);
  const notTypes = new Set((flags.get('--exclude-resource-type') as ResourceType[] | undefined) ?? []);
  try {
    return [...select(graph, selectionOf(flags), context, { types, notTypes }).ids].sort();
  } catch {
    return null;
  }
}

function selectionOf(flags: ReadonlyMap<string, string[]>): Selection {
  const [mode = 'eager'] = flags.get('--indirect-selection') ?? [];
  const [name] = flags.get('--selector') ?? [];
  if (name === undefined) return parseSelection(flags.get('--select'), flags.get('--exclude'), mode as IndirectMode);
  return readSelectors(readYamlFile(join(SHOP, 'selectors.yml'), 'selectors.yml')).get(name)!.selection;
}
