import { readFileSync } from 'node:fs';
import { millraceError } from '../../connectors/contract/index.ts';
import { momentOf, type Span } from '../microbatch/span.ts';
import type { BatchResults } from './result.ts';

/** What an earlier `run_results.json` tells: dbt's or ours. */
export interface PreviousRun {
  /** The verb that wrote it. */
  readonly command: string;
  /** Of its command line, by dbt's names. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Nodes that failed or did not run. */
  readonly unfinished: readonly string[];
  /** Of microbatch models of which a part went well: what `retry` makes alone. */
  readonly batches: ReadonlyMap<string, BatchResults>;
  /** When it began. */
  readonly startedAt: Date | undefined;
  /** What each node came to. */
  readonly statuses: ReadonlyMap<string, string>;
  /** How long each node took. */
  readonly seconds: ReadonlyMap<string, number>;
}

const UNFINISHED: ReadonlySet<unknown> = new Set(['error', 'fail', 'skipped', 'runtime error', 'partial success']);

/** Reads the file; undefined where there is none. @throws MillraceError `project.artifact` where it is not of that form */
export function readPreviousRun(path: string): PreviousRun | undefined {
  const content = readArtifact(path);
  if (content === undefined) return undefined;
  const results = isObject(content) ? content.results : undefined;
  const args = isObject(content) && isObject(content.args) ? content.args : {};
  if (!Array.isArray(results) || !results.every(isResult)) throw unreadable(path, 'it has no results');
  return {
    command: typeof args.which === 'string' ? args.which : '',
    args,
    unfinished: results.filter(({ status }) => UNFINISHED.has(status)).map(({ unique_id }) => unique_id),
    batches: new Map(results.flatMap((result) => batchesOf(result) ?? [])),
    startedAt: startOf(content),
    statuses: new Map(results.map(({ unique_id, status }) => [unique_id, status])),
    seconds: new Map(results.map(({ unique_id, execution_time }) => [unique_id, execution_time])),
  };
}

/** The JSON of a file; undefined where there is none. @throws MillraceError `project.artifact` */
export function readArtifact(path: string): unknown {
  const text = textOf(path);
  return text === undefined ? undefined : parsed(text, path);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(path, 'it cannot be read', error);
  }
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(path, 'it is no JSON', error);
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function startOf(content: unknown): Date | undefined {
  const metadata = isObject(content) && isObject(content.metadata) ? content.metadata : {};
  const text = metadata.invocation_started_at;
  const date = typeof text === 'string' ? new Date(text) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}

function batchesOf(result: { unique_id: string; batch_results?: unknown }): [string, BatchResults][] | undefined {
  const written = result.batch_results;
  if (!isObject(written)) return undefined;
  const [successful, failed] = [written.successful, written.failed].map(spansOf);
  return successful!.length > 0 && failed!.length > 0
    ? [[result.unique_id, { successful: successful!, failed: failed! }]]
    : undefined;
}

function spansOf(list: unknown): Span[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((pair) => {
    const [start, end] = Array.isArray(pair) ? pair.map((text) => momentOf(String(text))) : [];
    return start === undefined || end === undefined ? [] : [{ start, end }];
  });
}

function isResult(value: unknown): value is { unique_id: string; status: string; execution_time: number } {
  return (
    isObject(value) &&
    typeof value.unique_id === 'string' &&
    typeof value.status === 'string' &&
    typeof value.execution_time === 'number'
  );
}

function unreadable(path: string, why: string, cause?: unknown): Error {
  return millraceError('project.artifact', `${path} is not what a run leaves: ${why}`, { at: path, cause });
}
