import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import { seeded } from '../mysql/workload.ts';

/** Tables of the shop. `version` grows with each change of a key. `events` gets other columns while it is followed. */
export const TABLES: Readonly<Record<string, string>> = {
  customers: `id BIGINT PRIMARY KEY, email VARCHAR(60) NOT NULL, name VARCHAR(80), balance DECIMAL(14,2) NOT NULL,
    wants SET('mail','sms','post'), since DATETIME(6), version BIGINT NOT NULL, UNIQUE KEY email (email)`,
  orders: `id BIGINT UNSIGNED PRIMARY KEY, customer BIGINT, state ENUM('new','paid','sent','back') NOT NULL, total DECIMAL(20,6),
    doc JSON, note TEXT, changed TIMESTAMP(3) NULL, weight FLOAT, version BIGINT NOT NULL`,
  order_lines: `order_id BIGINT UNSIGNED, line INT, sku VARCHAR(20), quantity INT, price DOUBLE, took TIME(3), version BIGINT NOT NULL,
    PRIMARY KEY (order_id, line)`,
  stock:
    'sku VARCHAR(20) PRIMARY KEY, quantity BIGINT NOT NULL, seal VARBINARY(40), bits BIT(9), version BIGINT NOT NULL',
  events: 'id BIGINT PRIMARY KEY, kind SMALLINT NOT NULL, body VARCHAR(200), version BIGINT NOT NULL',
};

/** Primary keys, by table. */
export const KEYS: Readonly<Record<string, readonly string[]>> = {
  customers: ['id'],
  orders: ['id'],
  order_lines: ['order_id', 'line'],
  stock: ['sku'],
  events: ['id'],
};

/** Statements that are followed wherever a reader stands in the log, in this order: a MODIFY is only where the old type is known. */
export const DDL: readonly string[] = [
  "ALTER TABLE events ADD COLUMN origin VARCHAR(20) NOT NULL DEFAULT 'shop'",
  'ALTER TABLE events ADD COLUMN score DECIMAL(9,3) DEFAULT 1.500',
  'ALTER TABLE events ADD INDEX by_kind (kind)',
  'ALTER TABLE events ADD COLUMN more BIGINT',
];

type Draw = ReturnType<typeof seeded>;

export const WRITERS = 4;
const IDS = { customers: 400, orders: 3_000, events: 5_000, skus: 60 };
const NOW = 'CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS UNSIGNED)';
const GROWN = `version = GREATEST(version + 1, ${NOW})`;
const words = ["'Zoë'", "'null'", "'O''Hara'", "'雪 🚲'", "''", "'a\\tb\\\\n'", 'NULL'];
const word = (draw: Draw) => words[draw(words.length)]!;

/** Makes the statements of one step. Keys of orders belong to one writer each, so that the versions of a key grow in the order of its commits. */
type Step = (draw: Draw, writer: number) => readonly string[];

const ownOrder = (draw: Draw, writer: number) => draw(IDS.orders / WRITERS) * WRITERS + writer;
const email = (draw: Draw) => `'m${draw(IDS.customers)}@x.org'`;

const steps: readonly Step[] = [
  (draw) => [
    `INSERT IGNORE INTO customers VALUES (${draw(IDS.customers)}, ${email(draw)}, ${word(draw)}, ${draw(1e9)}.${draw(100)}, 'mail,post', SYSDATE(6), ${NOW})`,
  ],
  (draw) => [
    `UPDATE customers SET balance = balance - 0.01, name = ${word(draw)}, ${GROWN} WHERE id = ${draw(IDS.customers)}`,
  ],
  (draw) => [`UPDATE IGNORE customers SET email = ${email(draw)}, ${GROWN} WHERE id = ${draw(IDS.customers)}`],
  (draw) => swapped(draw(IDS.customers), draw(IDS.customers)),
  (draw) => [`DELETE FROM customers WHERE id = ${draw(IDS.customers)}`],
  (draw, writer) => {
    const id = ownOrder(draw, writer);
    const lines = Array.from({ length: 1 + draw(5) }, (_, line) => {
      return `(${id}, ${line}, 'sku${draw(IDS.skus)}', ${draw(9)}, ${draw(1e6)} / 7, '-12:${10 + draw(49)}:07.${draw(999)}', ${NOW})`;
    });
    return [
      `INSERT IGNORE INTO orders VALUES (${id}, ${draw(IDS.customers)}, 'new', ${draw(1e9)}.000001, JSON_OBJECT('n', ${draw(99)}, 'w', ${word(draw)}), ${word(draw)}, SYSDATE(3), ${draw(1e6)} / 3, ${NOW})`,
      `INSERT IGNORE INTO order_lines VALUES ${lines.join(', ')}`,
    ];
  },
  (draw, writer) => [
    `UPDATE orders SET state = ${2 + draw(3)}, note = ${word(draw)}, changed = SYSDATE(3), ${GROWN} WHERE id = ${ownOrder(draw, writer)}`,
  ],
  (draw, writer) => [
    `UPDATE IGNORE orders SET id = ${ownOrder(draw, writer)}, ${GROWN} WHERE id = ${ownOrder(draw, writer)}`,
  ],
  (draw, writer) => {
    const id = ownOrder(draw, writer);
    return [`DELETE FROM order_lines WHERE order_id = ${id}`, `DELETE FROM orders WHERE id = ${id}`];
  },
  (draw) => [`UPDATE order_lines SET quantity = quantity + 1, ${GROWN} WHERE order_id = ${draw(IDS.orders)}`],
  (draw) => [
    `UPDATE IGNORE order_lines SET line = line + ${1 + draw(9)} WHERE order_id = ${draw(IDS.orders)} AND line > ${draw(20)} ORDER BY line DESC`,
  ],
  (draw) => [
    `INSERT INTO stock VALUES ('sku${draw(IDS.skus)}', 1, RANDOM_BYTES(${1 + draw(40)}), ${draw(512)}, ${NOW}) AS made ON DUPLICATE KEY UPDATE quantity = stock.quantity - 1, bits = made.bits, seal = made.seal, version = GREATEST(stock.version + 1, made.version)`,
  ],
  (draw) => [`DELETE FROM stock WHERE sku = 'sku${draw(IDS.skus)}'`],
  (draw) => [
    `REPLACE INTO events (id, kind, body, version) VALUES (${draw(IDS.events)}, ${draw(32_000)}, ${word(draw)}, ${NOW})`,
    `UPDATE events SET kind = 1, ${GROWN} WHERE id BETWEEN ${draw(IDS.events)} AND ${draw(IDS.events)} LIMIT 20`,
  ],
  (draw) => [`DELETE FROM events WHERE id > ${draw(IDS.events)} LIMIT 3`],
];

