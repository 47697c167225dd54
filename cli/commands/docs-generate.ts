import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceType } from '../../transforms/graph/node.ts';
import type { ManifestNode, SourceNode } from '../../transforms/project/manifest.ts';
import { replaceFile } from '../../transforms/project/replace-file.ts';
import { type Catalog, catalogJson, readCatalog } from '../../transforms/run/catalog.ts';
import { writeArtifact } from '../../transforms/run/run-results.ts';
import type { Invocation, Outcome } from '../command.ts';
import { EXIT } from '../exit.ts';
import { noSignal } from '../inspection.ts';
import { openTarget } from '../models/adapter.ts';
import { invocationOf } from '../models/artifact.ts';
import { compileModels } from '../models/compiling.ts';
import { readPage, staticPage } from '../models/docs-page.ts';
import { writeManifest } from '../models/manifest-file.ts';
import { type OpenModels, openModels } from '../models/opening.ts';
import { selectNodes } from '../models/selecting.ts';
import { tellErrors, tellNotes, templateMessages } from '../models/telling.ts';
import { plural } from '../output/format.ts';
import { maskValue } from '../output/secret.ts';

const COMPILED: readonly ResourceType[] = ['model', 'snapshot', 'test', 'analysis'];
const TYPES: readonly ResourceType[] = [...COMPILED, 'seed', 'source'];

/** `millrace docs generate`: `manifest.json`, `catalog.json` and a page that shows them. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const opened = await openModels(invocation, 'generate', templateMessages(invocation));
  const { options, project, root, target } = opened;
  const { cwd, env } = invocation.terminal;
  tellNotes(invocation, opened);
  const page = readPage({ page: options.page, cwd, root, env });
  const { ids } = selectNodes(opened, options, TYPES);
  const order = project.graph.order().filter((id) => ids.has(id));
  const nodes = order.map((id) => project.graph.nodes.get(id) as ManifestNode | SourceNode);
  const compiling = options.compile === false ? [] : nodes.filter(isCompiled);
  const { compiled, failed } = await compileModels(opened, compiling, true);
  writeManifest(opened, compiled);
  tellErrors(
    invocation,
    failed.map(({ error }) => error),
  );
  const catalog = await catalogOf(opened, nodes);
  writeArtifact(join(target.path, 'catalog.json'), catalogJson(catalog, invocationOf(opened), new Date()));
  replaceFile(join(target.path, 'index.html'), page);
  if (options.static) replaceFile(join(target.path, 'static_index.html'), staticPage(page, artifactsIn(target.path)));
  const found = catalog.nodes.size + catalog.sources.size;
  for (const error of catalog.errors) invocation.terminal.err.write(`${error}\n`);
  return {
    exit: failed.length + catalog.errors.length > 0 ? EXIT.failed : EXIT.ok,
    summary: `${plural(found, 'relation')} in ${target.shown}/catalog.json; see the page by \`millrace docs serve\`${options.static ? `, or open ${target.shown}/static_index.html` : ''}`,
    result: {
      tables: found,
      page: `${target.shown}/${options.static ? 'static_index' : 'index'}.html`,
      errors: [...failed.map(({ error }) => maskValue(error.envelope()).message), ...catalog.errors],
    },
    report: '',
  };
}

function isCompiled(node: ManifestNode | SourceNode): node is ManifestNode {
  return COMPILED.includes(node.resource_type);
}

async function catalogOf(opened: OpenModels, nodes: readonly (ManifestNode | SourceNode)[]): Promise<Catalog> {
  if (opened.options.emptyCatalog) return { nodes: new Map(), sources: new Map(), errors: [] };
  await using adapter = await openTarget(opened);
  return await readCatalog(adapter, nodes, noSignal);
}

function artifactsIn(folder: string) {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const some = (name: string) => (existsSync(join(folder, name)) ? read(name) : undefined);
  const [results, sources] = [some('run_results.json'), some('sources.json')];
  return {
    manifest: read('manifest.json'),
    catalog: read('catalog.json'),
    ...(results === undefined ? {} : { results }),
    ...(sources === undefined ? {} : { sources }),
  };
}
