import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import type { Cell, Run } from '../../connectors/sql/introspect-run.ts';
import type { Dialect } from '../../connectors/types/index.ts';
import { sharedUrl } from '../services/shared.ts';

export const servers = ['mysql', 'mariadb', 'tidb'] as const satisfies readonly Dialect[];
export type ServerDialect = (typeof servers)[number];

/** A session set as writers' sessions are. */
export interface Session extends AsyncDisposable {
  readonly run: Run;
  /** The same statement over the binary protocol, prepared once. */
  prepare(sql: string): Promise<() => Promise<unknown>>;
  destroy(): void;
}

export async function openSession(dialect: ServerDialect, user?: { name: string; password: string }): Promise<Session> {
  const url = new URL(sharedUrl(dialect));
  const connection = await createConnection({
    host: url.hostname,
    port: Number(url.port),
    user: user?.name ?? url.username,
    password: user?.password ?? url.password,
    charset: 'utf8mb4',
    rowsAsArray: true,
    flags: ['+FOUND_ROWS'],
  });
  await connection.query(
    "SET sql_mode='STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone='+00:00', collation_connection='utf8mb4_bin', foreign_key_checks=0",
  );
  const run: Run = async (sql) => {
    const [rows] = await connection.query({ sql, typeCast: (field) => field.buffer() });
    return Array.isArray(rows) ? (rows as Cell[][]) : [];
  };
  return {
    run,
    prepare: async (sql) => {
      const statement = await connection.prepare(sql);
      return async () => (await statement.execute([]))[0];
    },
    destroy: () => connection.destroy(),
    [Symbol.asyncDispose]: async () => connection.end(),
  };
}

/** Runs a test in a database of its own, with a session that is not in it. */
export async function inDatabase(
  dialect: ServerDialect,
  test: (database: string, run: Run) => Promise<void>,
): Promise<void> {
  await using session = await openSession(dialect);
  const database = `mr_${randomBytes(6).toString('hex')}`;
  await session.run(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
  try {
    await test(database, session.run);
  } finally {
    await session.run(`DROP DATABASE ${database}`);
  }
}

/** A value of one row of one column, as text. */
export async function single(run: Run, sql: string): Promise<string | undefined> {
  const [row] = await run(sql);
  const cell = row?.[0];
  return cell === null || cell === undefined ? undefined : cell.toString();
}
