import { createHash } from 'node:crypto';
import type { GraphNode, ResourceType } from '../graph/node.ts';
import { type Json, toJson } from './json.ts';
import type { LoadedProject } from './load.ts';
import type { MacroNode, ManifestNode, SourceNode, UnitTestNode } from './manifest.ts';
import { freshnessJson, primaryKeyOf, unsaidConfig } from './manifest-defaults.ts';
import { compiledFile } from './target-files.ts';
import { REPORTED_VERSION } from './version-spec.ts';

/** What a run has made of a node, as far as it came to it. */
export interface CompiledFacts {
  readonly code: string;
  readonly ctes: readonly { readonly id: string; readonly sql: string }[];
}

export interface ManifestFacts {
  readonly invocation: { readonly id: string; readonly startedAt: Date };
  readonly generatedAt: Date;
  readonly adapterType: string;
  /** The folder of artifacts as paths name it: `target`. */
  readonly target: string;
  /** The macros that a macro calls. */
  readonly macroCalls: (macro: MacroNode) => readonly string[];
  readonly compiled?: ReadonlyMap<string, CompiledFacts>;
}

type JsonObject = { [key: string]: Json };

const SCHEMA = 'https://schemas.getdbt.com/dbt/manifest/v12.json';

/** The texts of which the artifact is made, but for what a run adds. */
export interface ManifestPieces {
  /** Of nodes by unique id, without the brace at the end. */
  readonly nodes: ReadonlyMap<string, string>;
  /** Of all parts after the nodes. */
  readonly rest: string;
}

/** Makes those texts; nodes that are in `known` are taken from there. */
export function manifestPieces(project: LoadedProject, facts: ManifestFacts, known?: ManifestPieces): ManifestPieces {
  const writer = new ManifestWriter(project, facts);
  const nodes = new Map<string, string>();
  for (const [id, node] of project.manifest.nodes) {
    nodes.set(id, known?.nodes.get(id) ?? JSON.stringify(writer.node(node)).slice(0, -1));
  }
  return { nodes, rest: known?.rest ?? JSON.stringify(writer.rest()) };
}

/** A project as `manifest.json` of version 12 of dbt's published schema. */
export function manifestText(
  project: LoadedProject,
  facts: ManifestFacts,
  { nodes, rest }: ManifestPieces = manifestPieces(project, facts),
): string {
  const writer = new ManifestWriter(project, facts);
  const texts: string[] = [];
  for (const [id, text] of nodes) {
    const added = JSON.stringify(writer.compiled(project.manifest.nodes.get(id)!)).slice(1);
    texts.push(`${JSON.stringify(id)}:${text}${added === '}' ? '' : ','}${added}`);
  }
  return `{"metadata":${JSON.stringify(writer.metadata())},"nodes":{${texts.join(',')}},${rest.slice(1)}`;
}

class ManifestWriter {
  readonly #project: LoadedProject;
  readonly #facts: ManifestFacts;
  readonly #created: number;

  constructor(project: LoadedProject, facts: ManifestFacts) {
    this.#project = project;
    this.#facts = facts;
    this.#created = facts.invocation.startedAt.getTime() / 1000;
  }

