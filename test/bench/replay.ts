import { readFile } from 'node:fs/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import type { Replayed } from './node-work.ts';

/**
 * `node replay.ts URL THREADS FILE`: sends the statements of nodes as a run did, by nothing but the driver: each node after those that it
 * needs, in the order of the run, so many at once. Prints the seconds from the first statement to the last answer.
 */
async function main([url, threads, file]: string[]): Promise<void> {
  const { session, before, nodes } = JSON.parse(await readFile(file!, 'utf8')) as Replayed;
  const all = await Promise.all(
    Array.from({ length: Number(threads) }, () => createConnection({ uri: url!, charset: 'utf8mb4' })),
  );
  for (const each of all) await send(each, session);
  const started = performance.now();
  await send(all[0]!, before);
  await replay(all, nodes);
  process.stdout.write(String((performance.now() - started) / 1000));
  await Promise.all(all.map((each) => each.end()));
}

async function replay(all: readonly Connection[], nodes: Replayed['nodes']): Promise<void> {
  const [free, left, ended] = [[...all], [...nodes], new Set<string>()];
  await new Promise<void>((resolve, reject) => {
    const pump = () => {
      if (ended.size === nodes.length) resolve();
      while (free.length > 0) {
        const at = left.findIndex(({ needs }) => needs.every((need) => ended.has(need)));
        if (at < 0) return;
        const [node] = left.splice(at, 1);
        const connection = free.pop()!;
        const end = () => {
          ended.add(node!.id);
          free.push(connection);
          pump();
        };
        send(connection, node!.statements).then(end, reject);
      }
    };
    pump();
  });
}

async function send(connection: Connection, statements: readonly string[]): Promise<void> {
  for (const sql of statements) await connection.query(sql);
}

await main(process.argv.slice(2));
