import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Adapter, AdapterSession, TargetFields } from '../../../transforms/adapter/adapter.ts';
import { openAdapter } from '../../../transforms/adapter/open.ts';
import type { RelationName } from '../../../transforms/adapter/relation.ts';
import { reprOf } from '../../../transforms/jinja/value/text.ts';
import type { Build } from '../../../transforms/materialize/build.ts';
import { sharedUrl } from '../../services/shared.ts';

export const servers = ['tidb', 'mysql', 'mariadb'] as const;
export type ServerTarget = (typeof servers)[number];
export const targets = ['duckdb', ...servers] as const;
export type TargetType = (typeof targets)[number];

export const never: AbortSignal = new AbortController().signal;

/** A profile's target: a shared server, or a DuckDB file. */
export function fieldsOf(type: TargetType, place: { schema: string; path?: string; threads?: number }): TargetFields {
  const { schema, threads = 4 } = place;
  const fields = new Map<string, unknown>([['type', type], ['schema', schema], ['threads', threads]]); // biome-ignore format: a table
  if (type === 'duckdb') fields.set('path', place.path ?? `:memory:${randomUUID()}`);
  else {
    const url = new URL(sharedUrl(type));
    fields.set('server', url.hostname).set('port', Number(url.port)).set('username', url.username);
  }
  return { type, schema, threads, fields, path: 'profiles.yml' };
}

/** A target with a schema of its own, and a session in it. */
export interface Place {
  readonly type: TargetType;
  readonly adapter: Adapter;
  readonly session: AdapterSession;
  readonly schema: string;
  readonly fields: TargetFields;
  name(identifier: string): RelationName;
  /** As SQL. */
  sql(identifier: string): string;
  run(...statements: string[]): Promise<void>;
  /** All rows of a query, each value as Python would print it: exact, and NULL as None. */
  rows(sql: string): Promise<string[]>;
  build(identifier: string, sql: string, more?: Partial<Build>): Build;
}

/** Runs a test in a schema of its own. */
export async function inPlace(type: TargetType, test: (place: Place) => Promise<void>): Promise<void> {
  await inFolder(type, async (fields) => {
    await using adapter = await openAdapter(fields, { root: '/', emit: () => {}, signal: never });
    await using session = await adapter.session(never);
    await test(placeOf(adapter, session, fields));
  });
}

/** The same for a test that connects itself; `path` is where DuckDB's file is. */
export async function inFolder(
  type: TargetType,
  test: (fields: TargetFields, path: string) => Promise<void>,
): Promise<void> {
  const schema = `mr_${randomBytes(6).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'mr_models_'));
  const path = join(folder, 'models.duckdb');
  const fields = fieldsOf(type, { schema, path });
  try {
    await inSchema(fields, (session, database) => session.createSchema({ database, schema }));
    try {
      await test(fields, path);
    } finally {
      await inSchema(fields, (session, database) => session.dropSchema({ database, schema }));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inSchema(
  fields: TargetFields,
  work: (session: AdapterSession, database: string | null) => Promise<void>,
): Promise<void> {
  await using adapter = await openAdapter(fields, { root: '/', emit: () => {}, signal: never });
  await using session = await adapter.session(never);
  await work(session, adapter.database);
}

export function placeOf(adapter: Adapter, session: AdapterSession, fields: TargetFields): Place {
  const { schema } = fields;
  const name = (identifier: string): RelationName => ({ database: adapter.database, schema, identifier });
  const parts = (identifier: string) => [adapter.database, schema, identifier].filter((part) => part !== null);
  return {
    type: adapter.type,
    adapter,
    session,
    schema,
    fields,
    name,
    sql: (identifier) =>
      parts(identifier)
        .map((part) => adapter.names.quote(part))
        .join('.'),
    run: async (...statements) => {
      for (const statement of statements) await session.execute(statement);
    },
    rows: async (sql) => {
      const { table } = await session.execute(sql, { fetch: true });
      return table!.rows.map((row) => row.map(reprOf).join(', '));
    },
    build: (identifier, sql, more = {}) => ({ relation: name(identifier), sql, ...more }),
  };
}
