import type { Manifest, ManifestNode } from '../project/manifest.ts';

/** Statements of `on-run-start` and `on-run-end`: those of packages by their names, then the project's own, each in the order of its list. */
export function hookIds(manifest: Manifest): { readonly start: readonly string[]; readonly end: readonly string[] } {
  const hooks = [...manifest.nodes.values()].filter(({ resource_type: type }) => type === 'operation');
  const ids = (kind: string) =>
    hooks
      .filter(({ tags }) => tags.includes(kind))
      .sort((one, other) => compare(manifest.project, one, other))
      .map(({ unique_id }) => unique_id);
  return { start: ids('on-run-start'), end: ids('on-run-end') };
}

function compare(project: string, one: ManifestNode, other: ManifestNode): number {
  const [mine, others] = [one, other].map(({ package_name: owner }) => owner);
  if (mine === others) return (one.index ?? 0) - (other.index ?? 0);
  if (mine === project) return 1;
  return others === project || mine! < others! ? -1 : 1;
}
