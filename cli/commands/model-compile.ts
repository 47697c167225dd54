import type { ResourceType } from '../../transforms/graph/node.ts';
import type { ManifestNode } from '../../transforms/project/manifest.ts';
import type { Invocation, Options, Outcome } from '../command.ts';
import { EXIT } from '../exit.ts';
import { type CompiledModels, compileModels } from '../models/compiling.ts';
import { inlineOf } from '../models/inline.ts';
import { writeManifest } from '../models/manifest-file.ts';
import { type OpenModels, openModels } from '../models/opening.ts';
import { selectNodes } from '../models/selecting.ts';
import { tellErrors, tellNotes, templateMessages } from '../models/telling.ts';
import { plural } from '../output/format.ts';
import { maskValue } from '../output/secret.ts';

const TYPES: readonly ResourceType[] = ['model', 'seed', 'snapshot', 'test', 'analysis', 'operation'];

/** `millrace compile`: the SQL of nodes, as files; that of what was selected by name on stdout too. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const opened = await openModels(invocation, 'compile', templateMessages(invocation));
  const { options } = opened;
  tellNotes(invocation, opened);
  const inline = inlineOf(opened);
  const nodes = inline === undefined ? nodesOf(opened) : [inline];
  const done = await compileModels(opened, nodes, options.introspect !== false);
  writeManifest(opened, done.compiled);
  tellErrors(
    invocation,
    done.failed.map(({ error }) => error),
  );
  const asked = options.select !== undefined || options.selector !== undefined || inline !== undefined;
  return {
    exit: done.failed.length > 0 ? EXIT.failed : EXIT.ok,
    summary: summaryOf(done, inline === undefined ? ` into ${opened.target.shown}/compiled` : ''),
    result: nodes.map((node) => nodeResult(node, done)),
    report: asked ? reportOf(nodes, done, options) : '',
  };
}

function nodesOf(opened: OpenModels): ManifestNode[] {
  const { ids } = selectNodes(opened, opened.options, TYPES);
  const order = opened.project.graph.order().filter((id) => ids.has(id));
  const nodes = order.map((id) => opened.project.manifest.nodes.get(id)!);
  return nodes.filter(({ resource_type }) => resource_type !== 'seed');
}

function summaryOf({ compiled, failed }: CompiledModels, where: string): string {
  return `${plural(compiled.size, 'node')} compiled${where}${failed.length > 0 ? `, ${failed.length} failed` : ''}`;
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

function reportOf(nodes: readonly ManifestNode[], { compiled }: CompiledModels, { output, inline }: Options): string {
  const done = nodes.filter(({ unique_id }) => compiled.has(unique_id));
  const code = ({ unique_id }: ManifestNode) => compiled.get(unique_id)!.code.trim();
  if (output === 'json') {
    const object = (node: ManifestNode) => ({
      ...(inline === undefined ? { node: node.name } : {}),
      compiled: code(node),
    });
    return done.map((node) => JSON.stringify(object(node), null, 2)).join('\n');
  }
  if (done.length === 1) return code(done[0]!);
  return done.map((node) => `-- ${node.unique_id}\n${code(node)}\n`).join('\n');
}
