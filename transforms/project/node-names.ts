import { generateAliasName, generateDatabaseName, generateSchemaName } from '../graph/naming.ts';
import type { PackageContext } from './load-context.ts';
import type { ManifestNode } from './manifest.ts';
import type { NamePart } from './renderer.ts';

/** Gives a node its place in the database: by the project's own `generate_*_name` macros where it has them, else by dbt's rules. */
export function nameNode(node: ManifestNode, context: PackageContext): void {
  const { config } = node;
  const { target } = context.options;
  const custom = (key: string) => (typeof config[key] === 'string' ? config[key] : null);
  const named = (part: NamePart, wanted: string | null) =>
    context.problems.guard(() => context.parser?.name(part, wanted, node, () => context.cache.unsure()));
  const schema = custom('schema');
  node.schema = custom('target_schema') ?? named('schema', schema) ?? generateSchemaName(schema, target.schema);
  const alias = custom('alias');
  node.alias = named('alias', alias) ?? generateAliasName(alias, node.name, node.version ?? null);
  const database = custom('target_database') ?? custom('database');
  const ruled = named('database', database);
  node.database = ruled === undefined ? generateDatabaseName(database, target.database) : ruled;
  node.relation_name = relationName(node, context);
}

/** Of what becomes a table or view; tests do where their failures are kept. */
function relationName(node: ManifestNode, { parser, active }: PackageContext): string | null {
  const { resource_type: type, config, database, schema, alias } = node;
  const isTable = ['model', 'seed', 'snapshot'].includes(type) && config.materialized !== 'ephemeral';
  const keepsFailures =
    type === 'test' &&
    (config.store_failures === true ||
      (typeof config.store_failures_as === 'string' && config.store_failures_as !== 'ephemeral'));
  if (!isTable && !keepsFailures) return null;
  return parser?.relationName({ database, schema, identifier: alias }, active.quoting) ?? null;
}
