import type { Adapter } from '../adapter/adapter.ts';
import { type SchemaName, schemaKey } from '../adapter/relation.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { relationOf } from './model-build.ts';

/** Makes the schemas that nodes are built in, where they are not there. Nothing is asked of the database for others. */
export async function createSchemas(
  adapter: Adapter,
  nodes: readonly ManifestNode[],
  storeFailures: boolean,
  signal: AbortSignal,
): Promise<void> {
  const wanted = new Map<string, SchemaName>();
  for (const node of nodes) {
    if (!isBuilt(node, storeFailures)) continue;
    const { database, schema } = relationOf(node, adapter.database);
    wanted.set(schemaKey({ database, schema }), { database, schema });
  }
  if (wanted.size === 0) return;
  await using session = await adapter.session(signal);
  const known = new Set((await session.schemas()).map((name) => name.toLowerCase()));
  for (const schema of wanted.values()) if (!known.has(schema.schema.toLowerCase())) await session.createSchema(schema);
}

/** Tests are, where their failures are kept. */
function isBuilt({ resource_type: type, config }: ManifestNode, storeFailures: boolean): boolean {
  if (type !== 'test') return ['model', 'seed', 'snapshot'].includes(type);
  const as = config.store_failures_as ?? (storeFailures ? 'table' : 'ephemeral');
  return as !== 'ephemeral';
}
