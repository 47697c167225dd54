import type { ResourceType } from '../../transforms/graph/node.ts';
import type { ManifestNode } from '../../transforms/project/manifest.ts';
import type { Invocation, Outcome } from '../command.ts';
import { EXIT } from '../exit.ts';
import { type CompiledModels, compileModels, writeManifest } from '../models/compiling.ts';
import { openModels } from '../models/opening.ts';
import { selectNodes } from '../models/selecting.ts';
import { tellErrors, tellNotes, templateMessages } from '../models/telling.ts';
import { plural } from '../output/format.ts';
import { maskValue } from '../output/secret.ts';

const TYPES: readonly ResourceType[] = ['model', 'seed', 'snapshot', 'test', 'analysis', 'operation'];

/** `millrace compile`: the SQL of nodes, as files; that of what was selected by name on stdout too. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const opened = openModels(invocation, 'compile', templateMessages(invocation));
  const { options } = opened;
  tellNotes(invocation, opened);
  const { ids } = selectNodes(opened, options, TYPES);
  const order = opened.project.graph.order().filter((id) => ids.has(id));
  const nodes = order
    .map((id) => opened.project.manifest.nodes.get(id)!)
    .filter(({ resource_type }) => resource_type !== 'seed');
  const done = await compileModels(opened, nodes, options.introspect !== false);
  writeManifest(opened, done.compiled);
  tellErrors(invocation, done.failed.map(({ error }) => error)); // biome-ignore format: one call
  const asked = options.select !== undefined || options.selector !== undefined;
  return {
    exit: done.failed.length > 0 ? EXIT.failed : EXIT.ok,
    summary: `${plural(done.compiled.size, 'node')} compiled into ${opened.target.shown}/compiled${done.failed.length > 0 ? `, ${done.failed.length} failed` : ''}`,
    result: nodes.map((node) => nodeResult(node, done)),
    report: asked ? reportOf(nodes, done) : '',
  };
}

function nodeResult(node: ManifestNode, { compiled, failed }: CompiledModels): object {
  const error = failed.find((failure) => failure.node === node)?.error;
  const code = compiled.get(node.unique_id)?.code ?? null;
  return {
    unique_id: node.unique_id,
    compiled_code: code,
    error: error === undefined ? null : maskValue(error.envelope()),
  };
}

function reportOf(nodes: readonly ManifestNode[], { compiled }: CompiledModels): string {
  const done = nodes.filter(({ unique_id }) => compiled.has(unique_id));
  const code = ({ unique_id }: ManifestNode) => compiled.get(unique_id)!.code.trim();
  if (done.length === 1) return code(done[0]!);
  return done.map((node) => `-- ${node.unique_id}\n${code(node)}\n`).join('\n');
}
