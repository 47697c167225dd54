import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { MillraceError } from '../../connectors/contract/index.ts';
import type { View } from '../../connectors/sql/index.ts';
import { databaseAt, type TestDatabase } from '../pipeline.ts';
import { fc } from '../random.ts';
import { type Server, startServer } from '../services/server.ts';
import { differenceText, TableHistory } from './table-history.ts';

/** A kind of table: how row `n` is made, and how its key is found again. */
interface Kind {
  readonly title: string;
  readonly create: string;
  /** The key's values of row n, as SQL over `n`. */
  readonly key: string;
  readonly columns: string;
}

const kinds: readonly Kind[] = [
  { title: 'integers', create: 'id BIGINT PRIMARY KEY', columns: 'id', key: 'n * 3 - 100' },
  {
    title: 'integers at both ends of what there is',
    create: 'id BIGINT PRIMARY KEY',
    columns: 'id',
    key: 'IF(n % 2 = 0, 9223372036854775807 - n, -9223372036854775807 + n)',
  },
  { title: 'unsigned', create: 'id BIGINT UNSIGNED PRIMARY KEY', columns: 'id', key: '18446744073709551615 - n' },
  {
    title: 'ids in shards, as AUTO_RANDOM gives them',
    create: 'id BIGINT UNSIGNED PRIMARY KEY',
    columns: 'id',
    key: '((n % 8) << 58) + n',
  },
  {
    title: 'a tenant with most of the rows, and a number',
    create: 'tenant INT, id INT, PRIMARY KEY (tenant, id)',
    columns: 'tenant, id',
    key: 'IF(n % 10 = 0, n % 7, 3), n',
  },
  {
    title: 'text under a collation that tells neither case nor accents',
    create: 'k VARCHAR(20) COLLATE utf8mb4_general_ci PRIMARY KEY',
    columns: 'k',
    key: "CONCAT(ELT(1 + n % 4, 'a', 'B', 'é', 'Z '), n)",
  },
  { title: 'bytes', create: 'k VARBINARY(20) PRIMARY KEY', columns: 'k', key: 'UNHEX(MD5(n))' },
  {
    title: 'a time, a decimal and text',
    create: 'at DATETIME(3), d DECIMAL(10,2), k VARCHAR(9) COLLATE utf8mb4_bin, PRIMARY KEY (at, d, k)',
    columns: 'at, d, k',
    key: "'2024-01-01' + INTERVAL n DIV 50 MINUTE, (n % 5) / 4, CONCAT('k', n)",
  },
  {
    title: 'a table that lies by its row id',
    create: 'k VARCHAR(20) PRIMARY KEY NONCLUSTERED',
    columns: 'k',
    key: "CONCAT('k', n)",
  },
];

const numbers = (from: number, to: number) =>
  `WITH RECURSIVE c (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM c WHERE n < ${to}) SELECT`;

const rows = ({ columns, key }: Kind, from: number, to: number) =>
  `INSERT INTO t (${columns}, n, v) ${numbers(from, to)} ${key}, n, CONCAT('v', n) FROM c`;

const ROWS = 700;

async function make(database: TestDatabase, kind: Kind): Promise<void> {
  await database.run(`CREATE TABLE t (${kind.create}, n INT, v VARCHAR(20), KEY (n))`, rows(kind, 1, ROWS));
}

/** Changes of a workload: rows `from` to `to` by number. */
const change = fc.oneof(
  fc.record({
    do: fc.constantFrom('update', 'delete', 'touch'),
    from: fc.nat(ROWS),
    rows: fc.integer({ min: 1, max: 60 }),
  }),
  fc.record({
    do: fc.constant('insert'),
    from: fc.integer({ min: ROWS + 1, max: ROWS + 300 }),
    rows: fc.integer({ min: 1, max: 60 }),
  }),
  fc.record({ do: fc.constant('delete'), from: fc.constant(0), rows: fc.constant(ROWS + 300) }),
);

async function apply(
  database: TestDatabase,
  kind: Kind,
  changes: readonly { do: string; from: number; rows: number }[],
): Promise<void> {
  for (const { do: what, from, rows: some } of changes) {
    const where = `WHERE n BETWEEN ${from} AND ${from + some}`;
    if (what === 'update') await database.run(`UPDATE t SET v = CONCAT(v, '!') ${where}`);
    if (what === 'delete') await database.run(`DELETE FROM t ${where}`);
    // Written back as it was: no change.
    if (what === 'touch')
      await database.run(`UPDATE t SET v = 'x' ${where}`, `UPDATE t SET v = CONCAT('v', n) ${where}`);
    if (what === 'insert') await database.run(rows(kind, from, from + some).replace('INSERT', 'INSERT IGNORE'));
  }
}

