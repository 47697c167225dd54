import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { RunEvent } from '../../connectors/contract/index.ts';
import { type SqlConfig, sqlFields, sqlFromUrl } from '../../connectors/sql/config.ts';
import type { Side } from '../../connectors/sql/error.ts';
import { SqlPool } from '../../connectors/sql/pool.ts';
import { execute } from '../../connectors/sql/query.ts';
import { sharedUrl } from '../services/shared.ts';

export const servers = ['mysql', 'mariadb', 'tidb'] as const;
export type ServerName = (typeof servers)[number];

export const never: AbortSignal = new AbortController().signal;

const schema = z.strictObject({ type: z.literal('test'), ...sqlFields({ port: 3306, lifetime: 300 }) });

/** The configuration that a URL stands for. */
export function configOf(url: string, changes: Partial<SqlConfig> = {}): SqlConfig {
  return { ...sqlFromUrl(new URL(url), 'test', schema), ...changes };
}

export interface TestPool extends AsyncDisposable {
  readonly pool: SqlPool;
  readonly events: RunEvent[];
}

/** A pool on the shared server, or on `url`; what it emits is kept. */
export function testPool(
  server: ServerName,
  { url, side = 'destination', ...changes }: Partial<SqlConfig> & { url?: string; side?: Side } = {},
): TestPool {
  const events: RunEvent[] = [];
  const pool = new SqlPool(configOf(url ?? sharedUrl(server), changes), { side, emit: (event) => events.push(event) });
  return { pool, events, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
}

/** Runs a test with a pool and a database of its own. */
export async function inPool(
  server: ServerName,
  test: (pool: SqlPool, database: string) => Promise<void>,
): Promise<void> {
  await using made = testPool(server);
  const database = `mr_${randomBytes(6).toString('hex')}`;
  await run(made.pool, `CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
  try {
    await test(made.pool, database);
  } finally {
    await run(made.pool, `DROP DATABASE ${database}`);
  }
}

export async function run(pool: SqlPool, ...statements: string[]): Promise<void> {
  await using lease = await pool.lease('write', never);
  for (const sql of statements) await execute(lease.session, sql);
}
