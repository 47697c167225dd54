import type { Manifest, ManifestNode } from '../project/manifest.ts';

/** What is run under an id. A unit test is a node for this: its model, under the name and with the file and config of the test. */
export function runnableNode({ nodes, unit_tests }: Manifest, id: string): ManifestNode | undefined {
  const unit = unit_tests.get(id);
  if (unit === undefined) return nodes.get(id);
  const tested = nodes.get(unit.depends_on.nodes[0]!)!;
  return {
    ...tested,
    resource_type: 'unit_test',
    unique_id: id,
    package_name: unit.package_name,
    name: `${unit.model}::${unit.name}`,
    fqn: [...unit.fqn],
    path: `${id.split('.').at(-1)}.sql`,
    original_file_path: unit.original_file_path,
    config: unit.config,
    depends_on: { nodes: [...unit.depends_on.nodes], macros: [] },
    relation_name: null,
  };
}
