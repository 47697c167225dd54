import { createReadStream } from 'node:fs';
import { createConnection } from 'mysql2/promise';

/** Bytes of a packet: the largest that gains anything. */
const PIECE_BYTES = 1024 * 1024;

/**
 * `node load-files.ts URL TABLE CONNECTIONS FILE...`: the ceiling of a target. Loads ready files by LOAD DATA LOCAL, one transaction a file,
 * shared out over connections, and prints the seconds from the first statement to the last answer.
 */
async function main([url, table, connections, ...files]: string[]): Promise<void> {
  const open = () =>
    createConnection({
      uri: url!,
      charset: 'utf8mb4',
      infileStreamFactory: (path) => stream(path),
      flags: ['LOCAL_FILES'],
    });
  const all = await Promise.all(Array.from({ length: Number(connections) }, open));
  // What millrace pins for its writers too.
  for (const each of all) {
    await each.query(
      "SET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone = '+00:00', foreign_key_checks = 0",
    );
  }
  const left = [...files];
  const started = performance.now();
  await Promise.all(
    all.map(async (each) => {
      for (let file = left.shift(); file !== undefined; file = left.shift()) {
        await each.query(`LOAD DATA LOCAL INFILE '${file}' INTO TABLE ${table} CHARACTER SET utf8mb4`);
      }
    }),
  );
  process.stdout.write(String((performance.now() - started) / 1000));
  await Promise.all(all.map((each) => each.end()));
}

function stream(path: string) {
  return createReadStream(path, { highWaterMark: PIECE_BYTES });
}

await main(process.argv.slice(2));
