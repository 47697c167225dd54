import type { ManifestNode } from './manifest.ts';

/**
 * Where the code of a node stands below `target/compiled` and `target/run`: in a file as its own, or, where a file has several nodes, in a
 * folder of that file's name. Undefined for what has no such file: seeds and snapshots.
 */
export function compiledFile({
  resource_type: type,
  path,
  original_file_path: original,
  package_name: owner,
}: ManifestNode): string | undefined {
  if (type === 'seed' || type === 'snapshot') return undefined;
  const file = original.replace(/^\.\//, '');
  return `${owner}/${nameOf(path) === nameOf(file) ? file : `${file}/${path}`}`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
