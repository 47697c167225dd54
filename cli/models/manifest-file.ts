import { join } from 'node:path';
import { macroCalls } from '../../transforms/context/macro-calls.ts';
import { readKept, writeKept } from '../../transforms/project/kept-file.ts';
import {
  type CompiledFacts,
  type ManifestFacts,
  type ManifestPieces,
  manifestPieces,
  manifestText,
} from '../../transforms/project/manifest-json.ts';
import { replaceFile } from '../../transforms/project/replace-file.ts';
import type { OpenModels } from './opening.ts';

/** In the folder of artifacts: the texts of which `manifest.json` was made. */
const KEPT = 'partial_parse_manifest.millrace';
const FORMAT = 'millrace manifest 1';

/** Writes `manifest.json` of what is known now. */
export function writeManifest(opened: OpenModels, compiled?: ReadonlyMap<string, CompiledFacts>): void {
  const { project, engine, id, startedAt, profile, target } = opened;
  const { library } = engine.scope;
  const facts = {
    invocation: { id, startedAt },
    generatedAt: new Date(),
    adapterType: profile.type,
    target: target.shown,
    macroCalls: (macro: Parameters<ManifestFacts['macroCalls']>[0]) => macroCalls(macro, library),
    ...(compiled === undefined ? {} : { compiled }),
  };
  replaceFile(join(target.path, 'manifest.json'), manifestText(project, facts, piecesOf(opened, facts)));
}

/** The texts of the nodes that are as they were kept are kept too. */
function piecesOf({ project, target }: OpenModels, facts: ManifestFacts): ManifestPieces {
  const { kept } = project;
  if (kept === undefined) return manifestPieces(project, facts);
  const path = join(target.path, KEPT);
  const label = { format: FORMAT, fingerprint: kept.stamp };
  const found = readKept(path, label)?.value as ManifestPieces | undefined;
  const known = found && { ...found, nodes: without(found.nodes, kept.changed) };
  const pieces = manifestPieces(project, facts, known);
  if (found === undefined) writeKept(path, label, { ...pieces, nodes: without(pieces.nodes, kept.changed) });
  return pieces;
}

function without<Item>(items: ReadonlyMap<string, Item>, ids: ReadonlySet<string>): ReadonlyMap<string, Item> {
  if (ids.size === 0) return items;
  const left = new Map(items);
  for (const id of ids) left.delete(id);
  return left;
}
