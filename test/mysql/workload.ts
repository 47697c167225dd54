import type { TestDatabase } from '../pipeline.ts';

/** The tables that a workload changes: one with a second unique key, one whose key is of text and number. */
export const WORKLOAD_TABLES = [
  'CREATE TABLE a (id INT PRIMARY KEY, u INT NOT NULL, v INT NOT NULL DEFAULT 0, w VARCHAR(30), UNIQUE KEY u (u)) COLLATE utf8mb4_bin',
  'CREATE TABLE b (k VARCHAR(10), n INT, v INT NOT NULL DEFAULT 0, d DECIMAL(12,3), at DATETIME(6), PRIMARY KEY (k, n)) COLLATE utf8mb4_bin',
];

/** Numbers that look random and are the same each time. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

type Draw = ReturnType<typeof seeded>;

const IDS = 200;

const steps: readonly ((draw: Draw) => string[])[] = [
  (draw) => [`INSERT IGNORE INTO a (id, u, w) VALUES (${draw(IDS)}, ${draw(IDS)}, 'x${draw(99)}')`],
  (draw) => [`UPDATE a SET v = v + 1, w = NULL WHERE id = ${draw(IDS)}`],
  (draw) => [`UPDATE IGNORE a SET id = id + ${1 + draw(IDS)} WHERE id = ${draw(IDS)}`],
  (draw) => [`DELETE FROM a WHERE id BETWEEN ${draw(IDS)} AND ${draw(IDS)} LIMIT 5`],
  (draw) => {
    const [one, two] = [draw(IDS), draw(IDS)];
    return [
      `SELECT u INTO @one FROM a WHERE id = ${one}`,
      `SELECT u INTO @two FROM a WHERE id = ${two}`,
      `UPDATE a SET u = -1 WHERE id = ${one} AND @one IS NOT NULL AND @two IS NOT NULL`,
      `UPDATE a SET u = @one WHERE id = ${two} AND @one IS NOT NULL AND @two IS NOT NULL`,
      `UPDATE a SET u = @two WHERE id = ${one} AND @one IS NOT NULL AND @two IS NOT NULL`,
      'SET @one = NULL, @two = NULL',
    ];
  },
  (draw) => [
    `REPLACE INTO b (k, n, v, d, at) VALUES ('k${draw(9)}', ${draw(20)}, ${draw(99)}, -${draw(99)}.125, NOW(6))`,
    `UPDATE b SET v = v + 1 WHERE k = 'k${draw(9)}'`,
  ],
  (draw) => [`UPDATE IGNORE b SET k = 'K${draw(9)}' WHERE n = ${draw(20)}`],
  (draw) => [`DELETE FROM b WHERE n = ${draw(20)} LIMIT 3`],
];

/**
 * One transaction after the other, some of them rolled back as a whole or in part, until told to stop. One that another session's DDL or
 * locks end is rolled back, as an application would.
 */
export async function changeUntil(database: TestDatabase, stop: AbortSignal, seed: number): Promise<number> {
  const draw = seeded(seed);
  let transactions = 0;
  for (; !stop.aborted; transactions++) {
    try {
      await transaction(database, draw);
    } catch (thrown) {
      if (!passing.has((thrown as { errno?: number }).errno ?? 0)) throw thrown;
      await database.run('ROLLBACK');
    }
  }
  return transactions;
}

/** Lock wait timeout, deadlock, definition of the table changed. */
const passing = new Set([1205, 1213, 1412]);

async function transaction(database: TestDatabase, draw: (below: number) => number): Promise<void> {
  await database.run('START TRANSACTION');
  for (let i = draw(4); i >= 0; i--) {
    if (draw(6) === 0) await database.run('SAVEPOINT s');
    await database.run(...steps[draw(steps.length)]!(draw));
    if (draw(9) === 0) await database.run('SAVEPOINT s', ...steps[draw(steps.length)]!(draw), 'ROLLBACK TO s');
  }
  await database.run(draw(8) === 0 ? 'ROLLBACK' : 'COMMIT');
}
