import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withPair } from '../pairs/matrix.ts';
import { eventsOf, openDatabase, pairOf, rowsOf, type TestPair } from '../pipeline.ts';
import { startServer } from '../services/server.ts';
import { beforeCopy } from './before-copy.ts';

const cdc = { read: 'cdc' } as const;

async function assertEqual({ source, target }: TestPair, ...tables: string[]): Promise<void> {
  for (const table of tables) assert.deepEqual(await rowsOf(target, table), await rowsOf(source, table), table);
}

const MANY = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) SELECT i, 0 FROM n';

describe('changes that are older than rows of the copy', { concurrency: 2 }, () => {
  it('invariant 6: a row of the copy gives way to one that had its unique value before, and comes again', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run(
        'CREATE TABLE t (id INT PRIMARY KEY, u INT NOT NULL, UNIQUE (u))',
        'CREATE TABLE filler (id INT PRIMARY KEY, v INT)',
        'INSERT INTO t VALUES (1, 5), (2, 6), (3, 7)',
        `INSERT INTO filler ${MANY}`,
      );
      const changes = async () => {
        await pair.source.run('UPDATE t SET u = 99 WHERE id = 1', 'UPDATE filler SET v = 1');
        await pair.source.run('UPDATE t SET u = 5 WHERE id = 1', 'INSERT INTO t VALUES (9, 99)');
        await pair.source.run('DELETE FROM t WHERE id = 2', 'UPDATE filler SET v = 2', 'INSERT INTO t VALUES (10, 6)');
      };
      const ran = await pair.sync(cdc, { sides: { source: (source) => beforeCopy(source, changes) } });
      assert.equal(ran.finished.counts.rejected, 0);
      await assertEqual(pair, 't', 'filler');
    }));

  it('a row that has the unique value of another one when all was caught up is an error as ever', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run(
        'CREATE TABLE t (id INT PRIMARY KEY, u INT NOT NULL, UNIQUE (u))',
        'INSERT INTO t VALUES (1, 5)',
      );
      await pair.sync(cdc);
      await pair.source.run('INSERT INTO t VALUES (2, 6)');
      await pair.sync(cdc);
      await pair.target.run('INSERT INTO t VALUES (77, 7)');
      await pair.source.run('INSERT INTO t VALUES (3, 7)');
      const { finished } = await pair.attempt(cdc);
      assert.equal(finished.error?.code, 'rejects.too-many', JSON.stringify(finished.error));
    }));

  it('without GTIDs, a transaction that is written to the log and not yet to be seen is waited for', async () => {
    const server = await startServer('mysql', { flags: ['--gtid-mode=OFF', '--enforce-gtid-consistency=OFF'] });
    try {
      await using pair = pairOf(await openDatabase('mysql', server.url), await openDatabase('tidb'));
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)');
      await using writer = await pair.source.session();
      await writer.run('START TRANSACTION', 'UPDATE t SET v = 2');
      const told = Promise.withResolvers<void>();
      const running = pair.sync(cdc, { onEvent: ({ event }) => event === 'retry' && told.resolve() });
      await told.promise;
      await writer.run('COMMIT');
      const ran = await running;
      assert.ok(eventsOf(ran, 'retry').every(({ error }) => error.code === 'database.conflict'));
      await assertEqual(pair, 't');
    } finally {
      await server.stop();
    }
  });
});

describe('columns that are declared anew', { concurrency: 2 }, () => {
  const stops = [
    ['ALTER TABLE t MODIFY d DECIMAL(10,1)', true],
    ['ALTER TABLE t MODIFY v BIGINT', false],
    ['ALTER TABLE t MODIFY w VARCHAR(10) CHARACTER SET latin1', true],
    ['ALTER TABLE t CONVERT TO CHARACTER SET latin1', true],
    ["ALTER TABLE t MODIFY e ENUM('b','a')", true],
    ['ALTER TABLE t MODIFY dt DATETIME(0)', true],
    ['ALTER TABLE t MODIFY v INT NOT NULL', true],
  ] as const;
  for (const [sql, seen] of stops) {
    it(`${sql}: ${seen ? 'values may have changed' : 'what the column was is not known'}, and it stops`, () =>
      withPair('mysql', 'tidb', async (pair) => {
        await create(pair);
        if (seen) await pair.source.run('UPDATE t SET v = 2');
        await pair.source.run(sql);
        const { finished } = await pair.attempt(cdc);
        // A target that would have to become narrower says so first.
        const codes = ['cdc.not-followed', 'schema.destructive'];
        assert.ok(codes.includes(finished.error?.code ?? ''), JSON.stringify(finished.error));
      }));
  }

  it('wider types are followed, with the values of rows from before', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await create(pair);
      await pair.source.run(
        'UPDATE t SET v = 2',
        'ALTER TABLE t MODIFY v BIGINT, MODIFY d DECIMAL(14,4), MODIFY w VARCHAR(40), MODIFY dt DATETIME(6)',
        "ALTER TABLE t MODIFY e ENUM('a','b','c')",
        "INSERT INTO t VALUES (2, 4000000000, 1.2345, 'long enough to be longer', 'c', '2024-01-01 00:00:00.123456')",
      );
      await pair.sync(cdc);
      await assertEqual(pair, 't');
    }));
});

async function create(pair: TestPair): Promise<void> {
  await pair.source.run(
    "CREATE TABLE t (id INT PRIMARY KEY, v INT, d DECIMAL(10,2), w VARCHAR(10), e ENUM('a','b'), dt DATETIME(3))",
    "INSERT INTO t VALUES (1, 1, 1.25, 'ü', 'a', '2024-01-01 00:00:00.5')",
  );
  await pair.sync(cdc);
}
