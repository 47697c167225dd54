import { fqnOf } from '../graph/naming.ts';
import { columnsOf } from './columns.ts';
import { listOf } from './config-merge.ts';
import { describe } from './descriptions.ts';
import type { Entry } from './entry.ts';
import type { TestTarget } from './generic-test.ts';
import { addDisabled, type SourceNode } from './manifest.ts';
import { configOf, unrenderedConfigOf } from './node-config.ts';
import type { PendingTest } from './patches.ts';
import { type Described, patchConfig, testsOf } from './schema-files.ts';
import { isMap, truthOf, type Value, type ValueMap } from './value.ts';

/** The tables of a source, with the tests that are written at them. */
export function readSource(described: Described): PendingTest[] {
  const { entry, context } = described;
  const written = described.unrendered.entries('tables');
  return entry.entries('tables').flatMap((table, index) => {
    const name = table.name('a table of a source');
    if (name === undefined) return [];
    const node = sourceNode(described, table, written[index] ?? table, name);
    if (node.config.enabled === false) {
      addDisabled(context.manifest, node);
      return [];
    }
    addSource(node, described, table);
    return testsAt(described, table, node);
  });
}

function addSource(node: SourceNode, { context }: Described, table: Entry): void {
  const { sources } = context.manifest;
  if (!sources.has(node.unique_id)) sources.set(node.unique_id, node);
  else
    context.problems.add('model.duplicate', `the table ${node.source_name}.${node.name} is there twice`, {
      at: table.at('name'),
    });
}

function sourceNode(described: Described, table: Entry, written: Entry, name: string): SourceNode {
  const { entry, context, file, name: source } = described;
  const fqn = fqnOf(context.name, file.relative, source, name);
  const patch = [...sourceConfig(entry, table)];
  const unwritten = [...sourceConfig(described.unrendered, written)];
  const levels = { type: 'source', fqn, own: context.config, active: context.active } as const;
  const config = configOf({ ...levels, patch });
  const tags = listOf(config.tags).map(String);
  const at = table.at('name');
  const text = (key: string) => table.text(key) ?? entry.text(key) ?? null;
  const columns = columnsOf(table.entries('columns'));
  const quoting = new Map([...(entry.child('quoting')?.map ?? []), ...(table.child('quoting')?.map ?? [])]);
  const database = entry.text('database') ?? context.options.target.database;
  const schema = entry.text('schema') ?? source;
  const identifier = table.text('identifier') ?? name;
  const quoted = isMap(context.active.quoting) ? new Map([...context.active.quoting, ...quoting]) : quoting;
  for (const column of Object.values(columns)) column.description = describe(column.description, at, context);
  return {
    resource_type: 'source',
    unique_id: `source.${context.name}.${source}.${name}`,
    package_name: context.name,
    name,
    source_name: source,
    fqn,
    path: file.original,
    original_file_path: file.original,
    database,
    schema,
    identifier,
    loader: text('loader') ?? '',
    loaded_at_field: ownText(table, 'loaded_at_field') ?? ownText(entry, 'loaded_at_field') ?? null,
    loaded_at_query: loadedAtQuery(entry, table) ?? null,
    freshness: freshnessOf(entry, table),
    quoting,
    external: table.get('external') ?? null,
    description: describe(table.text('description') ?? '', at, context),
    source_description: describe(entry.text('description') ?? '', entry.at('name'), context),
    source_meta: entry.child('meta')?.map ?? new Map(),
    meta: isMap(config.meta) ? config.meta : new Map(),
    tags: [...new Set(tags)].sort(),
    columns,
    config,
    unrendered_config: unrenderedConfigOf({ ...levels, patch: unwritten }),
    relation_name: context.parser?.relationName({ database, schema, identifier }, quoted) ?? null,
  };
}

/** A table's config goes over its source's; tags and meta of both hold. */
function sourceConfig(entry: Entry, table: Entry): Map<string, Value> {
  const [source, own] = [new Map(patchConfig(entry)), new Map(patchConfig(table))];
  const config = new Map([...source, ...own]);
  const tags = [...new Set([...tagsOf(entry), ...tagsOf(table)].map(String))].sort();
  if (tags.length > 0) config.set('tags', tags);
  const [meta, ownMeta] = [source.get('meta'), own.get('meta')];
  if (isMap(meta) && isMap(ownMeta)) config.set('meta', new Map([...meta, ...ownMeta]));
  const freshness = freshnessOf(entry, table);
  if (freshness === null) config.delete('freshness');
  else config.set('freshness', freshness);
  const loaded = {
    loaded_at_field: ownText(table, 'loaded_at_field') ?? ownText(entry, 'loaded_at_field'),
    loaded_at_query: loadedAtQuery(entry, table),
  };
  for (const [key, text] of Object.entries(loaded)) {
    if (text !== undefined) config.set(key, text);
    else config.delete(key);
  }
  return config;
}

/** A table's own field takes the place of its source's query too. */
function loadedAtQuery(entry: Entry, table: Entry): string | undefined {
  const own = ownText(table, 'loaded_at_query');
  if (own !== undefined || ownText(table, 'loaded_at_field') !== undefined) return own;
  return ownText(entry, 'loaded_at_query');
}

function tagsOf(entry: Entry): Value[] {
  return [...listOf(entry.get('tags')), ...listOf(entry.child('config')?.get('tags'))];
}

function ownText(entry: Entry, key: string): string | undefined {
  return entry.child('config')?.text(key) ?? entry.text(key);
}

/** A table's own freshness goes over the source's, threshold by threshold; null turns it off. */
function freshnessOf(entry: Entry, table: Entry): Value {
  const [source, own] = [freshnessAt(entry), freshnessAt(table)];
  if (own === null) return null;
  if (!isMap(own)) return isMap(source) ? source : null;
  return isMap(source) ? merged(source, own) : own;
}

function freshnessAt(entry: Entry): Value | undefined {
  const config = entry.child('config');
  return config?.has('freshness') ? config.get('freshness') : entry.get('freshness');
}

function merged(source: ValueMap, own: ValueMap): ValueMap {
  const result: ValueMap = new Map(source);
  for (const [key, value] of own) {
    const before = source.get(key);
    result.set(key, isMap(value) && isMap(before) ? new Map([...before, ...value]) : value);
  }
  return result;
}

function testsAt({ entry, context, file, name: source }: Described, table: Entry, node: SourceNode): PendingTest[] {
  const target: TestTarget = {
    call: `source('${source}', '${node.name}')`,
    name: `${source}_${node.name}`,
    prefix: 'source_',
    key: `sources.${source}`,
    ref: undefined,
    source: [source, node.name],
    file: file.original,
    tags: node.tags,
  };
  const pending = (list: readonly Value[], column: string | null, tags: readonly string[]) =>
    list.map((written, index) => ({
      written,
      column,
      target: { ...target, tags: [...node.tags, ...tags] },
      at: entry.places.at(list, index),
      context,
    }));
  const ofColumns = table.entries('columns').flatMap((column) => {
    return truthOf(column.get('name')) ? pending(testsOf(column), column.text('name')!, column.texts('tags')) : [];
  });
  return [...pending(testsOf(table), null, []), ...ofColumns];
}
