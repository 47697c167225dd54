import type { AdapterType } from '../adapter/adapter.ts';
import { dispatchPrefixes } from '../context/index.ts';
import type { LoadedProject } from '../project/load.ts';
import type { MacroNode, ManifestNode } from '../project/manifest.ts';
import { isMap } from '../project/value.ts';
import { ConfigReader } from './config-read.ts';
import { commentsOf } from './model-build.ts';

/** What these nodes ask for and do not get, a line for each kind: said once, when a run begins. */
export function unservedConfigs(
  nodes: readonly ManifestNode[],
  { config, manifest }: LoadedProject,
  server: AdapterType,
): string[] {
  const { queryComment } = config;
  const granting =
    server === 'duckdb' ? nodes.filter(({ config: { grants } }) => isMap(grants) && grants.size > 0) : [];
  const views = server === 'duckdb' ? [] : nodes.filter(isDescribedView);
  return [
    ...line(granting, 'DuckDB has no users: `grants` are passed over'),
    ...line(views, `views of ${server} hold no comments: \`persist_docs\` is passed over`),
    ...(nodes.some(({ resource_type: type }) => type === 'snapshot')
      ? passedOver([...manifest.macros.values()], server)
      : []),
    ...(isMap(queryComment) && (queryComment.get('job-label') ?? queryComment.get('job_label')) === true
      ? ['`job-label` of `query-comment` is of BigQuery alone: it is passed over']
      : []),
  ];
}

/** By dbt's names of what its snapshots call, for this database; millrace makes snapshots by itself. */
function passedOver(macros: readonly MacroNode[], server: AdapterType): string[] {
  const before = ['', ...dispatchPrefixes(server).map((prefix) => `${prefix}__`)];
  const names = new Set(before.flatMap((prefix) => [`${prefix}snapshot_get_time`, `${prefix}snapshot_hash_arguments`]));
  return macros
    .filter(({ name }) => names.has(name))
    .map(
      ({ name, original_file_path: file }) => `snapshots do not use the macro \`${name}\`: it is passed over (${file})`,
    );
}

function isDescribedView(node: ManifestNode): boolean {
  if (node.resource_type !== 'model' || node.config.materialized !== 'view') return false;
  return Object.keys(commentsOf(node, new ConfigReader(node))).length > 0;
}

const SHOWN = 3;

function line(nodes: readonly ManifestNode[], what: string): string[] {
  if (nodes.length === 0) return [];
  const names = nodes.slice(0, SHOWN).map(({ name }) => name);
  const more = nodes.length > SHOWN ? ` and ${nodes.length - SHOWN} more` : '';
  return [`${what} (${names.join(', ')}${more})`];
}
