import type { Invocation, Outcome } from '../command.ts';
import { EXIT } from '../exit.ts';
import { writeManifest } from '../models/manifest-file.ts';
import { openModels } from '../models/opening.ts';
import { tellNotes, templateMessages } from '../models/telling.ts';
import { plural } from '../output/format.ts';

/** `millrace parse`: reads the project, tells what is wrong with it, and writes `manifest.json`. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const opened = await openModels(invocation, 'parse', templateMessages(invocation));
  tellNotes(invocation, opened);
  writeManifest(opened);
  const { nodes, sources, exposures } = opened.project.manifest;
  const counts: Record<string, number> = { source: sources.size, exposure: exposures.size };
  for (const { resource_type: type } of nodes.values()) counts[type] = (counts[type] ?? 0) + 1;
  return {
    exit: EXIT.ok,
    summary: `${plural(nodes.size + sources.size + exposures.size, 'node')} in ${opened.project.config.name}; ${opened.target.shown}/manifest.json is written`,
    result: { project: opened.project.config.name, counts },
    report: '',
  };
}
