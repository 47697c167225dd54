import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Column, Comparer, CompareTable, StreamName } from '../../connectors/contract/index.ts';
import { sqlComparer } from '../../connectors/sql/comparer.ts';
import { sqlFields, sqlFromUrl } from '../../connectors/sql/config.ts';
import { SqlPool } from '../../connectors/sql/pool.ts';
import { type Cell, query } from '../../connectors/sql/query.ts';
import type { Dialect } from '../../connectors/types/index.ts';
import { sharedUrl } from '../services/shared.ts';

export const servers = ['mysql', 'mariadb', 'tidb'] as const satisfies readonly Dialect[];
export type Server = (typeof servers)[number];

export const signal: AbortSignal = new AbortController().signal;

const anyConfig = z.strictObject({ type: z.string(), ...sqlFields({ port: 3306, lifetime: 300 }) });

/** A database of its own on a server, and a comparer of the tables there. */
export interface ServerSide extends AsyncDisposable {
  readonly server: Server;
  readonly database: string;
  readonly comparer: Comparer;
  /** Every statement that the comparer sent. */
  readonly asked: string[];
  table(name: string): StreamName;
  run(sql: string): Promise<Cell[][]>;
  compare(name: string, key: readonly string[], columns?: readonly Column[]): Promise<CompareTable>;
}

export async function openSide(server: Server): Promise<ServerSide> {
  const config = sqlFromUrl(new URL(sharedUrl(server)), server, anyConfig);
  const pool = new SqlPool(config, { side: 'source', emit: () => undefined });
  const database = `mr_${randomBytes(6).toString('hex')}`;
  const run = async (sql: string) => {
    await using lease = await pool.lease('write', signal);
    return await query(lease.session, sql.replaceAll('{db}', database));
  };
  await run('CREATE DATABASE {db} CHARACTER SET utf8mb4');
  const asked: string[] = [];
  const comparer = sqlComparer({
    dialect: async () => server,
    view: async (stop) => {
      const lease = await pool.lease('read', stop);
      return { session: spied(lease.session, asked), [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose]() };
    },
  });
  const table = (name: string) => ({ namespace: database, name });
  return {
    server,
    database,
    comparer,
    asked,
    table,
    run,
    compare: async (name, key, columns) => ({
      stream: table(name),
      columns: columns ?? (await comparer.columns(table(name), signal))!,
      key,
    }),
    [Symbol.asyncDispose]: async () => {
      await run('DROP DATABASE {db}');
      await pool[Symbol.asyncDispose]();
    },
  };
}

type Session = Awaited<ReturnType<SqlPool['lease']>>['session'];

/** The same session, whose statements are written down. Only its wire's `query` is looked at. */
function spied(session: Session, asked: string[]): Session {
  const wire = new Proxy(session.wire, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const [first] = args;
        if (name === 'query') asked.push(typeof first === 'string' ? first : (first as { sql: string }).sql);
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
  return Object.assign(Object.create(session) as Session, { wire });
}
