import { sha256 } from './code-nodes.ts';
import type { LoadedProject } from './load.ts';
import type { ManifestNode } from './manifest.ts';
import { configOf } from './node-config.ts';

/** What messages call code that is given on the command line. */
export const INLINE = 'inline_query';

/**
 * Code of the command line as a node of the project: no part of the graph, nothing of it is kept. It has the config that a model at the
 * root of the project would have, so that `+dialect` holds for it.
 */
export function inlineNode(
  { config }: LoadedProject,
  code: string,
  place: { database: string | null; schema: string },
): ManifestNode {
  const fqn = [config.name, INLINE];
  return {
    resource_type: 'operation',
    name: INLINE,
    unique_id: `sql_operation.${config.name}.${INLINE}`,
    package_name: config.name,
    path: INLINE,
    original_file_path: INLINE,
    fqn,
    ...place,
    alias: INLINE,
    checksum: sha256(code),
    config: configOf({ type: 'model', fqn, own: config, active: config }),
    unrendered_config: {},
    config_call_dict: {},
    tags: [],
    meta: new Map(),
    description: '',
    columns: {},
    group: null,
    docs: new Map(),
    patch_path: null,
    raw_code: code,
    language: 'sql',
    refs: [],
    sources: [],
    depends_on: { nodes: [], macros: [] },
    relation_name: null,
  };
}
