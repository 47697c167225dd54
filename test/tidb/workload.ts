import { seeded } from '../mysql/workload.ts';
import type { TestDatabase } from '../pipeline.ts';

/** One table with a second unique key, one whose key is of text and number, one that lies by its row id. */
export const TABLES = [
  'CREATE TABLE a (id BIGINT PRIMARY KEY, u INT NOT NULL, v INT NOT NULL DEFAULT 0, w VARCHAR(30), UNIQUE KEY u (u))',
  'CREATE TABLE b (k VARCHAR(10) COLLATE utf8mb4_bin, n INT, v INT NOT NULL DEFAULT 0, d DECIMAL(12,3), at DATETIME(6), PRIMARY KEY (k, n))',
  'CREATE TABLE c (k VARCHAR(20) COLLATE utf8mb4_bin PRIMARY KEY NONCLUSTERED, v INT, t TEXT)',
];

const IDS = 300;

type Draw = ReturnType<typeof seeded>;

const steps: readonly ((draw: Draw) => string[])[] = [
  (draw) => [`INSERT IGNORE INTO a (id, u, w) VALUES (${draw(IDS)}, ${draw(IDS)}, 'x${draw(99)}')`],
  (draw) => [`UPDATE a SET v = v + 1, w = NULL WHERE id = ${draw(IDS)}`],
  // A value that is written back.
  (draw) => [`UPDATE a SET v = v + 1 WHERE id < ${draw(IDS)}`, 'UPDATE a SET v = v - 1'],
  (draw) => [`UPDATE IGNORE a SET id = id + ${1 + draw(IDS)} WHERE id = ${draw(IDS)}`],
  (draw) => [`DELETE FROM a WHERE id BETWEEN ${draw(IDS)} AND ${draw(IDS)} LIMIT 5`],
  (draw) => [
    `REPLACE INTO b (k, n, v, d, at) VALUES ('k${draw(9)}', ${draw(20)}, ${draw(99)}, -${draw(99)}.125, NOW(6))`,
    `UPDATE b SET v = v + 1 WHERE k = 'k${draw(9)}'`,
  ],
  (draw) => [`UPDATE IGNORE b SET k = 'K${draw(9)}' WHERE n = ${draw(20)}`],
  (draw) => [`DELETE FROM b WHERE n = ${draw(20)} LIMIT 3`],
  // The row gets another row id; and is another row under the same one.
  (draw) => [`REPLACE INTO c VALUES ('k${draw(IDS)}', ${draw(99)}, REPEAT('é', ${draw(200)}))`],
  (draw) => [`UPDATE IGNORE c SET k = 'k${draw(IDS)}' WHERE k = 'k${draw(IDS)}'`],
  (draw) => [`DELETE FROM c WHERE v = ${draw(99)}`],
];

/** Values of a unique column change places between two rows, in one transaction. */
async function swap(database: TestDatabase, draw: Draw): Promise<void> {
  const rows = await database.run(`SELECT id, u FROM a ORDER BY (id * 7919) % 1009 LIMIT ${2 * (1 + draw(3))}`);
  for (let i = 0; i + 1 < rows.length; i += 2) {
    const [[one, first], [two, second]] = [rows[i]!, rows[i + 1]!];
    await database.run(
      `UPDATE a SET u = -1 WHERE id = ${one}`,
      `UPDATE a SET u = ${first} WHERE id = ${two}`,
      `UPDATE a SET u = ${second} WHERE id = ${one}`,
    );
  }
}

/** So many transactions, some of them rolled back; those that another writer's locks end are rolled back, as an application would. */
export async function changes(database: TestDatabase, transactions: number, seed: number): Promise<void> {
  await changeWhile(database, seed, (done) => done < transactions);
}

export async function changeUntil(database: TestDatabase, stop: AbortSignal, seed: number): Promise<number> {
  return changeWhile(database, seed, () => !stop.aborted);
}

async function changeWhile(database: TestDatabase, seed: number, more: (done: number) => boolean): Promise<number> {
  const draw = seeded(seed);
  let done = 0;
  for (; more(done); done++) {
    try {
      await database.run('BEGIN PESSIMISTIC');
      if (draw(5) === 0) await swap(database, draw);
      for (let i = draw(4); i >= 0; i--) await database.run(...steps[draw(steps.length)]!(draw));
      await database.run(draw(8) === 0 ? 'ROLLBACK' : 'COMMIT');
    } catch (thrown) {
      if (!mayPass(thrown as { errno?: number; message?: string })) throw thrown;
      await database.run('ROLLBACK');
    }
  }
  return done;
}

/** Lock wait timeout, deadlock, a duplicate that came meanwhile, the schema changed; locks that others took first again and again. */
const passing = new Set([1062, 1205, 1213, 8022, 8027, 8028, 9007]);

function mayPass({ errno = 0, message = '' }: { readonly errno?: number; readonly message?: string }): boolean {
  return passing.has(errno) || (errno === 1105 && message.includes('pessimistic lock retry limit reached'));
}
