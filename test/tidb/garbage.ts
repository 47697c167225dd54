import { setTimeout as sleep } from 'node:timers/promises';
import { tsoMillis } from '../../connectors/tidb/tso.ts';
import type { TestDatabase } from '../pipeline.ts';

/** Tells a server of a test's own that garbage collection has passed these TSOs, which are of all its databases. */
export async function collectGarbage(database: TestDatabase, tsos: readonly string[]): Promise<void> {
  const newest = Math.max(...tsos.map((tso) => Math.floor(tsoMillis(BigInt(tso)) / 1000)));
  // The safe point is told in whole seconds.
  while (Math.floor(Date.now() / 1000) <= newest) await sleep(50);
  const point = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
  const text = `${point.slice(0, 19).replaceAll('-', '').replace('T', '-')} +0000`;
  await database.run(`UPDATE mysql.tidb SET variable_value = '${text}' WHERE variable_name = 'tikv_gc_safe_point'`);
}
