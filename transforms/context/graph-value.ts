import { Dict } from '../jinja/value/dict.ts';
import type { Manifest } from '../project/manifest.ts';
import { dictOf } from './value.ts';

/** `graph`: all nodes by their unique ids, as dicts. */
export function graphValue(manifest: Manifest): Dict {
  const part = (nodes: ReadonlyMap<string, object>) =>
    Dict.of([...nodes].map(([id, node]) => [id, dictOf(node)] as const));
  return Dict.of([
    ['exposures', part(manifest.exposures)],
    ['groups', part(manifest.groups)],
    ['metrics', new Dict()],
    ['nodes', part(manifest.nodes)],
    ['sources', part(manifest.sources)],
    ['semantic_models', new Dict()],
    ['saved_queries', new Dict()],
  ]);
}
