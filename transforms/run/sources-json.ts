import type { SourceNode } from '../project/manifest.ts';
import { ageOf, type Criteria, type Loaded, type Threshold } from './freshness.ts';
import type { NodeResult } from './result.ts';
import { type Invocation, metadataJson, timeText, timingJson } from './run-results.ts';

/** What asking a source came to: its result, and the times where there are some. */
export interface SourceResult {
  readonly source: SourceNode;
  readonly criteria: Criteria;
  readonly result: NodeResult;
  readonly loaded: Loaded | undefined;
}

const SCHEMA = 'https://schemas.getdbt.com/dbt/sources/v3.json';

/** `sources.json` as dbt's published schema v3 has it. */
export function sourcesJson(
  results: readonly SourceResult[],
  invocation: Invocation,
  elapsed: number,
  now: Date,
): object {
  return {
    metadata: metadataJson(SCHEMA, invocation, now),
    results: results.map(sourceJson),
    elapsed_time: elapsed,
  };
}

function sourceJson({ source: { unique_id }, criteria, result, loaded }: SourceResult): object {
  if (loaded === undefined) return { unique_id, error: result.message, status: 'runtime error' };
  return {
    unique_id,
    max_loaded_at: timeText(loaded.loadedAt),
    snapshotted_at: timeText(loaded.askedAt),
    max_loaded_at_time_ago_in_s: ageOf(loaded),
    status: result.status,
    criteria: {
      warn_after: thresholdJson(criteria.warnAfter),
      error_after: thresholdJson(criteria.errorAfter),
      filter: criteria.filter ?? null,
    },
    adapter_response: result.response,
    timing: result.timing.map(timingJson),
    thread_id: result.thread === undefined ? 'main' : `Thread-${result.thread + 1}`,
    execution_time: result.seconds,
  };
}

function thresholdJson(threshold: Threshold | undefined): object {
  return threshold ?? { count: null, period: null };
}
