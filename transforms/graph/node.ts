/** The kinds of things that a project has, by dbt's names. */
export const resourceTypes = [
  'model',
  'analysis',
  'test',
  'snapshot',
  'operation',
  'seed',
  'source',
  'macro',
  'exposure',
  'metric',
  'group',
  'saved_query',
  'semantic_model',
  'unit_test',
  'function',
  'doc',
] as const;

export type ResourceType = (typeof resourceTypes)[number];

/** What selection and order need of a node: the names and form of manifest v12, so that a manifest that was read back serves too. */
export interface GraphNode {
  readonly unique_id: string;
  readonly resource_type: ResourceType;
  readonly package_name: string;
  readonly name: string;
  readonly fqn: readonly string[];
  /** From the root of its package. */
  readonly original_file_path: string;
  /** `package://path` of the file that describes it. */
  readonly patch_path?: string | null;
  readonly tags?: readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly depends_on?: { readonly nodes?: readonly string[]; readonly macros?: readonly string[] };
  readonly raw_code?: string;
  readonly access?: string | undefined;
  readonly version?: string | number | null | undefined;
  readonly latest_version?: string | number | null | undefined;
  readonly source_name?: string | undefined;
  readonly test_metadata?: { readonly name: string } | undefined;
}

/** Tests with arguments; the others are queries of their own. */
export function isGenericTest(node: GraphNode): boolean {
  return node.resource_type === 'test' && node.test_metadata !== undefined;
}

export function isEnabled(node: GraphNode): boolean {
  return node.config?.enabled !== false;
}

/** A file without a statement makes nothing. */
export function isEmpty(node: GraphNode): boolean {
  const hasCode = node.resource_type !== 'seed' && node.raw_code !== undefined;
  return hasCode && node.raw_code.trim() === '';
}
