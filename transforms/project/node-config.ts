import type { ResourceType } from '../graph/node.ts';
import { type Config, listOf, mergeConfig } from './config-merge.ts';
import { levelsOf } from './config-tree.ts';
import type { ConfigTree, ProjectConfig } from './project-config.ts';
import { truthOf, type Value, type ValueMap } from './value.ts';

const TREES: Readonly<Partial<Record<ResourceType, ConfigTree>>> = {
  seed: 'seeds',
  snapshot: 'snapshots',
  test: 'data_tests',
  source: 'sources',
  exposure: 'exposures',
  unit_test: 'unit_tests',
};

function empty(): ValueMap {
  return new Map();
}

/** What holds where nothing is said. */
function defaultsOf(type: ResourceType): Config {
  if (type === 'source' || type === 'exposure' || type === 'unit_test')
    return { enabled: true, tags: [], meta: empty() };
  if (type === 'test') {
    const checks = { severity: 'ERROR', fail_calc: 'count(*)', warn_if: '!= 0', error_if: '!= 0' };
    return { enabled: true, schema: 'dbt_test__audit', tags: [], meta: empty(), materialized: 'test', ...checks };
  }
  const materialized = type === 'seed' || type === 'snapshot' ? type : 'view';
  const lists = { tags: [], meta: empty(), 'pre-hook': [], 'post-hook': [], packages: [] };
  const maps = { persist_docs: empty(), quoting: empty(), column_types: empty(), grants: empty() };
  const docs: ValueMap = new Map<Value, Value>([['show', true], ['node_color', null]]); // biome-ignore format: a table
  const contract: ValueMap = new Map<Value, Value>([['enforced', false], ['alias_types', true]]); // biome-ignore format: a table
  const config: Config = { enabled: true, materialized, ...lists, ...maps, docs, contract, lookback: 1 };
  Object.assign(config, { on_schema_change: 'ignore', on_configuration_change: 'apply' });
  if (type === 'model') config.access = 'protected';
  if (type === 'seed') config.delimiter = ',';
  if (type === 'snapshot') config.snapshot_meta_column_names = empty();
  return config;
}

export interface ConfigLevels {
  readonly type: ResourceType;
  readonly fqn: readonly string[];
  /** The project that the node is of, and the one that is run. */
  readonly own: ProjectConfig;
  readonly active: ProjectConfig;
  /** From the file that describes the node. */
  readonly patch?: readonly (readonly [string, Value])[];
  /** From `config()` in its code, or beside a test. */
  readonly call?: readonly (readonly [string, Value])[];
}

/**
 * The config of a node: defaults, its project's file, the file that describes it, its code; and for a package, last, the file of the
 * project that is run.
 */
export function configOf(levels: ConfigLevels): Config {
  const config = defaultsOf(levels.type);
  for (const level of allLevels(levels, ({ trees }) => trees)) mergeConfig(config, level);
  config.tags = [...new Set(listOf(config.tags))];
  hooksIn(config, 'pre-hook');
  hooksIn(config, 'post-hook');
  if (levels.type === 'test') storeFailures(config);
  return config;
}

/** The same as written, without defaults: each key as its last level has it. */
export function unrenderedConfigOf(levels: ConfigLevels): Config {
  const config: Config = {};
  for (const level of allLevels(levels, ({ unrendered }) => unrendered)) {
    for (const [key, value] of level) config[key] = value;
  }
  return config;
}

type Trees = (project: ProjectConfig) => Readonly<Partial<Record<ConfigTree, ValueMap>>>;

function* allLevels({ type, fqn, own, active, patch = [], call = [] }: ConfigLevels, trees: Trees) {
  const tree = TREES[type] ?? 'models';
  yield* levelsOf(trees(own)[tree], fqn);
  yield patch;
  yield call;
  if (own !== active) yield* levelsOf(trees(active)[tree], fqn);
}

/** A hook is a statement, and whether it runs inside the transaction. */
function hooksIn(config: Config, key: 'pre-hook' | 'post-hook'): void {
  const hooks = config[key];
  if (!Array.isArray(hooks) || hooks.length === 0) return;
  config[key] = hooks.map((given) => {
    const hook = given instanceof Map ? given : (hookInText(given) ?? new Map([['sql', given]]));
    const transaction = hook.has('transaction') ? truthOf(hook.get('transaction')) : true;
    return new Map<Value, Value>([['sql', hook.get('sql') ?? null], ['transaction', transaction], ['index', null]]); // biome-ignore format: a table
  });
}

/** The hook that a text is in JSON: what `before_begin`, `in_transaction` and `after_commit` make of a statement. */
function hookInText(text: Value): ValueMap | undefined {
  if (typeof text !== 'string' || !text.trimStart().startsWith('{')) return undefined;
  try {
    return new Map<Value, Value>(Object.entries(JSON.parse(text) as Record<string, string | boolean>));
  } catch {
    return undefined;
  }
}

/** `store_failures_as` decides where it is given; else `store_failures` does. */
function storeFailures(config: Config): void {
  const as = config.store_failures_as;
  if (as === undefined || as === null) {
    if (config.store_failures === true) config.store_failures_as = 'table';
    else if (config.store_failures === false) config.store_failures_as = 'ephemeral';
  } else config.store_failures = as !== 'ephemeral';
}