/** Two customers change their unique addresses with each other. */
function swapped(one: number, two: number): string[] {
  const both = '@a IS NOT NULL AND @b IS NOT NULL';
  return [
    `SELECT email INTO @a FROM customers WHERE id = ${one}`,
    `SELECT email INTO @b FROM customers WHERE id = ${two}`,
    `UPDATE customers SET email = 'nobody', ${GROWN} WHERE id = ${one} AND ${both}`,
    `UPDATE customers SET email = @a, ${GROWN} WHERE id = ${two} AND ${both}`,
    `UPDATE customers SET email = @b, ${GROWN} WHERE id = ${one} AND ${both}`,
    'SET @a = NULL, @b = NULL',
  ];
}

/** Larger than some commits at the destination. */
const large: readonly Step[] = [
  () => [`UPDATE order_lines SET price = price + 1, ${GROWN}`],
  () => [`UPDATE orders SET total = total + 0.000001, ${GROWN}`],
  (draw) => {
    const many = `WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${IDS.events - 1}) SELECT n`;
    return [`REPLACE INTO events (id, kind, body, version) ${many}, ${draw(99)}, REPEAT('b', n % 200), ${NOW} FROM c`];
  },
  () => ['DELETE FROM order_lines WHERE line > 12', 'DELETE FROM events WHERE id % 3 = 0'],
];

/** What a transaction is rolled back for: a unique value that another took, lock wait, deadlock, table changed. The rest is the server's absence. */
const ROLLED_BACK = new Set([1062, 1205, 1213, 1412]);
const BREATH_MS = 15;

/** Makes the tables in a new database. */
export async function openShop(url: string, database: string): Promise<void> {
  const session = await createConnection(url);
  try {
    await session.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
    for (const [name, columns] of Object.entries(TABLES))
      await session.query(`CREATE TABLE ${database}.${name} (${columns})`);
  } finally {
    await session.end();
  }
}

export interface Written {
  transactions: number;
  rolledBack: number;
  lostConnections: number;
}

/** One application: transactions, one after the other, until told to stop. It comes back when its server does. */
export async function write(
  url: string,
  database: string,
  writer: number,
  seed: number,
  stop: AbortSignal,
): Promise<Written> {
  const draw = seeded(seed);
  const written: Written = { transactions: 0, rolledBack: 0, lostConnections: 0 };
  while (!stop.aborted) {
    const session = await connected(url, database).catch(() => undefined);
    try {
      while (session !== undefined && !stop.aborted) {
        const ended = await transaction(session, draw, writer);
        written[ended] += 1;
        await sleep(BREATH_MS);
      }
    } catch (thrown) {
      if ((thrown as { sqlState?: string; errno?: number }).sqlState !== undefined && !isAbsence(thrown)) throw thrown;
      written.lostConnections += 1;
    } finally {
      session?.destroy();
    }
    if (session === undefined) await sleep(100);
  }
  return written;
}

/** The server says that it goes down, or has killed the session. */
function isAbsence(thrown: unknown): boolean {
  return [1053, 1317, 1927, 3169].includes((thrown as { errno?: number }).errno ?? 0);
}

async function connected(url: string, database: string): Promise<Connection> {
  const session = await createConnection({ uri: url, database, charset: 'utf8mb4' });
  session.on('error', () => undefined);
  await session.query('SET SESSION cte_max_recursion_depth = 1000000, innodb_lock_wait_timeout = 5');
  return session;
}

async function transaction(session: Connection, draw: Draw, writer: number): Promise<'transactions' | 'rolledBack'> {
  try {
    await session.query('START TRANSACTION');
    const isLarge = draw(150) === 0;
    for (let left = isLarge ? 0 : draw(5); left >= 0; left--) {
      const back = draw(8) === 0;
      if (back) await session.query('SAVEPOINT s');
      const step = isLarge ? large[draw(large.length)]! : steps[draw(steps.length)]!;
      for (const sql of step(draw, writer)) await session.query(sql);
      if (back) await session.query('ROLLBACK TO s');
    }
    const rollsBack = draw(7) === 0;
    await session.query(rollsBack ? 'ROLLBACK' : 'COMMIT');
    return rollsBack ? 'rolledBack' : 'transactions';
  } catch (thrown) {
    if (!ROLLED_BACK.has((thrown as { errno?: number }).errno ?? 0)) throw thrown;
    await session.query('ROLLBACK');
    return 'rolledBack';
  }
}