  rest(): JsonObject {
    const { manifest } = this.#project;
    return {
      sources: part(manifest.sources, (source) => this.#source(source)),
      macros: part(manifest.macros, (macro) => this.#macro(macro)),
      docs: part(manifest.docs, (doc) => toJson(doc)),
      exposures: part(manifest.exposures, (node) => this.#with(node, { metrics: [] })),
      metrics: {},
      groups: part(manifest.groups, (group) => ({ config: { meta: {} }, ...(toJson(group) as JsonObject) })),
      selectors: {},
      disabled: part(manifest.disabled, (nodes) => nodes.map((node) => this.#any(node))),
      parent_map: this.#edges((id) => this.#project.graph.parentsOf(id)),
      child_map: this.#edges((id) => this.#project.graph.childrenOf(id)),
      group_map: this.#groups(),
      saved_queries: {},
      semantic_models: {},
      unit_tests: part(manifest.unit_tests, (node) => this.#unitTest(node)),
      functions: {},
    };
  }

  metadata(): JsonObject {
    const { invocation, generatedAt, adapterType } = this.#facts;
    const { name, quoting } = this.#project.config;
    const quoted = (key: string) => (quoting.get(key) ?? true) !== false;
    return {
      dbt_schema_version: SCHEMA,
      dbt_version: REPORTED_VERSION,
      generated_at: generatedAt.toISOString(),
      invocation_id: invocation.id,
      invocation_started_at: invocation.startedAt.toISOString(),
      env: {},
      project_name: name,
      project_id: createHash('md5').update(name).digest('hex'),
      user_id: null,
      send_anonymous_usage_stats: false,
      adapter_type: adapterType,
      quoting: {
        database: quoted('database'),
        schema: quoted('schema'),
        identifier: quoted('identifier'),
        column: null,
      },
      run_started_at: invocation.startedAt.toISOString(),
    };
  }

  #any(node: GraphNode): Json {
    if (node.resource_type === 'source') return this.#source(node as SourceNode);
    if (node.resource_type === 'exposure') return this.#with(node, { metrics: [] });
    if (node.resource_type === 'unit_test') return this.#unitTest(node as UnitTestNode);
    const one = node as ManifestNode;
    return { ...this.node(one), ...this.compiled(one) };
  }

  #with(node: object, fields: JsonObject): JsonObject {
    const written = toJson(node) as JsonObject;
    const { config, resource_type: type } = written;
    const all = { ...unsaidConfig(type as ResourceType), ...(config as JsonObject | undefined) };
    return { ...written, ...(config === undefined ? {} : { config: all }), created_at: this.#created, ...fields };
  }

  node(node: ManifestNode): JsonObject {
    const seed = node.resource_type === 'seed';
    const { config_call_dict: _call, ...all } = node;
    const { language: _language, refs: _refs, sources: _sources, ...bare } = all;
    return this.#with(seed ? { ...bare, depends_on: { macros: node.depends_on.macros } } : all, {
      build_path: null,
      doc_blocks: [],
      ...(seed ? {} : { metrics: [], functions: [] }),
      ...(node.resource_type === 'model' ? { primary_key: this.#primaryKey(node), time_spine: null } : {}),
    });
  }

  #primaryKey(node: ManifestNode): string[] {
    const tests = this.#project.graph.childrenOf(node.unique_id).map((id) => this.#project.manifest.nodes.get(id));
    return primaryKeyOf(
      node,
      tests.filter((test) => test?.attached_node === node.unique_id).map((test) => test!),
    );
  }

  /** What a run adds to a node. */
  compiled(node: ManifestNode): JsonObject {
    if (node.resource_type === 'seed') return {};
    const found = this.#facts.compiled?.get(node.unique_id);
    if (found === undefined) return { compiled_path: null };
    const file = compiledFile(node);
    return {
      compiled_path: file === undefined ? null : `${this.#facts.target}/compiled/${file}`,
      compiled: true,
      compiled_code: found.code,
      extra_ctes_injected: true,
      extra_ctes: found.ctes.map(({ id, sql }) => ({ id, sql })),
    };
  }

  #source(source: SourceNode): Json {
    const { quoting, loaded_at_field, loaded_at_query } = source;
    const quoted = (key: string) => toJson(quoting.get(key) ?? null);
    const asked = { freshness: freshnessJson(source), loaded_at_field, loaded_at_query };
    const config = { ...unsaidConfig('source'), ...(toJson(source.config) as JsonObject), ...asked };
    return this.#with(source, {
      config,
      freshness: asked.freshness,
      unrendered_config: { ...(toJson(source.unrendered_config) as JsonObject), ...asked },
      quoting: {
        database: quoted('database'),
        schema: quoted('schema'),
        identifier: quoted('identifier'),
        column: quoted('column'),
      },
      patch_path: null,
      unrendered_database: null,
      unrendered_schema: null,
      doc_blocks: [],
    });
  }

  #unitTest(node: UnitTestNode): Json {
    const {
      tags: _tags,
      package_name: _package,
      unrendered_config: _config,
      ...bare
    } = node as UnitTestNode & { tags?: unknown };
    return this.#with({ ...bare, package_name: node.package_name }, { versions: null });
  }

  #macro(macro: MacroNode): Json {
    const { shown: _shown, line: _line, ...bare } = macro;
    const docs = { node_color: null, ...macro.docs };
    return this.#with(
      { ...bare, depends_on: { macros: this.#facts.macroCalls(macro) } },
      { docs, config: { meta: toJson(macro.config.meta), docs: { node_color: null, ...macro.config.docs } } },
    );
  }

  #edges(of: (id: string) => readonly string[]): JsonObject {
    return Object.fromEntries([...this.#project.graph.nodes.keys()].map((id) => [id, [...of(id)].sort()]));
  }

  #groups(): JsonObject {
    const groups: Record<string, string[]> = {};
    for (const { name } of this.#project.manifest.groups.values()) groups[name] = [];
    for (const { group, unique_id } of this.#project.manifest.nodes.values())
      if (group !== null) groups[group]?.push(unique_id);
    return groups;
  }
}

function part<Item>(items: ReadonlyMap<string, Item>, write: (item: Item) => Json): JsonObject {
  return Object.fromEntries([...items].map(([id, item]) => [id, write(item)]));
}
