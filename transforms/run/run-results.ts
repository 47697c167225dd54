import { momentText, type Span } from '../microbatch/span.ts';
import { replaceFile } from '../project/replace-file.ts';
import type { BatchResults, NodeResult, Timing } from './result.ts';

/** One invocation, as artifacts tell of it. */
export interface Invocation {
  readonly id: string;
  readonly startedAt: Date;
  /** The version of dbt whose behaviour is followed. */
  readonly dbtVersion: string;
  /** Variables that begin with `DBT_ENV_CUSTOM_ENV_`, by the rest of their names. */
  readonly env: Readonly<Record<string, string>>;
}

/** What each artifact begins with. `schema` is the URL of its published schema. */
export function metadataJson(schema: string, invocation: Invocation, now: Date): object {
  return {
    dbt_schema_version: schema,
    dbt_version: invocation.dbtVersion,
    generated_at: timeText(now),
    invocation_id: invocation.id,
    invocation_started_at: timeText(invocation.startedAt),
    env: invocation.env,
  };
}

export interface RunResults {
  readonly invocation: Invocation;
  readonly results: readonly NodeResult[];
  readonly elapsed: number;
  /** Of the command line, by dbt's names: `which`, `select`, `vars` ...; `retry` reads them. */
  readonly args: Readonly<Record<string, unknown>>;
}

const SCHEMA = 'https://schemas.getdbt.com/dbt/run-results/v6.json';

/** `run_results.json` as dbt's published schema v6 has it. */
export function runResultsJson({ invocation, results, elapsed, args }: RunResults, now: Date): object {
  return {
    metadata: metadataJson(SCHEMA, invocation, now),
    results: results.map(resultJson),
    elapsed_time: elapsed,
    args,
  };
}

function resultJson(result: NodeResult): object {
  const compiled = result.compiledCode !== undefined;
  return {
    status: result.status,
    timing: result.timing.map(timingJson),
    thread_id: result.thread === undefined ? 'main' : `Thread-${result.thread + 1}`,
    execution_time: result.seconds,
    adapter_response: result.response,
    message: result.message,
    failures: result.failures,
    unique_id: result.id,
    compiled,
    compiled_code: result.compiledCode ?? null,
    relation_name: result.relation ?? null,
    batch_results: result.batches === undefined ? null : batchesJson(result.batches),
  };
}

function batchesJson({ successful, failed }: BatchResults): object {
  const spans = (list: readonly Span[]) =>
    list
      .toSorted((one, other) => one.start.getTime() - other.start.getTime())
      .map(({ start, end }) => [momentText(start, 'T'), momentText(end, 'T')]);
  return { successful: spans(successful), failed: spans(failed) };
}

export function timingJson({ name, startedAt, completedAt }: Timing): object {
  return { name, started_at: timeText(startedAt), completed_at: timeText(completedAt) };
}

/** As Python prints it, with microseconds. */
export function timeText(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}

export function writeArtifact(path: string, content: object): void {
  replaceFile(path, JSON.stringify(content, jsonValue));
}

/** Integers that JSON readers take for less exact ones are written as text. */
function jsonValue(_: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
