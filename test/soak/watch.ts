import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';

/**
 * Looks at the orders of the target again and again: a key never has an older version than at the look before. Gives how many rows it saw.
 * @throws Error that names the key
 */
export async function watch(url: string, stop: AbortSignal): Promise<number> {
  const versions = new Map<string, bigint>();
  let seen = 0;
  while (!stop.aborted) {
    const session = await createConnection({
      uri: url,
      database: 'shop',
      supportBigNumbers: true,
      bigNumberStrings: true,
    }).catch(() => undefined);
    session?.on('error', () => undefined);
    try {
      while (session !== undefined && !stop.aborted) {
        seen += await look(session, versions);
        await sleep(50);
      }
    } catch (thrown) {
      if (thrown instanceof RangeError) throw thrown;
    } finally {
      session?.destroy();
    }
    await sleep(200);
  }
  return seen;
}

async function look(session: Connection, versions: Map<string, bigint>): Promise<number> {
  const [rows] = await session.query<RowDataPacket[]>('SELECT id, version FROM orders');
  for (const { id, version } of rows) {
    const now = BigInt(version);
    const before = versions.get(id);
    if (before !== undefined && now < before)
      throw new RangeError(`order ${id} went back from version ${before} to ${now}`);
    versions.set(id, now);
  }
  return rows.length;
}
