import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';

/**
 * Looks at the orders of the target again and again: a key never has an older version than at the look before. While the log catches up with
 * the copy it may, so that only versions from later count. Gives how many of those it saw.
 * @param copiedBy when the copy was over, in milliseconds since 1970; undefined: not yet
 * @throws RangeError that names the key
 */
export async function watch(url: string, copiedBy: () => number | undefined, stop: AbortSignal): Promise<number> {
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
        const since = copiedBy();
        if (since !== undefined) seen += await look(session, versions, BigInt(since) * 1000n);
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

/** Versions are microseconds since 1970, or a little more. */
async function look(session: Connection, versions: Map<string, bigint>, since: bigint): Promise<number> {
  const [rows] = await session.query<RowDataPacket[]>('SELECT id, version FROM orders');
  let seen = 0;
  for (const { id, version } of rows) {
    const now = BigInt(version);
    if (now >= since) seen += 1;
    const before = versions.get(id);
    if (before !== undefined && now < before)
      throw new RangeError(`order ${id} went back from version ${before} to ${now}`);
    if (now >= since) versions.set(id, now);
  }
  return seen;
}
