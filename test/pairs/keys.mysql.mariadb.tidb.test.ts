import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventsOf, rowsOf, type ServerName, type TestPair } from '../pipeline.ts';
import { pairs, withPair } from './matrix.ts';

/** Tables of 11,000 rows, by the kind of their key: two batches and a rest, so that a read can be stopped inside. */
const ROWS = 11_000;

interface KeyCase {
  readonly title: string;
  readonly columns: string;
  /** SELECT list over `i`, from 1 to `ROWS`. */
  readonly values: string;
  /** A server that orders such a table otherwise. */
  readonly not?: ServerName;
}

const cases: readonly KeyCase[] = [
  {
    title: 'composite, with an integer of one value first',
    columns: 'a TINYINT, b VARCHAR(10) COLLATE utf8mb4_bin, c INT, PRIMARY KEY (a, b, c)',
    values: "7, CONCAT('k', i MOD 3), i",
  },
  {
    title: 'text without case, in the order of its collation',
    columns: 'k VARCHAR(20) COLLATE utf8mb4_unicode_ci PRIMARY KEY, v INT',
    values: "CONCAT(ELT(i MOD 4 + 1, 'a', 'B', 'ä', 'Z'), i), i",
  },
  {
    title: 'text with spaces at its end, quotes and backslashes',
    columns: 'k VARCHAR(20) COLLATE utf8mb4_bin PRIMARY KEY, v INT',
    values: "CONCAT('x''\\\\', i, REPEAT(' ', i MOD 3)), i",
  },
  {
    title: 'fixed BINARY with bytes of every kind',
    columns: 'k BINARY(8) PRIMARY KEY, v INT',
    values: 'UNHEX(LPAD(HEX(i * 59999), 16, HEX(255 - (i MOD 256)))), i',
  },
  {
    title: 'unsigned, over all of its range',
    columns: 'k BIGINT UNSIGNED PRIMARY KEY, v INT',
    values: '18446744073709551615 - CAST(i AS UNSIGNED) * 1676976733973595, i',
  },
  {
    title: 'date and time to the microsecond',
    columns: 'k DATETIME(6) PRIMARY KEY, v INT',
    values: "TIMESTAMP('2024-01-01') + INTERVAL i MICROSECOND, i",
  },
  {
    title: 'decimal',
    columns: 'k DECIMAL(30,10) PRIMARY KEY, v INT',
    values: 'i / 7 - 500, i',
  },
  {
    title: 'a unique key that is NOT NULL, and no primary key',
    columns: 'k INT NOT NULL, v INT, UNIQUE KEY k (k)',
    values: '-i, i',
    // By its row id, whose pages end only where they are full: below.
    not: 'tidb',
  },
];

async function fill(
  { source }: TestPair,
  { columns, values }: Pick<KeyCase, 'columns' | 'values'>,
  rows = ROWS,
): Promise<void> {
  const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})`;
  await source.run(`CREATE TABLE t (${columns})`, `INSERT INTO t ${numbers} SELECT ${values} FROM n`);
}

/** Stops a run at its first batch. */
async function stopped(pair: TestPair): Promise<number> {
  const drain = new AbortController();
  const onEvent = ({ event }: { event: string }) => event === 'progress' && drain.abort();
  const { finished } = await pair.attempt({}, { drain: drain.signal, onEvent });
  assert.equal(finished.status, 'stopped', JSON.stringify(finished.error));
  return finished.counts.written;
}

for (const [from, to] of pairs) {
  describe(`keys, ${from} to ${to}`, { concurrency: 2 }, () => {
    for (const key of cases.filter(({ not }) => not !== from)) {
      it(`a read that is stopped goes on behind its last row: ${key.title}`, () =>
        withPair(from, to, async (pair) => {
          await fill(pair, key);
          const rows = [await stopped(pair), await stopped(pair)];
          const { finished } = await pair.sync();
          rows.push(finished.counts.written);
          assert.equal(
            rows.reduce((sum, n) => sum + n, 0),
            ROWS,
            `no row is sent twice: ${rows.join(', ')}`,
          );
          assert.ok(rows[0]! > 0);
          assert.deepEqual(await rowsOf(pair.target, 't'), await rowsOf(pair.source, 't'));
        }));
    }
  });
}

describe('keys that cannot be paged by', { concurrency: 2 }, () => {
  it('mysql to tidb: an ENUM key is read in one go, and again when it was cut', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run(
        "CREATE TABLE t (e ENUM('z','a','m') PRIMARY KEY, v INT)",
        "INSERT INTO t VALUES ('z', 1), ('a', 2)",
      );
      await pair.sync({ write: 'upsert' });
      await pair.source.run("DELETE FROM t WHERE e = 'z'", "INSERT INTO t VALUES ('m', 3)");
      await pair.sync({ write: 'upsert' });
      assert.deepEqual(await rowsOf(pair.target, 't'), await rowsOf(pair.source, 't'));
    }));

  it('mysql to tidb: a table without a key that is stopped begins anew, and doubles nothing', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await fill(pair, { columns: 'k INT, v INT', values: 'i MOD 100, i MOD 10' });
      await stopped(pair);
      await pair.sync();
      assert.deepEqual(await rowsOf(pair.target, 't'), await rowsOf(pair.source, 't'));
    }));

  it('tidb to mysql: a table without a key is paged by its row id, and goes on at a page', () =>
    withPair('tidb', 'mysql', async (pair) => {
      await fill(pair, { columns: 'k INT, v INT', values: 'i MOD 100, i MOD 10' }, 60_000);
      assert.equal(await stopped(pair), 50_000);
      const { finished } = await pair.sync();
      assert.equal(finished.counts.written, 10_000);
      assert.deepEqual(await rowsOf(pair.target, 't'), await rowsOf(pair.source, 't'));
    }));
});

describe('ranges', { concurrency: 2 }, () => {
  for (const [from, to] of [
    ['mysql', 'tidb'],
    ['tidb', 'mysql'],
  ] as const) {
    it(`${from} to ${to}: a table is read by several lanes, which cover every row once`, () =>
      withPair(from, to, async (pair) => {
        await fill(pair, { columns: 'id INT PRIMARY KEY, v INT', values: '(i - 1000) * 300, i MOD 977' });
        await claimRows(pair, 3_300_000);
        const ran = await pair.sync();
        const lanes = new Set(eventsOf(ran, 'committed').map(({ lane }) => lane));
        assert.ok(lanes.size > 3, [...lanes].join(' '));
        assert.equal(ran.finished.counts.written, ROWS);
        assert.deepEqual(await rowsOf(pair.target, 't'), await rowsOf(pair.source, 't'));
      }));
  }
});

/** Makes the server's estimate large, so that the table is cut. TiDB has no estimate of a new table: there the width of its keys counts. */
async function claimRows({ source }: TestPair, rows: number): Promise<void> {
  if (source.server === 'tidb') return;
  await source.run(
    'ALTER TABLE t STATS_AUTO_RECALC = 0, STATS_PERSISTENT = 1',
    'ANALYZE TABLE t',
    `UPDATE mysql.innodb_table_stats SET n_rows = ${rows} WHERE database_name = '{db}' AND table_name = 't'`,
    'FLUSH TABLE t',
  );
}
