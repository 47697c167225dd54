import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { rowsOf, type TestPair } from '../pipeline.ts';
import { onEveryPair, withPair } from './matrix.ts';

const EVENTS = 'CREATE TABLE events (id INT PRIMARY KEY, at DATETIME, name VARCHAR(20), KEY at (at))';

/** A read from TiDB looks some seconds back, so that no transaction of that moment is still committing. */
async function settled({ source }: TestPair): Promise<void> {
  if (source.server === 'tidb') await sleep(5200);
}

async function assertEqual({ source, target }: TestPair, table: string): Promise<void> {
  assert.deepEqual(await rowsOf(target, table), await rowsOf(source, table));
}

onEveryPair((test) => {
  test('upsert: late commits in the overlap, equal and NULL cursors arrive once', async (pair) => {
    const { source } = pair;
    await source.run(
      EVENTS,
      "INSERT INTO events VALUES (1, '2024-01-01 00:00:00', 'a'), (2, '2024-01-01 00:10:00', 'b'), (3, NULL, 'n')",
    );
    await settled(pair);
    const config = { cursor: 'at', overlap: 60 };
    const first = await pair.sync(config);
    assert.equal(first.finished.counts.written, 3);
    await assertEqual(pair, 'events');
    await source.run(
      // The same instant as the last one that was read; 30 s before it, committed late; and later.
      "INSERT INTO events VALUES (4, '2024-01-01 00:10:00', 'same'), (5, '2024-01-01 00:09:30', 'late'), (6, '2024-01-01 00:20:00', 'new')",
      "UPDATE events SET name = 'changed', at = '2024-01-01 00:19:00' WHERE id = 1",
    );
    await settled(pair);
    const second = await pair.sync(config);
    assert.equal(second.finished.counts.read, 5, 'rows 2, 4 and 5 of the overlap, 6, and 1');
    await assertEqual(pair, 'events');
  });

  test('append: what the overlap reads again is not appended again', async (pair) => {
    const { source, target } = pair;
    await source.run(
      EVENTS,
      "INSERT INTO events VALUES (1, '2024-01-01 00:00:00', 'a'), (2, '2024-01-01 00:10:00', 'b')",
    );
    await settled(pair);
    const config = { read: 'incremental', write: 'append', cursor: 'at', overlap: 60 } as const;
    await pair.sync(config);
    await source.run(
      "INSERT INTO events VALUES (3, '2024-01-01 00:10:00', 'same'), (4, '2024-01-01 00:09:30', 'late')",
    );
    await settled(pair);
    await pair.sync(config);
    await assertEqual(pair, 'events');
    await pair.sync(config);
    await assertEqual(pair, 'events');
    await source.run("UPDATE events SET name = 'other' WHERE id = 3");
    await settled(pair);
    await pair.sync(config);
    assert.deepEqual(await target.run('SELECT name FROM events WHERE id = 3 ORDER BY name'), [['other'], ['same']]);
    assert.equal(await target.single('SELECT COUNT(*) FROM events'), '5');
  });
});

describe('incremental, mysql to tidb', { concurrency: 2 }, () => {
  const test = (title: string, body: (pair: TestPair) => Promise<void>) =>
    it(title, () => withPair('mysql', 'tidb', body));

  test('append: a cursor that goes back, for its newest row is gone, doubles nothing', async (pair) => {
    await pair.source.run(
      'CREATE TABLE t (id INT PRIMARY KEY)',
      'INSERT INTO t VALUES (80), (86), (88), (91), (95), (100)',
    );
    const config = { read: 'incremental', write: 'append', cursor: 'id', overlap: 10 } as const;
    await pair.sync(config);
    await pair.source.run('DELETE FROM t WHERE id = 100');
    await pair.sync(config);
    await pair.sync(config);
    assert.deepEqual((await pair.target.run('SELECT id FROM t ORDER BY id')).flat(), [
      '80',
      '86',
      '88',
      '91',
      '95',
      '100',
    ]);
  });

  test('an empty table, then rows; a run without new rows reads only the overlap', async (pair) => {
    await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY)');
    const config = { cursor: 'id', overlap: 0 };
    await pair.sync(config);
    await pair.source.run('INSERT INTO t VALUES (1), (2)');
    await pair.sync(config);
    await assertEqual(pair, 't');
    const { finished } = await pair.sync(config);
    assert.equal(finished.counts.read, 1);
  });

  test('the cursor travels although it is not among the chosen columns', async (pair) => {
    await pair.source.run(EVENTS, "INSERT INTO events VALUES (1, '2024-01-01', 'a')");
    await pair.sync({ cursor: 'at', columns: ['name'] });
    await assertEqual(pair, 'events');
  });

  test('another cursor than before is refused', async (pair) => {
    await pair.source.run(EVENTS, "INSERT INTO events VALUES (1, '2024-01-01', 'a')");
    await pair.sync({ cursor: 'at' });
    const { finished } = await pair.attempt({ cursor: 'id' });
    assert.equal(finished.error?.code, 'cursor.changed');
  });

  test('unsigned and decimal cursors below the overlap', async (pair) => {
    await pair.source.run(
      'CREATE TABLE t (id INT PRIMARY KEY, v BIGINT UNSIGNED NOT NULL, d DECIMAL(20,6) NOT NULL)',
      'INSERT INTO t VALUES (1, 5, 0.000001), (2, 18446744073709551615, 99999999999999.999999)',
    );
    await pair.sync({ cursor: 'v' });
    await assertEqual(pair, 't');
    await pair.source.run('DELETE FROM t WHERE id = 2', 'INSERT INTO t VALUES (3, 7, 1)');
    await pair.sync({ streams: [{ name: `${pair.source.name}.t`, cursor: 'v', overlap: 1e20 }] });
    assert.equal(await pair.target.single('SELECT COUNT(*) FROM t'), '3');
  });

  test('a window that is stopped goes on where it was', async (pair) => {
    await pair.source.run(
      'CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL, KEY v (v))',
      'INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 13000) SELECT i, i DIV 7 FROM n',
    );
    const config = { read: 'incremental', write: 'append', cursor: 'v', overlap: 100 } as const;
    let rows = 0;
    for (let runs = 0; runs < 3; runs++) {
      const drain = new AbortController();
      const { finished } = await pair.attempt(config, {
        drain: drain.signal,
        onEvent: ({ event }) => event === 'progress' && drain.abort(),
      });
      assert.equal(finished.status, 'stopped');
      rows += finished.counts.read;
      if (runs === 1) await pair.source.run('INSERT INTO t VALUES (20000, 1850)');
    }
    const { finished } = await pair.sync(config);
    assert.equal(rows + finished.counts.read, 13001);
    await assertEqual(pair, 't');
  });
});
