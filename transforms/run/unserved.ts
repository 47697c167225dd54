import type { AdapterType } from '../adapter/adapter.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { isMap, type Value } from '../project/value.ts';
import { ConfigReader } from './config-read.ts';
import { commentsOf } from './model-build.ts';

/**
 * What these nodes ask for and do not get, a line for each kind: said once, when a run begins.
 * @param queryComment `query-comment` of the project
 */
export function unservedConfigs(
  nodes: readonly ManifestNode[],
  server: AdapterType,
  queryComment: Value | undefined,
): string[] {
  const granting =
    server === 'duckdb' ? nodes.filter(({ config: { grants } }) => isMap(grants) && grants.size > 0) : [];
  const views = server === 'duckdb' ? [] : nodes.filter(isDescribedView);
  return [
    ...line(granting, 'DuckDB has no users: `grants` are passed over'),
    ...line(views, `views of ${server} hold no comments: \`persist_docs\` is passed over`),
    ...(isMap(queryComment) && (queryComment.get('job-label') ?? queryComment.get('job_label')) === true
      ? ['`job-label` of `query-comment` is of BigQuery alone: it is passed over']
      : []),
  ];
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
