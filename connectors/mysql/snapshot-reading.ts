import { randomUUID } from 'node:crypto';
import { millraceError } from '../contract/index.ts';
import { execute, type Lease, type Moment, pageKey, type Reading, rollback, type SqlPool } from '../sql/index.ts';

/**
 * `consistency: snapshot`: all tables are read in one REPEATABLE READ transaction, so that they agree. It lives as long as its one connection
 * does: a read that was cut begins anew, all tables of it.
 */
export function snapshotReading(pool: SqlPool): Reading {
  let current: Promise<Snapshot> | undefined;
  const begin = async (signal: AbortSignal): Promise<Moment> => {
    const open = await current?.catch(() => undefined);
    if (open !== undefined && !open.lost) return open.moment;
    await open?.close();
    current = openSnapshot(pool, signal);
    return (await current).moment;
  };
  return {
    together: true,
    pageKey: async (schema) => pageKey(schema),
    begin,
    async resume(name) {
      const open = await current?.catch(() => undefined);
      return open !== undefined && !open.lost && open.moment.name === name ? open.moment : undefined;
    },
    recent: async () => ({ name: 'now', view: (signal) => pool.lease('read', signal) }),
    findings: async () => [],
    [Symbol.asyncDispose]: async () => {
      const open = await current?.catch(() => undefined);
      await open?.close();
    },
  };
}

/** A transaction held open on one connection, and handed to one reader at a time. */
interface Snapshot {
  readonly moment: Moment;
  readonly lost: boolean;
  close(): Promise<void>;
}

async function openSnapshot(pool: SqlPool, signal: AbortSignal): Promise<Snapshot> {
  const lease = await pool.lease('read', signal);
  try {
    await execute(lease.session, 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await execute(lease.session, 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
  } catch (thrown) {
    await lease[Symbol.asyncDispose]();
    throw thrown;
  }
  return heldSnapshot(lease);
}

function heldSnapshot(lease: Lease): Snapshot {
  const { session } = lease;
  let turn: Promise<void> = Promise.resolve();
  const view = async (): Promise<Lease> => {
    const before = turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    turn = promise;
    await before;
    if (!session.lost) return { session, [Symbol.asyncDispose]: async () => resolve() };
    resolve();
    throw millraceError('source.cut', 'the connection that held the snapshot is gone', { at: session.at });
  };
  return {
    moment: { name: randomUUID(), view },
    get lost() {
      return session.lost;
    },
    async close() {
      await rollback(session);
      await lease[Symbol.asyncDispose]();
    },
  };
}
