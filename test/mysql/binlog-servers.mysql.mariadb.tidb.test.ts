import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkPipeline } from '../../connectors/sync/index.ts';
import { withPair } from '../pairs/matrix.ts';
import { never, openDatabase, pairOf, rowsOf, type ServerName, type TestPair } from '../pipeline.ts';
import { startServer } from '../services/server.ts';
import { changeUntil, WORKLOAD_TABLES } from './workload.ts';

const cdc = { read: 'cdc' } as const;

/** A source that is started for one test, with settings of its own. */
async function withServer(kind: ServerName, flags: string[], body: (pair: TestPair) => Promise<void>): Promise<void> {
  const server = await startServer(kind, { flags });
  try {
    await using pair = pairOf(await openDatabase(kind, server.url), await openDatabase('tidb'));
    await body(pair);
  } finally {
    await server.stop();
  }
}

async function follow(pair: TestPair): Promise<void> {
  await pair.source.run(...WORKLOAD_TABLES);
  const stop = new AbortController();
  await using own = await pair.source.session();
  const writer = changeUntil(own, stop.signal, 9);
  for (let round = 0; round < 4; round++) {
    await pair.sync(cdc);
    if (round === 1) await pair.source.run('ALTER TABLE b ADD COLUMN extra INT DEFAULT 7');
  }
  stop.abort();
  assert.ok((await writer) > 0);
  await pair.sync(cdc);
  for (const table of ['a', 'b']) assert.deepEqual(await rowsOf(pair.target, table), await rowsOf(pair.source, table));
}

describe('logs of other servers', () => {
  it('MariaDB, by its GTIDs', () => withServer('mariadb', ['--binlog-row-metadata=FULL'], follow));

  it('MariaDB with compressed events', () =>
    withServer(
      'mariadb',
      ['--binlog-row-metadata=FULL', '--log-bin-compress=ON', '--log-bin-compress-min-len=10'],
      follow,
    ));

  it('MySQL without GTIDs, by file and byte; a log that was purged is an error (invariant 9)', () =>
    withServer('mysql', ['--gtid-mode=OFF', '--enforce-gtid-consistency=OFF'], async (pair) => {
      await follow(pair);
      await pair.source.run('FLUSH BINARY LOGS', "UPDATE a SET w = 'rotated'");
      await pair.sync(cdc);
      assert.deepEqual(await rowsOf(pair.target, 'a'), await rowsOf(pair.source, 'a'));
      await pair.source.run('UPDATE a SET v = v + 1', 'FLUSH BINARY LOGS');
      const logs = await pair.source.run('SHOW BINARY LOGS');
      await pair.source.run(`PURGE BINARY LOGS TO '${logs.at(-1)![0]}'`);
      const { finished } = await pair.attempt(cdc);
      assert.equal(finished.error?.code, 'source.history-lost', JSON.stringify(finished.error));
    }));

  it('MariaDB does not log what foreign keys do: check and a run refuse their tables, and those alone', () =>
    withServer('mariadb', ['--binlog-row-metadata=FULL'], async (pair) => {
      await pair.source.run(
        'CREATE TABLE parent (id INT PRIMARY KEY)',
        'CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE)',
        'CREATE TABLE strict (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id))',
      );
      await using pipeline = pair.open(cdc);
      const wrong = (await checkPipeline(pipeline, never)).filter(({ severity }) => severity === 'error');
      const child = `${pair.source.name}.child`;
      assert.deepEqual(
        wrong.map(({ code, at }) => [code, at]),
        [['cdc.cascade', child]],
      );
      const { finished } = await pair.attempt(cdc);
      assert.equal(finished.error?.code, 'cdc.cascade', JSON.stringify(finished.error));
      await pair.sync({ ...cdc, exclude: [child] });
    }));

  it('MySQL 9.7 logs what foreign keys do', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run(
        'CREATE TABLE parent (id INT PRIMARY KEY)',
        'CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE)',
        'INSERT INTO parent VALUES (1), (2)',
        'INSERT INTO child VALUES (1, 1), (2, 1), (3, 2)',
      );
      await pair.sync(cdc);
      await pair.source.run('DELETE FROM parent WHERE id = 1');
      await pair.sync(cdc);
      assert.deepEqual(await rowsOf(pair.target, 'child'), await rowsOf(pair.source, 'child'));
    }));

  it('a log that does not name columns: check says so, and a run stops', () =>
    withPair('mariadb', 'tidb', async (pair) => {
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY)');
      await using pipeline = pair.open(cdc);
      const wrong = (await checkPipeline(pipeline, never)).filter(({ severity }) => severity === 'error');
      assert.deepEqual(
        wrong.map(({ code, at }) => [code, at]),
        [['cdc.log-settings', 'binlog_row_metadata']],
      );
      const { finished } = await pair.attempt(cdc);
      assert.equal(finished.error?.code, 'cdc.log-settings', JSON.stringify(finished.error));
      assert.equal(finished.error.at, 'binlog_row_metadata');
    }));
});
