import assert from 'node:assert/strict';
import { eventsOf, rowsOf, type TestDatabase, type TestPair } from '../pipeline.ts';
import { onEveryPair } from './matrix.ts';

const PEOPLE =
  'CREATE TABLE people (id BIGINT UNSIGNED PRIMARY KEY, name VARCHAR(40) NOT NULL, note TEXT, born DATE, ' +
  'at DATETIME(6), paid DECIMAL(20,4), raw VARBINARY(16), KEY name (name)) COLLATE utf8mb4_bin';

const FIRST = [
  "(1, 'Ann', 'tab\\tnew\\nline\\\\', '1999-12-31', '2024-02-29 23:59:59.999999', -0.0001, x'00ff0a09')",
  "(2, 'Bo', NULL, NULL, NULL, NULL, NULL)",
  "(3, '😀', '', '2024-02-29', '1970-01-01 00:00:00', 1234567890123456.7891, x'')",
  "(18446744073709551615, 'last', 'N', '9999-12-31', '9999-12-31 23:59:59', 0, x'5c4e')",
];

async function people(source: TestDatabase, ...rows: string[]): Promise<void> {
  await source.run(PEOPLE, `INSERT INTO people VALUES ${rows.join(', ')}`);
}

async function change(source: TestDatabase): Promise<void> {
  await source.run(
    "UPDATE people SET name = 'Anna', note = NULL WHERE id = 1",
    'DELETE FROM people WHERE id IN (2, 18446744073709551615)',
    "INSERT INTO people (id, name) VALUES (4, 'Di'), (0, 'zero')",
  );
}

async function assertEqual({ source, target }: TestPair, table = 'people', columns = '*'): Promise<void> {
  assert.deepEqual(await rowsOf(target, table, columns), await rowsOf(source, table, columns));
}

onEveryPair((test) => {
  test('overwrite: the table is replaced as a whole, with its index', async (pair) => {
    await people(pair.source, ...FIRST);
    const { finished } = await pair.sync();
    assert.deepEqual(
      { ...finished.counts },
      { read: 4, written: 4, superseded: 0, alreadyApplied: 0, rejected: 0 },
      'invariant 4',
    );
    await assertEqual(pair);
    await change(pair.source);
    await pair.sync();
    await assertEqual(pair);
    const indexes = await pair.target.run("SHOW INDEX FROM people WHERE Key_name = 'name'");
    assert.equal(indexes.length, 1);
    const left = await pair.target.run("SHOW TABLES LIKE '\\_millrace\\_r\\_%'");
    assert.deepEqual(left, []);
  });

  test('upsert: changed, added and gone rows arrive', async (pair) => {
    await people(pair.source, ...FIRST);
    await pair.sync({ write: 'upsert' });
    await assertEqual(pair);
    await change(pair.source);
    const ran = await pair.sync({ write: 'upsert' });
    await assertEqual(pair);
    assert.match(eventsOf(ran, 'notice').find(({ code }) => code === 'rows.gone')!.message, /^2 rows/);
  });

  test('soft_delete: gone rows stay, marked; a row that comes back is unmarked', async (pair) => {
    await people(pair.source, ...FIRST);
    await pair.sync({ write: 'soft_delete' });
    const columns = 'id, name, note, born, at, paid, raw';
    await assertEqual(pair, 'people', columns);
    await change(pair.source);
    await pair.sync({ write: 'soft_delete' });
    const gone = await pair.target.run(
      'SELECT id, name FROM people WHERE _millrace_deleted_at IS NOT NULL ORDER BY id',
    );
    assert.deepEqual(gone, [
      ['2', 'Bo'],
      ['18446744073709551615', 'last'],
    ]);
    assert.equal(await pair.target.single('SELECT COUNT(*) FROM people'), '6');
    await pair.source.run("INSERT INTO people (id, name) VALUES (2, 'Bo again')");
    const again = await pair.sync({ write: 'soft_delete' });
    assert.deepEqual(await pair.target.run('SELECT id FROM people WHERE _millrace_deleted_at IS NOT NULL'), [
      ['18446744073709551615'],
    ]);
    assert.equal(
      eventsOf(again, 'notice').filter(({ code }) => code === 'rows.gone').length,
      0,
      'a row that is marked is not gone a second time',
    );
  });

  test('append: every read adds all rows, and a table without a key may be read so', async (pair) => {
    await pair.source.run('CREATE TABLE log (line VARCHAR(20))', "INSERT INTO log VALUES ('a'), ('a'), (NULL)");
    await pair.sync({ write: 'append' });
    await assertEqual(pair, 'log');
    await pair.source.run("INSERT INTO log VALUES ('b')");
    await pair.sync({ write: 'append' });
    assert.equal(await pair.target.single('SELECT COUNT(*) FROM log'), '7');
  });

  test('overwrite of tables without a key, and of empty ones', async (pair) => {
    await pair.source.run(
      'CREATE TABLE log (line VARCHAR(20), n INT)',
      "INSERT INTO log VALUES ('a', 1), ('a', 1), (NULL, NULL)",
      'CREATE TABLE nothing (id INT PRIMARY KEY, a TEXT)',
      'CREATE TABLE nobody (a TEXT)',
    );
    await pair.sync();
    await assertEqual(pair, 'log');
    await assertEqual(pair, 'nothing');
    await assertEqual(pair, 'nobody');
    await pair.source.run('DELETE FROM log', "INSERT INTO nothing VALUES (1, 'x')");
    await pair.sync();
    await assertEqual(pair, 'log');
    await assertEqual(pair, 'nothing');
  });

  test('upsert into an emptied table: the last row is gone as well', async (pair) => {
    await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1), (2)');
    await pair.sync({ write: 'upsert' });
    await pair.source.run('DELETE FROM t');
    await pair.sync({ write: 'upsert' });
    await assertEqual(pair, 't');
  });
});
