import type { ResourceType } from '../graph/node.ts';
import type { Json } from './json.ts';
import type { ManifestNode, SourceNode } from './manifest.ts';
import { isMap, type Value } from './value.ts';

type JsonObject = { [key: string]: Json };

const OF_ALL = ['alias', 'schema', 'database', 'group', 'static_analysis'];
const OF_BUILT = [...OF_ALL, 'incremental_strategy', 'batch_size', 'begin', 'full_refresh', 'unique_key', 'event_time', 'concurrent_batches']; // biome-ignore format: a list

/** Keys that configs of dbt's manifest have where nothing is said, beside those that have a default. */
const UNSAID: Readonly<Partial<Record<ResourceType, readonly string[]>>> = {
  model: [...OF_BUILT, 'freshness'],
  analysis: OF_BUILT,
  operation: OF_BUILT,
  seed: [...OF_BUILT, 'quote_columns'],
  snapshot: [...OF_BUILT, 'target_schema', 'target_database', 'updated_at', 'check_cols', 'dbt_valid_to_current'],
  test: [...OF_ALL, 'store_failures', 'store_failures_as', 'where', 'limit'],
  source: ['event_time', 'freshness', 'loaded_at_field', 'loaded_at_query', 'static_analysis'],
  unit_test: ['static_analysis'],
};

export function unsaidConfig(type: ResourceType): JsonObject {
  return Object.fromEntries((UNSAID[type] ?? []).map((key) => [key, null]));
}

const UNSET: JsonObject = { count: null, period: null };

/** `freshness` of a source with all of its parts; a threshold that is null is turned off. */
export function freshnessJson({ freshness }: SourceNode): Json {
  if (!isMap(freshness)) return null;
  const threshold = (key: string): Json => {
    const value = freshness.get(key);
    if (value === null) return null;
    return isMap(value) ? { ...UNSET, count: value.get('count') as Json, period: value.get('period') as Json } : UNSET;
  };
  return {
    warn_after: threshold('warn_after'),
    error_after: threshold('error_after'),
    filter: (freshness.get('filter') as Json | undefined) ?? null,
  };
}

/**
 * The columns by which a row of a model is known, as dbt guesses them: of a constraint; else those that are tested to be unique and not
 * null; else those that are tested to be unique.
 */
export function primaryKeyOf({ constraints = [], columns }: ManifestNode, tests: readonly ManifestNode[]): string[] {
  const isKey = (constraint: Value) => isMap(constraint) && constraint.get('type') === 'primary_key';
  const whole = constraints.find(isKey);
  if (isMap(whole)) return textsOf(whole.get('columns'));
  const column = Object.values(columns).find((one) => one.constraints.some(isKey));
  if (column !== undefined) return [column.name];
  const named = (names: readonly string[]) =>
    new Set(
      tests.filter(({ test_metadata: test }) => test !== undefined && names.includes(test.name)).flatMap(testedColumns),
    );
  const unique = named(['unique', 'unique_combination_of_columns']);
  const notNull = [...named(['not_null'])].filter((name) => unique.has(name));
  return (notNull.length > 0 ? notNull : [...unique]).sort();
}

function testedColumns({ test_metadata: test }: ManifestNode): string[] {
  const column = test!.kwargs.get('column_name');
  return typeof column === 'string' ? [column] : textsOf(test!.kwargs.get('combination_of_columns'));
}

function textsOf(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
