import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { type EventSink, millraceError } from '../../connectors/contract/index.ts';
import { type SqlConfig, sqlFields } from '../../connectors/sql/config.ts';
import { isLoopback } from '../../connectors/sql/tls.ts';
import { sessionSettings } from '../dialect/index.ts';
import type { Adapter, TargetFields } from './adapter.ts';
import { DuckAdapter, type DuckOptions } from './duckdb-adapter.ts';
import { SqlAdapter } from './sql-adapter.ts';

export interface OpenOptions {
  /** Where paths of the profile begin. */
  readonly root: string;
  /** Hears that a cluster wakes up, and the like. */
  readonly emit: EventSink;
  readonly signal: AbortSignal;
  /** How long a cluster that sleeps may take to wake up; undefined: as long as for runs. */
  readonly wakeSeconds?: number;
}

/**
 * Connects to the target of a profile.
 * @throws MillraceError `project.profile` for a key that is not served, `connect.*`, `file.*`
 */
export async function openAdapter(target: TargetFields, options: OpenOptions): Promise<Adapter> {
  const { root, emit, signal, wakeSeconds } = options;
  if (target.type === 'duckdb') return await DuckAdapter.open(duckOptions(target, root));
  const config = sqlConfig(target, root);
  // A port of this machine that refuses is not waited for in any case.
  const patient =
    wakeSeconds === undefined || isLoopback(config.host) ? config : { ...config, wake_seconds: wakeSeconds };
  return await SqlAdapter.open(patient, target.schema, emit, signal);
}

/** Of dbt itself, and what the adapters' profiles hold that has no meaning here: sessions always speak utf8mb4 and commit by themselves. */
const COMMON = ['type', 'schema', 'database', 'threads'];
const SQL_KEYS = [
  ...[
    'server',
    'host',
    'port',
    'username',
    'user',
    'password',
    'pass',
    'charset',
    'collation',
    'retries',
    'autocommit',
  ],
  ...['ssl_disabled', 'ssl_ca', 'ssl_cert', 'ssl_key', 'tls', 'use_pure', 'connect_timeout', 'connection_timeout'],
  'wake_seconds',
];
const DUCKDB_KEYS = ['path', 'settings', 'extensions', 'memory'];

/** The configuration of a connection from the keys of dbt-mysql and dbt-tidb. `tls` and `wake_seconds` are ours, and as in `millrace.yaml`. */
export function sqlConfig(target: TargetFields, root: string): SqlConfig {
  const { fields } = target;
  refuseUnknown(target, [...COMMON, ...SQL_KEYS]);
  const isTidb = target.type === 'tidb';
  const schema = z.strictObject(sqlFields({ port: isTidb ? 4000 : 3306, lifetime: isTidb ? 270 : 1800 }));
  const first = (...keys: string[]) =>
    keys.map((key) => fields.get(key)).find((value) => value !== undefined && value !== null);
  const path = (key: string) => {
    const value = fields.get(key);
    return typeof value === 'string' && !isAbsolute(value) ? join(root, value) : value;
  };
  const tls = first('tls') ?? (fields.get('ssl_disabled') === true ? 'off' : undefined);
  const given = {
    host: first('server', 'host'),
    port: first('port'),
    user: first('username', 'user'),
    password: plainOf(first('password', 'pass')),
    tls,
    ca: path('ssl_ca'),
    cert: path('ssl_cert'),
    key: path('ssl_key'),
    wake_seconds: first('wake_seconds'),
    // One for each thread, one more for what is asked beside them.
    max_connections: Math.max(2, target.threads + 1),
  };
  const parsed = schema.safeParse(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw millraceError('project.profile', `the connection of the profile: ${why}`, { at: target.path });
}

/** A password may be said by reference, as in `millrace.yaml`. */
function plainOf(value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}

export function duckOptions(target: TargetFields, root: string): DuckOptions {
  const { fields } = target;
  refuseUnknown(target, [...COMMON, ...DUCKDB_KEYS]);
  const path = fields.get('path') ?? ':memory:';
  if (typeof path !== 'string') throw millraceError('project.profile', '`path` is no text', { at: target.path });
  const memory = fields.get('memory');
  const isFile = !path.startsWith(':memory:') && !isAbsolute(path);
  return {
    path: isFile ? join(root, path) : path,
    memory: typeof memory === 'string' ? memory : '1GB',
    schema: target.schema,
    setup: [...loads(fields.get('extensions')), ...dialectSettings(), ...settings(fields.get('settings'))],
  };
}

function loads(extensions: unknown): string[] {
  return Array.isArray(extensions) ? extensions.map((name) => `LOAD ${String(name).replace(/\W/g, '')}`) : [];
}

/** What makes DuckDB do as the other databases do; settings of the profile come after it. */
function dialectSettings(): string[] {
  return Object.entries(sessionSettings('standard', 'duckdb')).map(([name, value]) => `SET ${name} = ${value}`);
}

function settings(map: unknown): string[] {
  if (!(map instanceof Map)) return [];
  return [...map].map(
    ([name, value]) => `SET ${String(name).replace(/\W/g, '')} = '${String(value).replaceAll("'", "''")}'`,
  );
}

/** A key that would be read and not followed is refused: it may be about where data goes. */
function refuseUnknown({ fields, type, path }: TargetFields, known: readonly string[]): void {
  const unknown = [...fields.keys()].map(String).filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  throw millraceError('project.profile', `\`${unknown.join('`, `')}\` of a target of type ${type} is not served`, {
    at: path,
    fix: `Take it out, or use ${known.join(', ')}.`,
  });
}
