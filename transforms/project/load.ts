import { Graph } from '../graph/graph.ts';
import { readBuiltinMacros } from './builtin-macros.ts';
import { CodeCache } from './code-cache.ts';
import { fingerprintOf } from './code-fingerprint.ts';
import { readCodeNodes } from './code-nodes.ts';
import { genericTest } from './generic-test.ts';
import { type KeptLoad, KeptNodes } from './kept-load.ts';
import { type Loading, type LoadOptions, PackageContext } from './load-context.ts';
import { readDocs, readMacros } from './macro-files.ts';
import {
  addDisabled,
  emptyManifest,
  type GraphMember,
  graphMembers,
  type Manifest,
  type ManifestNode,
} from './manifest.ts';
import { nameNode } from './node-names.ts';
import { describeMacro, readExposure, readGroup } from './other-nodes.ts';
import { readProjects } from './package-list.ts';
import { Patches, type PendingTest } from './patches.ts';
import { Problems } from './problems.ts';
import type { ProjectConfig } from './project-config.ts';
import { ProjectFiles } from './project-files.ts';
import { References } from './references.ts';
import { type Described, readSchemaFiles } from './schema-files.ts';
import { readSource } from './source-nodes.ts';
import { readUnitTest } from './unit-test.ts';

export interface LoadedProject {
  readonly config: ProjectConfig;
  readonly packages: readonly ProjectConfig[];
  readonly manifest: Manifest;
  readonly graph: Graph<GraphMember>;
  readonly problems: Problems;
  /** Where the nodes are kept for the next run, or were taken from there. */
  readonly kept?: KeptLoad;
  /** `var` and `env_var` as code of a package sees them. */
  lookups(owner: string): PackageContext['lookups'];
}

/**
 * Loads the project in a folder with its packages: everything that is known without a database. What is wrong is kept in `problems`;
 * the rest is there.
 * @throws MillraceError where there is no project, or its file cannot be read
 */
export function loadProject(given: LoadOptions): LoadedProject {
  const cache = new CodeCache({ path: given.cachePath, env: given.env });
  const onEnv: LoadOptions['onEnv'] = (name, value) => {
    cache.onEnv(name, value);
    given.onEnv?.(name, value);
  };
  const options = { ...given, onEnv };
  const problems = new Problems();
  const vars = options.vars ?? new Map();
  const scope = { vars, env: options.env, target: options.target.values, renderer: options.renderer };
  const [config, ...packages] = readProjects(options.root, scope, problems);
  const manifest = emptyManifest(config!.name);
  const loading = { active: config!, manifest, problems, options, cache, files: new ProjectFiles(), drafts: new Map() };
  const contexts = [config!, ...packages].map((own) => new PackageContext(own, loading));
  for (const context of contexts) {
    readMacros(context);
    readDocs(context);
  }
  readBuiltinMacros(manifest, problems);
  const lookups = (owner: string) => (contexts.find(({ name }) => name === owner) ?? contexts[0]!).lookups;
  const parser = options.renderer?.parser({
    project: config!,
    target: options.target,
    macros: manifest.macros.values(),
    functions: lookups,
  });
  for (const context of contexts) context.parser = parser;
  const fingerprint = fingerprintOf([config!, ...packages], manifest, options);
  cache.open(fingerprint);
  const nodes = new KeptNodes(loading, fingerprint);
  const kept =
    (problems.errors.length === 0 ? nodes.restore(contexts) : undefined) ?? readNodes(contexts, loading, nodes);
  const graph = new Graph(graphMembers(manifest));
  problems.guard(() => graph.order());
  return { config: config!, packages, manifest, graph, problems, lookups, ...(kept === undefined ? {} : { kept }) };
}

/** Fills the manifest from the files of nodes. */
function readNodes(
  contexts: readonly PackageContext[],
  { manifest, problems, cache }: Loading,
  nodes: KeptNodes,
): KeptLoad | undefined {
  const notesFrom = problems.notes.length;
  fill(contexts, manifest);
  if (problems.errors.length === 0) cache.save();
  new References(manifest).resolve(problems);
  checkPlaces(manifest, problems);
  return nodes.keep(notesFrom);
}

function fill(contexts: readonly PackageContext[], manifest: Manifest): void {
  const patches = new Patches(contexts.flatMap(readCodeNodes));
  const described = contexts.flatMap(readSchemaFiles);
  const tests: PendingTest[] = [];
  const later: Described[] = [];
  for (const one of described) {
    if (one.section === 'sources') tests.push(...readSource(one));
    else if (one.section === 'macros') describeMacro(one);
    else if (one.section === 'groups') readGroup(one);
    else if (one.section === 'exposures') readExposure(one);
    else if (one.section === 'unit_tests') later.push(one);
    else patches.describe(one);
  }
  patches.finish();
  const models = modelsByName(manifest);
  for (const test of [...patches.tests, ...tests]) addTest(test, manifest, models);
  for (const one of later) readUnitTest(one, models);
}

function modelsByName(manifest: Manifest): Map<string, ManifestNode[]> {
  const models = new Map<string, ManifestNode[]>();
  for (const node of manifest.nodes.values()) {
    if (!['model', 'seed', 'snapshot'].includes(node.resource_type)) continue;
    const others = models.get(node.name);
    if (others === undefined) models.set(node.name, [node]);
    else others.push(node);
  }
  return models;
}

function addTest(
  { written, column, target, at, context }: PendingTest,
  manifest: Manifest,
  models: ReadonlyMap<string, readonly ManifestNode[]>,
): void {
  const node = context.problems.guard(() => genericTest(written, column, target, at, context));
  if (node === undefined) return;
  nameNode(node, context);
  const attached = (models.get(target.ref?.name ?? '') ?? []).find(
    ({ version }) => (version ?? null) === (target.ref?.version ?? null),
  );
  node.attached_node = attached?.unique_id ?? null;
  node.group = attached?.group ?? null;
  if (node.config.enabled === false) addDisabled(manifest, node);
  else if (!manifest.nodes.has(node.unique_id)) manifest.nodes.set(node.unique_id, node);
  else {
    context.problems.add('model.duplicate', `the test ${node.name} is there twice with the same arguments`, {
      at,
      fix: 'Take one out, or give one a `name`.',
    });
  }
}

/** Two nodes may not become one table. */
function checkPlaces(manifest: Manifest, problems: Problems): void {
  const places = new Map<string, ManifestNode>();
  for (const node of manifest.nodes.values()) {
    if (!['model', 'seed', 'snapshot'].includes(node.resource_type) || node.config.materialized === 'ephemeral')
      continue;
    const place = `${node.database ?? ''}.${node.schema}.${node.alias}`.toLowerCase();
    const other = places.get(place);
    places.set(place, node);
    if (other === undefined) continue;
    const message = `${other.name} and ${node.name} would both be ${node.schema}.${node.alias}`;
    problems.add('model.duplicate', message, { at: node.original_file_path });
  }
}
