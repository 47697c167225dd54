import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Destination } from '../../connectors/contract/index.ts';
import { reloadStream } from '../../connectors/sync/index.ts';
import { eventsOf, never, rowsOf } from '../pipeline.ts';
import { overriding } from '../sides.ts';
import { collected, Ends, type TargetName } from './ends.ts';
import { changes, changeUntil, TABLES } from './workload.ts';

const targets: readonly TargetName[] = ['mysql', 'tidb', 'duckdb'];

/** Declares a test once for each target. */
function onEach(title: string, body: (ends: Ends, target: TargetName) => Promise<void>): void {
  for (const target of targets) {
    it(`into ${target}: ${title}`, async () => {
      await using ends = await Ends.open(target);
      await body(ends, target);
    });
  }
}

const TYPES =
  'id BIGINT UNSIGNED PRIMARY KEY, t TINYINT, m MEDIUMINT UNSIGNED, v VARCHAR(20), d DECIMAL(65,30), dt DATETIME(6), day DATE, ' +
  'ts TIMESTAMP(3) NULL, tm TIME(6), y YEAR, f FLOAT, db DOUBLE, bits BIT(12), e ENUM("x,y","z"), s SET("a","b c"), ' +
  'bin BINARY(4), bl BLOB, sum BIGINT AS (t + 1)';
const TYPED = 'id, t, m, v, d, dt, day, ts, tm, y, f, db, bits, e, s, bin, bl';
const VALUES = [
  "-128, 16777215, 'ü 😀', -99999999999999999999999999999999999.999999999999999999999999999999, '2024-02-29 23:59:59.999999', '2024-12-31', '2024-01-01 00:00:00.001', '-838:59:58.999999', 0, 3.14, -1e300, b'101', 'x,y', 'a,b c', x'01', x'00ff'",
  "127, 0, '', 0, '9999-12-31 00:00:00', '0001-01-01', '1970-01-01 00:00:01', '-00:00:00.000001', 2155, 0.1, 0, b'0', 'z', '', x'', x''",
  'NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL',
];

