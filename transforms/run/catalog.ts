import { asMillraceError } from '../../connectors/contract/index.ts';
import type { Adapter, AdapterSession, RelationFacts } from '../adapter/adapter.ts';
import { type RelationName, relationKey, type SchemaName, schemaKey } from '../adapter/relation.ts';
import type { ManifestNode, SourceNode } from '../project/manifest.ts';
import { relationOf } from './model-build.ts';
import { type Invocation, metadataJson } from './run-results.ts';

/** What the database says of the tables and views of a project. */
export interface Catalog {
  /** Those that are there, by unique id. */
  readonly nodes: ReadonlyMap<string, RelationFacts>;
  readonly sources: ReadonlyMap<string, RelationFacts>;
  /** What could not be asked. */
  readonly errors: readonly string[];
}

/** Nodes that may have a table or view: with tests, whose failures may be kept. */
const RELATIONAL: readonly string[] = ['model', 'seed', 'snapshot', 'test'];

/** Asks the database's catalogue, schema by schema; what is not there is left out. @throws MillraceError `connect.*` */
export async function readCatalog(
  adapter: Adapter,
  members: readonly (ManifestNode | SourceNode)[],
  signal: AbortSignal,
): Promise<Catalog> {
  await using session = await adapter.session(signal);
  const places = new Map(members.filter(isRelational).map((node) => [node.unique_id, placeOf(node, adapter.database)]));
  const errors: string[] = [];
  const found = await factsOf(session, [...places.values()], errors);
  const part = (isSource: boolean) =>
    new Map(
      members.flatMap(({ unique_id: id, resource_type: type }) => {
        const place = places.get(id);
        const facts = place === undefined ? undefined : found.get(relationKey(place));
        return facts !== undefined && (type === 'source') === isSource ? [[id, facts] as const] : [];
      }),
    );
  return { nodes: part(false), sources: part(true), errors };
}

function isRelational(node: ManifestNode | SourceNode): boolean {
  if (node.resource_type === 'source') return true;
  return RELATIONAL.includes(node.resource_type) && node.config.materialized !== 'ephemeral';
}

function placeOf(node: ManifestNode | SourceNode, catalog: string | null): RelationName {
  if (node.resource_type !== 'source') return relationOf(node, catalog);
  const { database, schema, identifier } = node;
  return { database: catalog === null ? null : (database ?? catalog), schema, identifier };
}

async function factsOf(
  session: AdapterSession,
  places: readonly RelationName[],
  errors: string[],
): Promise<Map<string, RelationFacts>> {
  const schemas = new Map<string, SchemaName>(places.map((place) => [schemaKey(place), place]));
  const wanted = new Set(places.map(relationKey));
  const found = new Map<string, RelationFacts>();
  for (const { database, schema } of schemas.values()) {
    const facts = await guarded(errors, () => session.facts({ database, schema }));
    for (const one of facts ?? [])
      if (wanted.has(relationKey(one.relation)))
        found.set(relationKey(one.relation), await typed(session, one, errors));
  }
  return found;
}

/** TiDB's catalogue has wrong types for columns of views: the view is asked itself. */
async function typed(session: AdapterSession, facts: RelationFacts, errors: string[]): Promise<RelationFacts> {
  if (session.adapter.type !== 'tidb' || facts.relation.type !== 'view') return facts;
  const columns = await guarded(errors, () => session.columns(facts.relation));
  return columns === undefined ? facts : { ...facts, columns: columns.map((column) => ({ ...column, comment: null })) };
}

async function guarded<T>(errors: string[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    const error = asMillraceError(thrown);
    if (error.retry !== 'never') throw error;
    errors.push(error.message);
    return undefined;
  }
}

const SCHEMA = 'https://schemas.getdbt.com/dbt/catalog/v1.json';

/** `catalog.json` as dbt's published schema v1 has it. */
export function catalogJson({ nodes, sources, errors }: Catalog, invocation: Invocation, now: Date): object {
  const part = (facts: ReadonlyMap<string, RelationFacts>) =>
    Object.fromEntries([...facts].map(([id, one]) => [id, tableJson(id, one)]));
  return {
    metadata: metadataJson(SCHEMA, invocation, now),
    nodes: part(nodes),
    sources: part(sources),
    errors: errors.length === 0 ? null : errors,
  };
}

function tableJson(id: string, { relation, comment, owner, rows, bytes, columns }: RelationFacts): object {
  return {
    metadata: {
      type: relation.type === 'view' ? 'VIEW' : 'BASE TABLE',
      schema: relation.schema,
      name: relation.identifier,
      database: relation.database,
      comment,
      owner,
    },
    columns: Object.fromEntries(
      columns.map(({ name, dataType, comment: text }, index) => [
        name,
        { type: dataType, index: index + 1, name, comment: text },
      ]),
    ),
    stats: {
      ...stat('num_rows', 'Approximate rows', rows, 'About how many rows the table has'),
      ...stat('num_bytes', 'Approximate size', bytes, 'About how many bytes its rows take'),
      has_stats: {
        id: 'has_stats',
        label: 'Has Stats?',
        value: rows !== null || bytes !== null,
        include: false,
        description: 'Whether there are numbers of this table',
      },
    },
    unique_id: id,
  };
}

function stat(id: string, label: string, value: number | null, description: string): object {
  return value === null ? {} : { [id]: { id, label, value, include: true, description } };
}
