import { millraceError } from '../../connectors/contract/index.ts';
import type { Adapter } from '../adapter/adapter.ts';
import { renderRelation } from '../adapter/relation.ts';
import { type Compilation, RelationObject } from '../context/index.ts';
import { PyDateTime } from '../jinja/value/datetime.ts';
import type { Value } from '../jinja/value/object.ts';
import { textOf } from '../jinja/value/text.ts';
import type { SourceNode } from '../project/manifest.ts';
import { isMap, type Value as ProjectValue } from '../project/value.ts';
import type { NodeSession } from './node-session.ts';
import { runText } from './node-work.ts';
import { sentText } from './sent-text.ts';

const PERIODS = { minute: 60, hour: 3600, day: 86_400 } as const;

export interface Threshold {
  readonly count: number;
  readonly period: keyof typeof PERIODS;
}

/** How old the newest row of a source may be. */
export interface Criteria {
  readonly warnAfter: Threshold | undefined;
  readonly errorAfter: Threshold | undefined;
  /** A condition on the rows that count. */
  readonly filter: string | undefined;
}

/** When a source last got a row, and when it was asked. */
export interface Loaded {
  readonly loadedAt: Date;
  readonly askedAt: Date;
}

export type FreshnessStatus = 'pass' | 'warn' | 'error';

/** What `freshness` of a source says; undefined where it asks for nothing. @throws MillraceError `model.invalid` */
export function criteriaOf(source: SourceNode): Criteria | undefined {
  const { freshness } = source;
  if (!isMap(freshness)) return undefined;
  const filter = freshness.get('filter') ?? undefined;
  if (filter !== undefined && typeof filter !== 'string') throw wrong(source, 'filter', 'a condition');
  const warnAfter = thresholdOf(source, 'warn_after', freshness.get('warn_after'));
  const errorAfter = thresholdOf(source, 'error_after', freshness.get('error_after'));
  return warnAfter === undefined && errorAfter === undefined ? undefined : { warnAfter, errorAfter, filter };
}

function thresholdOf(source: SourceNode, key: string, value: ProjectValue | undefined): Threshold | undefined {
  if (value === undefined || value === null) return undefined;
  const [count, period] = isMap(value) ? [value.get('count'), value.get('period')] : [];
  if (isMap(value) && (count ?? null) === null && (period ?? null) === null) return undefined;
  if (typeof count === 'number' && typeof period === 'string' && Object.hasOwn(PERIODS, period))
    return { count, period: period as Threshold['period'] };
  throw wrong(source, key, '`{count: 12, period: hour}`, of minutes, hours or days');
}

function wrong({ source_name: source, name, original_file_path: at }: SourceNode, key: string, wanted: string): Error {
  return millraceError('model.invalid', `\`${key}\` of the freshness of ${source}.${name} has to be ${wanted}`, { at });
}

/** dbt's rule: the older threshold first, and exactly at one is not beyond it. */
export function statusOf({ warnAfter, errorAfter }: Criteria, seconds: number): FreshnessStatus {
  const beyond = (limit: Threshold | undefined) => limit !== undefined && seconds > limit.count * PERIODS[limit.period];
  if (beyond(errorAfter)) return 'error';
  return beyond(warnAfter) ? 'warn' : 'pass';
}

export function ageOf({ loadedAt, askedAt }: Loaded): number {
  return (askedAt.getTime() - loadedAt.getTime()) / 1000;
}

export interface AskOptions {
  readonly adapter: Adapter;
  readonly compilation: Compilation;
  readonly session: NodeSession['get'];
}

/** No rows: as dbt has it, the beginning of its calendar. */
const NEVER = new Date('0001-01-01T00:00:00Z');

/** Asks the table of a source by its `loaded_at_query` or `loaded_at_field`. @throws MillraceError `model.invalid`, those of the database */
export async function askLoaded(source: SourceNode, criteria: Criteria, options: AskOptions): Promise<Loaded> {
  const { adapter, session } = options;
  const at = `${source.original_file_path} (${source.source_name}.${source.name})`;
  const sent = sentText(undefined, await queryOf(source, criteria, at, options), adapter.type, at);
  const outcome = await runText(await session(), sent, { fetch: true, limit: 2 });
  const [row] = outcome?.table?.rows ?? [];
  return { loadedAt: momentOf(row?.[0] ?? null, at) ?? NEVER, askedAt: momentOf(row?.[1] ?? null, at)! };
}

async function queryOf(
  source: SourceNode,
  { filter }: Criteria,
  at: string,
  { adapter, compilation, session }: AskOptions,
): Promise<string> {
  // Sessions are in UTC, and a time without a zone is taken for one of UTC.
  const now = adapter.type === 'duckdb' ? "now() at time zone 'UTC'" : 'utc_timestamp(6)';
  const { database, schema, identifier, package_name: own } = source;
  const place = { database: adapter.database === null ? null : (database ?? adapter.database), schema, identifier };
  if (source.loaded_at_query !== null) {
    const { facts } = compilation.session;
    const extra = new Map<string, Value>([['this', new RelationObject(facts.style, place)]]);
    const query = await compilation.text(source.loaded_at_query, at, {
      node: undefined,
      own,
      database: session,
      extra,
    });
    return `select (\n${query.replace(/[\s;]+$/, '')}\n) as max_loaded_at, ${now} as snapshotted_at`;
  }
  const where = filter === undefined ? '' : ` where ${filter}`;
  return `select max(${source.loaded_at_field}) as max_loaded_at, ${now} as snapshotted_at from ${renderRelation(place, adapter.names)}${where}`;
}

function momentOf(value: Value, at: string): Date | undefined {
  if (value === null) return undefined;
  if (value instanceof PyDateTime)
    return new Date(PyDateTime.ofClock(value.utc()).iso('T', 'milliseconds').concat('Z'));
  throw millraceError('model.invalid', `the newest row has ${textOf(value)}, which is no time`, {
    at,
    fix: 'Let `loaded_at_field` give a time: `cast(loaded_on as timestamp)`.',
  });
}