describe('a table at two moments', { concurrency: 2 }, () => {
  let tidb: Server;
  before(async () => {
    tidb = await startServer('tidb');
  });
  after(() => tidb.stop());

  /** Databases stay while the tests run: where one is made and dropped, TiDB cannot go back to some moments (error 1049). */
  async function newDatabase(): Promise<TestDatabase> {
    const name = `mr_${randomBytes(6).toString('hex')}`;
    await using root = await databaseAt('tidb', tidb.url, 'test');
    await root.run(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
    const database = await databaseAt('tidb', tidb.url, name);
    await database.run('SET SESSION cte_max_recursion_depth = 1000000');
    return database;
  }

  for (const kind of kinds) {
    it(`${kind.title}: whatever changed is found, and nothing else`, async () => {
      await using database = await newDatabase();
      await using history = new TableHistory(database);
      await make(database, kind);
      let old = await history.moment();
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 3 }), async (changes) => {
          await apply(database, kind, changes);
          const now = await history.moment();
          const found: string[] = [];
          for await (const one of history.differences('t', old, now)) found.push(...one.found.map(differenceText));
          const expected = await history.bruteForce('t', old, now);
          old = now;
          // A row that was written anew may lie elsewhere: it is found in two places.
          const net = kind.create.includes('NONCLUSTERED') ? withoutMoves(found) : found;
          assert.deepEqual(net.sort(), expected);
        }),
        { numRuns: 15, seed: 7 },
      );
    });

    it(`${kind.title}: what was cut goes on at any stretch`, async () => {
      await using database = await newDatabase();
      await using history = new TableHistory(database);
      await make(database, kind);
      const old = await history.moment();
      await database.run("UPDATE t SET v = 'new' WHERE n % 9 = 0", 'DELETE FROM t WHERE n % 50 = 1');
      const now = await history.moment();
      const expected = await history.bruteForce('t', old, now);
      const before: string[] = [];
      let cuts = 0;
      for await (const { found, upTo } of history.differences('t', old, now)) {
        before.push(...found.map(differenceText));
        if (upTo === undefined || cuts++ % 4 !== 1) continue;
        const rest: string[] = [];
        for await (const one of history.differences('t', old, now, upTo)) rest.push(...one.found.map(differenceText));
        assert.deepEqual([...before, ...rest].sort(), expected, `from ${JSON.stringify(upTo)}`);
      }
      assert.ok(cuts > 3, `${cuts} stretches`);
    });
  }

  it('the same change in two rows of one range is seen', async () => {
    await using database = await newDatabase();
    await using history = new TableHistory(database);
    await database.run(
      'CREATE TABLE t (id INT PRIMARY KEY, v INT)',
      'INSERT INTO t VALUES (1, 5), (2, 5), (3, 5), (4, 5)',
    );
    const old = await history.moment();
    await database.run('UPDATE t SET v = 6 WHERE id IN (2, 3)');
    const now = await history.moment();
    const found: string[] = [];
    for await (const one of history.differences('t', old, now)) found.push(...one.found.map(differenceText));
    assert.deepEqual(found, ['different 2', 'different 3']);
  });

  it('a server that shows another table when it is asked again about one moment is not believed', async () => {
    await using database = await newDatabase();
    await using history = new TableHistory(database);
    await make(database, kinds[0]!);
    const old = await history.moment();
    await database.run("UPDATE t SET v = 'new' WHERE n = 9");
    const now = await history.moment();
    await database.run('DELETE FROM t WHERE n IN (10, 11)');
    const other = await history.moment();
    const codes = new Set<string>();
    // The change is found by some questions, the last of which asks for the rows that the one before it counted.
    for (let questions = 1; questions < 8; questions++) {
      let asked = 0;
      const view: View = (signal) => (asked++ < questions ? now.view(signal) : other.view(signal));
      await Array.fromAsync(history.differences('t', old, { ...now, view })).catch((thrown: MillraceError) => {
        codes.add(`${thrown.code}, ${thrown.retry}`);
      });
    }
    assert.deepEqual([...codes], ['source.inconsistent-read, backoff']);
  });

  it('of 200,000 rows with 20 changed ones few leave the database, and each is read there about once a moment', async () => {
    await using database = await newDatabase();
    await using history = new TableHistory(database);
    await database.run(
      'CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR(100))',
      ...[0, 1, 2, 3].map(
        (part) => `INSERT INTO t ${numbers(part * 50_000, part * 50_000 + 49_999)} n, REPEAT('x', n % 90) FROM c`,
      ),
    );
    const old = await history.moment();
    const ids = Array.from({ length: 20 }, (_, i) => (i * 9973 + 77) % 200_000);
    await database.run(`UPDATE t SET v = 'changed' WHERE id IN (${ids.join(', ')})`);
    const now = await history.moment();
    const found: string[] = [];
    let cost: { scanned: number; hashes: number } | undefined;
    for await (const one of history.differences('t', old, now, undefined, {
      partRows: 4096,
      windowParts: 32,
      leafRows: 64,
      fanOut: 64,
    })) {
      found.push(...one.found.map(differenceText));
      cost = one.cost;
    }
    assert.deepEqual(found.sort(), ids.map((id) => `different ${id}`).sort());
    assert.ok(cost!.hashes <= 200_000 * 0.02, `${cost!.hashes} hashes`);
    assert.ok(cost!.scanned <= 200_000 * 2 * 1.5, `${cost!.scanned} rows`);
  });
});

/** A row that is gone here and new there is one that changed, or did not: which of it is found when it is looked up. */
function withoutMoves(found: readonly string[]): string[] {
  const keys = (kind: string) =>
    new Set(found.filter((text) => text.startsWith(`${kind} `)).map((text) => text.slice(kind.length + 1)));
  const [gone, fresh] = [keys('only-destination'), keys('only-source')];
  return found.filter((text) => {
    const key = text.slice(text.indexOf(' ') + 1);
    return !(gone.has(key) && fresh.has(key));
  });
}