describe('changes of TiDB, found by comparing', { concurrency: 3 }, () => {
  onEach('inserts, updates and deletes of an interval come net; without changes nothing comes', async (ends) => {
    await ends.source.run(
      'CREATE TABLE t (id INT PRIMARY KEY, v INT)',
      'INSERT INTO t VALUES (1, 1), (2, 2), (3, 3), (4, 4)',
    );
    const first = await ends.sync();
    assert.equal(first.finished.counts.read, 4);
    await ends.source.run(
      ...['INSERT INTO t VALUES (5, 5), (6, 6)', 'DELETE FROM t WHERE id IN (2, 6)', 'UPDATE t SET v = 9 WHERE id = 1'],
      ...['UPDATE t SET v = 7 WHERE id = 3', 'UPDATE t SET v = 3 WHERE id = 3', 'UPDATE t SET id = 40 WHERE id = 4'],
    );
    const second = await ends.sync();
    assert.equal(second.finished.counts.read, 5, 'one insert, one update, one delete, and one key that moved');
    await ends.assertEqual();
    const before = await ends.position('t');
    const third = await ends.sync();
    assert.equal(third.finished.counts.read, 0);
    const after = await ends.position('t');
    assert.ok(BigInt(String(after.tso)) > BigInt(String(before.tso)), 'the new TSO is committed');
  });

  onEach('invariant 3: a row is the same by a comparison as by a copy, whatever its type', async (ends) => {
    const rows = (from: number) => VALUES.map((values, i) => `(${from + i}, ${values})`).join(', ');
    await ends.source.run(
      "SET time_zone = '+00:00'",
      `CREATE TABLE t (${TYPES})`,
      `INSERT INTO t (${TYPED}) VALUES ${rows(1)}`,
    );
    await ends.sync();
    await ends.source.run(
      `INSERT INTO t (${TYPED}) VALUES ${rows(11)}`,
      'UPDATE t SET id = 18446744073709551615 WHERE id = 1',
    );
    const { finished } = await ends.sync();
    assert.equal(finished.counts.read, 5);
    await ends.assertEqual();
  });

  onEach(
    'invariant 6: a workload with runs in between; equal after each, also where the TSO of the last run is gone',
    async (ends) => {
      await ends.source.run(...TABLES);
      await changes(ends.source, 200, 3);
      for (let run = 0; run < 8; run++) {
        // The second and the fifth run find only the target's rows to compare with.
        if (run === 2 || run === 5) for (const table of ['a', 'b', 'c']) await ends.movePosition(table, collected);
        await ends.sync();
        await ends.assertEqual(`run ${run}`);
        await changes(ends.source, 60, 10 + run);
      }
    },
  );

  onEach('invariant 6: while transactions go on; after them the next run ends equal', async (ends) => {
    await ends.source.run(...TABLES);
    await changes(ends.source, 100, 5);
    const stop = new AbortController();
    const writers = [1, 2].map(async (seed) => {
      await using own = await ends.source.session();
      return await changeUntil(own, stop.signal, seed);
    });
    try {
      for (let run = 0; run < 5; run++) {
        await ends.sync();
        if (run === 2) for (const table of ['a', 'b', 'c']) await ends.movePosition(table, collected);
      }
    } finally {
      stop.abort();
      for (const transactions of await Promise.all(writers)) assert.ok(transactions > 0);
    }
    await ends.sync();
    await ends.assertEqual();
  });

  onEach('DDL between two runs: columns that come, go and grow', async (ends) => {
    await ends.source.run(
      'CREATE TABLE t (id INT PRIMARY KEY, v INT, w VARCHAR(5))',
      "INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c')",
    );
    await ends.sync();
    await ends.source.run(
      "ALTER TABLE t ADD COLUMN x VARCHAR(9) NOT NULL DEFAULT 'new' AFTER id",
      "UPDATE t SET x = 'set', v = 8 WHERE id = 1",
      'ALTER TABLE t ADD COLUMN at DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6)',
      'INSERT INTO t (id, v) VALUES (4, 4)',
    );
    await ends.sync();
    await ends.assertEqual('columns were added');
    await ends.source.run(
      'ALTER TABLE t MODIFY v BIGINT',
      'ALTER TABLE t MODIFY w VARCHAR(200)',
      "UPDATE t SET v = 4000000000, w = REPEAT('w', 150) WHERE id = 2",
      'DELETE FROM t WHERE id = 3',
    );
    await ends.sync();
    await ends.assertEqual('columns have grown');
    await ends.source.run('ALTER TABLE t DROP COLUMN w', 'UPDATE t SET v = 5 WHERE id = 4');
    await ends.sync();
    await ends.assertEqual('a column is gone');
    await ends.source.run('UPDATE t SET v = 6 WHERE id = 4');
    assert.equal((await ends.sync()).finished.counts.read, 1, 'then changes are found by history again');
    await ends.assertEqual('after all of it');
  });

  onEach('TRUNCATE, and a table that was dropped and made again', async (ends) => {
    await ends.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)');
    await ends.sync();
    await ends.source.run('TRUNCATE TABLE t', 'INSERT INTO t VALUES (2, 2), (3, 3)');
    assert.equal((await ends.sync()).finished.counts.read, 2, 'net: one is gone, one is new');
    await ends.assertEqual('TRUNCATE');
    await ends.source.run('DROP TABLE t', 'CREATE TABLE t (id INT PRIMARY KEY NONCLUSTERED, v INT)');
    await ends.source.run('INSERT INTO t VALUES (3, 4), (9, 9)');
    await ends.sync();
    await ends.assertEqual('DROP');
  });

  onEach('a row that was written anew and lies elsewhere now, beside a second unique key', async (ends) => {
    await ends.source.run(
      'CREATE TABLE t (id INT PRIMARY KEY NONCLUSTERED, u INT UNIQUE, v INT)',
      'SET SESSION cte_max_recursion_depth = 10000',
      'INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) SELECT i, i, i FROM n',
    );
    await ends.sync();
    await ends.source.run('DELETE FROM t WHERE id < 3', 'INSERT INTO t VALUES (2, 1, 2), (1, 2, 1), (10000, 0, 0)');
    await ends.sync();
    await ends.assertEqual();
  });

  onEach('a key that is written in other letters, under a collation that takes both for one', async (ends) => {
    const key = 'VARCHAR(20) COLLATE utf8mb4_general_ci';
    await ends.source.run(
      `CREATE TABLE t (k ${key} PRIMARY KEY, v INT)`,
      `CREATE TABLE n (k ${key} PRIMARY KEY NONCLUSTERED, v INT)`,
    );
    for (const table of ['t', 'n']) await ends.source.run(`INSERT INTO ${table} VALUES ('a', 1), ('b', 2), ('c', 3)`);
    await ends.sync();
    for (const gone of [false, true]) {
      for (const table of ['t', 'n']) {
        const [from, to] = gone ? ['A', 'a'] : ['a', 'A'];
        await ends.source.run(`DELETE FROM ${table} WHERE k = '${from}'`, `INSERT INTO ${table} VALUES ('${to}', 1)`);
        await ends.source.run(`REPLACE INTO ${table} VALUES ('${gone ? 'b' : 'B'}', 5)`);
        if (gone) await ends.movePosition(table, collected);
      }
      await ends.sync();
      await ends.assertEqual(gone ? "by the target's rows" : 'by history');
    }
  });

  onEach('columns chosen, rows filtered: a row that leaves the filter is gone', async (ends) => {
    const config = { columns: ['id', 'v'], where: 'v < 100' };
    await ends.source.run(
      'CREATE TABLE t (id INT PRIMARY KEY, v INT, other INT)',
      'INSERT INTO t VALUES (1, 1, 1), (2, 2, 2), (3, 300, 3)',
    );
    await ends.sync(config);
    for (const gone of [false, true]) {
      await ends.source.run(
        `UPDATE t SET v = ${gone ? 2 : 200} WHERE id = 2`,
        `UPDATE t SET v = ${gone ? 300 : 3} WHERE id = 3`,
        'UPDATE t SET other = other + 1',
      );
      if (gone) await ends.movePosition('t', collected);
      assert.equal((await ends.sync(config)).finished.counts.read, 2);
      await ends.assertEqual(String(gone), config);
    }
    // A column that is chosen later is in no row of the target yet, and no row changed.
    await ends.sync({ ...config, columns: ['id', 'v', 'other'] });
    await ends.assertEqual('another column', { ...config, columns: ['id', 'v', 'other'] });
  });

  onEach('soft_delete: a row that is gone stays, marked, and may come back', async (ends) => {
    const soft = { write: 'soft_delete' } as const;
    await ends.source.run(
      'CREATE TABLE t (id INT PRIMARY KEY, u INT, UNIQUE KEY (u))',
      'INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)',
    );
    await ends.sync(soft);
    for (const gone of [false, true]) {
      await ends.source.run(
        `DELETE FROM t WHERE id = ${gone ? 3 : 2}`,
        `REPLACE INTO t VALUES (${gone ? '2, 3' : '4, 2'})`,
      );
      if (gone) await ends.movePosition('t', collected);
      await ends.sync(soft);
      await ends.assertEqual(String(gone), soft);
    }
    if (ends.target === undefined) return;
    assert.deepEqual(await ends.target.run('SELECT id, u, _millrace_deleted_at IS NOT NULL FROM t ORDER BY id'), [
      ['1', '1', '0'],
      ['2', '3', '0'],
      ['3', '3', '1'],
      ['4', '2', '0'],
    ]);
  });

  onEach(
    'a table that comes later is copied, the others go on; one that was reset is copied anew, without what is gone',
    async (ends) => {
      const { name } = ends.source;
      await ends.source.run(
        'CREATE TABLE one (id INT PRIMARY KEY)',
        'CREATE TABLE two (id INT PRIMARY KEY)',
        'INSERT INTO two VALUES (1), (2)',
      );
      await ends.sync({ streams: [`${name}.one`] });
      await ends.source.run('INSERT INTO one VALUES (1)');
      assert.equal((await ends.sync()).finished.counts.read, 3);
      await ends.assertEqual('later');
      {
        await using pipeline = ends.open();
        await pipeline.destination.reset({ namespace: name, name: 'two' }, never);
      }
      await ends.source.run('DELETE FROM two WHERE id = 1', 'INSERT INTO one VALUES (2)');
      assert.equal((await ends.sync()).finished.counts.read, 2);
      await ends.assertEqual('reset');
    },
  );

  onEach(
    'after a reload the rows of the target are of another moment: they are compared, not the history',
    async (ends) => {
      await ends.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)');
      await ends.sync();
      await ends.source.run('UPDATE t SET v = 5 WHERE id = 1');
      {
        await using pipeline = ends.open({ write: 'upsert' });
        const options = { run: 'reload', emit: () => undefined, drain: never, abort: never };
        const finished = await reloadStream(pipeline, `${ends.source.name}.t`, undefined, options);
        assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
      }
      // As it was at the TSO of the last run: history says that nothing changed.
      await ends.source.run('UPDATE t SET v = 1 WHERE id = 1');
      await ends.sync({ write: 'upsert' });
      await ends.assertEqual();
    },
  );

  it('many rows with a second unique key, all of whose values move: more than one transaction takes', async () => {
    await using ends = await Ends.open('mysql');
    const many = 'WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 30000) SELECT';
    await ends.source.run(
      'CREATE TABLE t (id INT PRIMARY KEY, u INT NOT NULL, UNIQUE KEY (u))',
      `INSERT INTO t ${many} n, n FROM c`,
    );
    await ends.sync();
    await ends.source.run('UPDATE t SET u = -u', 'UPDATE t SET u = 30001 + u');
    const often = (destination: Destination) =>
      overriding(destination, { can: { ...destination.can, commitRows: 5000 } });
    const ran = await ends.sync({}, { sides: { destination: often } });
    assert.equal(ran.finished.counts.rejected, 0);
    assert.deepEqual(await rowsOf(ends.target!, 't'), await rowsOf(ends.source, 't'));
    assert.ok(eventsOf(ran, 'committed').length >= 5);
    assert.ok(eventsOf(ran, 'notice').some(({ code }) => code === 'transaction.split'));
  });
});
