import type { GraphNode, ResourceType } from '../graph/node.ts';
import type { Config } from './config-merge.ts';
import type { Value, ValueMap } from './value.ts';

/** The parts of a project by the names of manifest v12 of dbt's published schema, as far as they are known before anything runs. */

export interface Checksum {
  readonly name: 'sha256' | 'path' | 'none';
  readonly checksum: string;
}

export interface RefArgs {
  readonly name: string;
  readonly package: string | null;
  readonly version: string | number | null;
}

export interface DependsOn {
  nodes: string[];
  macros: string[];
}

export interface ColumnInfo {
  name: string;
  description: string;
  meta: ValueMap;
  data_type: string | null;
  constraints: Value[];
  quote: boolean | null;
  config: Config;
  tags: string[];
  granularity: string | null;
}

interface Located extends GraphNode {
  readonly path: string;
  description: string;
  meta: ValueMap;
  tags: string[];
  config: Config;
  unrendered_config: Config;
}

/** A model, seed, snapshot, test, analysis or hook of the project. */
export interface ManifestNode extends Located {
  /** `unit_test`: in runs alone, where one is a node of its own (`run/runnable.ts`). */
  readonly resource_type: 'model' | 'seed' | 'snapshot' | 'test' | 'analysis' | 'operation' | 'unit_test';
  name: string;
  unique_id: string;
  fqn: string[];
  database: string | null;
  schema: string;
  alias: string;
  checksum: Checksum;
  columns: Record<string, ColumnInfo>;
  group: string | null;
  docs: ValueMap;
  patch_path: string | null;
  raw_code: string;
  readonly language: 'sql' | 'python';
  refs: RefArgs[];
  sources: (readonly [string, string])[];
  depends_on: DependsOn;
  relation_name: string | null;
  config_call_dict: Config;
  /** Of models. */
  access?: string;
  constraints?: Value[];
  version?: string | number | null;
  latest_version?: string | number | null;
  deprecation_date?: string | null;
  contract?: { enforced: boolean; alias_types: boolean; checksum: string | null };
  /** Of tests with arguments. */
  test_metadata?: { readonly name: string; readonly namespace: string | null; readonly kwargs: ValueMap };
  column_name?: string | null;
  file_key_name?: string | null;
  attached_node?: string | null;
  /** Of seeds: the root of the package. */
  root_path?: string;
  /** Of hooks: where it stands among those of its kind. */
  index?: number;
}

export interface SourceNode extends Located {
  readonly resource_type: 'source';
  readonly source_name: string;
  readonly source_description: string;
  readonly identifier: string;
  readonly database: string | null;
  readonly schema: string;
  readonly loader: string;
  readonly loaded_at_field: string | null;
  readonly loaded_at_query: string | null;
  readonly freshness: Value;
  readonly quoting: ValueMap;
  readonly external: Value;
  readonly source_meta: ValueMap;
  readonly columns: Record<string, ColumnInfo>;
  relation_name: string | null;
}

export interface ExposureNode extends Located {
  readonly resource_type: 'exposure';
  readonly type: string;
  readonly label: string | null;
  readonly maturity: string | null;
  readonly url: string | null;
  readonly owner: ValueMap;
  readonly refs: RefArgs[];
  readonly sources: (readonly [string, string])[];
  depends_on: DependsOn;
}

export interface UnitTestNode extends Omit<Located, 'meta' | 'tags'> {
  readonly resource_type: 'unit_test';
  readonly model: string;
  readonly schema: string;
  readonly given: Value[];
  readonly expect: ValueMap;
  readonly overrides: ValueMap | null;
  readonly version: string | number | null;
  readonly checksum: string;
  depends_on: DependsOn;
}

export interface MacroNode {
  readonly unique_id: string;
  readonly resource_type: 'macro';
  readonly name: string;
  readonly package_name: string;
  readonly path: string;
  readonly original_file_path: string;
  readonly macro_sql: string;
  readonly depends_on: { macros: readonly string[] };
  description: string;
  /** What the macro's YAML may set of it; dbt has the same beside it. */
  config: { readonly docs: { readonly show: boolean }; readonly meta: ValueMap };
  docs: { readonly show: boolean };
  meta: ValueMap;
  patch_path: string | null;
  arguments: Value[];
  supported_languages: readonly string[] | null;
  /** How messages name its file, and the line of it that the macro begins in: no part of artifacts. */
  readonly shown: string;
  readonly line: number;
}

export interface DocBlock {
  readonly unique_id: string;
  readonly resource_type: 'doc';
  readonly name: string;
  readonly package_name: string;
  readonly path: string;
  readonly original_file_path: string;
  readonly block_contents: string;
}

export interface GroupNode {
  readonly unique_id: string;
  readonly resource_type: 'group';
  readonly name: string;
  readonly package_name: string;
  readonly path: string;
  readonly original_file_path: string;
  readonly owner: ValueMap;
  readonly description: string | null;
}

/** All of a project and its packages. */
export interface Manifest {
  readonly project: string;
  readonly nodes: Map<string, ManifestNode>;
  readonly sources: Map<string, SourceNode>;
  readonly exposures: Map<string, ExposureNode>;
  readonly unit_tests: Map<string, UnitTestNode>;
  readonly macros: Map<string, MacroNode>;
  readonly docs: Map<string, DocBlock>;
  readonly groups: Map<string, GroupNode>;
  /** What is disabled; of one name there may be several. */
  readonly disabled: Map<string, (ManifestNode | SourceNode | ExposureNode | UnitTestNode)[]>;
}

export function emptyManifest(project: string): Manifest {
  return {
    project,
    nodes: new Map(),
    sources: new Map(),
    exposures: new Map(),
    unit_tests: new Map(),
    macros: new Map(),
    docs: new Map(),
    groups: new Map(),
    disabled: new Map(),
  };
}

export type GraphMember = ManifestNode | SourceNode | ExposureNode | UnitTestNode;

/** What has a place in the graph. */
export function* graphMembers(manifest: Manifest): Generator<GraphMember> {
  yield* manifest.nodes.values();
  yield* manifest.sources.values();
  yield* manifest.exposures.values();
  yield* manifest.unit_tests.values();
}

export function addDisabled(manifest: Manifest, node: GraphMember): void {
  const others = manifest.disabled.get(node.unique_id);
  if (others === undefined) manifest.disabled.set(node.unique_id, [node]);
  else others.push(node);
}

export type NodeType = ManifestNode['resource_type'] & ResourceType;
