import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openDatabase } from '../pipeline.ts';
import { differenceText, TableHistory } from './table-history.ts';

/** Types, and values of which each is another one. */
const types: Readonly<Record<string, readonly string[]>> = {
  'BIGINT UNSIGNED': ['NULL', '0', '18446744073709551615', '18446744073709551614'],
  'DECIMAL(65,30)': ['NULL', '0', '0.000000000000000000000000000001', '-0.000000000000000000000000000001'],
  FLOAT: ['NULL', '0', '16777216', '16777215', '0.1', '3.4e38', '3.39999e38'],
  DOUBLE: ['NULL', '0', '0.1', '0.30000000000000004', '0.3', '1.7976931348623157e308', '5e-324', '1e-323'],
  'VARCHAR(40)': ['NULL', "''", "'N'", "'a'", "'A'", "'a '", "'ä'", "'1,a'", "'😀'"],
  TEXT: ['NULL', "''", "','", "'0,'", "REPEAT('x', 60000)", "CONCAT(REPEAT('x', 59999), 'y')"],
  'VARBINARY(20)': ['NULL', "x''", "x'00'", "x'0000'", "x'ff'", "x'2c'"],
  LONGBLOB: ['NULL', "REPEAT('x', 300000)", "CONCAT(REPEAT('x', 299999), 'y')"],
  'DATETIME(6)': ['NULL', "'2024-01-01 00:00:00'", "'2024-01-01 00:00:00.000001'", "'0001-01-01 00:00:00'"],
  'TIMESTAMP(3) NULL': ['NULL', "'2024-01-01 00:00:00'", "'2024-01-01 00:00:00.001'"],
  'TIME(6)': ['NULL', "'-00:00:00.000001'", "'00:00:00'", "'838:59:59'"],
  DATE: ['NULL', "'2024-01-01'", "'2024-01-02'"],
  YEAR: ['NULL', '0', '2000', '2155'],
  'BIT(64)': ['NULL', "b'0'", "b'1'", "b'1111111111111111111111111111111111111111111111111111111111111111'"],
  "ENUM('a,b', 'b', '')": ['NULL', "'a,b'", "'b'", "''"],
  "SET('x', 'y', 'x y')": ['NULL', "''", "'x'", "'x,y'", "'x y'"],
  JSON: ['NULL', "'null'", "'1'", "'1.5'", '\'"1"\'', "'[1]'", `'{"a": 1}'`, `'{"a": "1"}'`, `'{"a": 1, "b": ","}'`],
};

const titles = Object.keys(types);

describe('the hash of a row', { concurrency: 2 }, () => {
  for (const type of titles) {
    it(`of ${type}: every change of a value is seen, and the same value is the same`, async () => {
      await using database = await openDatabase('tidb');
      await using history = new TableHistory(database);
      await database.run("SET time_zone = '+00:00'", `CREATE TABLE t (id INT PRIMARY KEY, a ${type}, b ${type})`);
      const values = types[type]!;
      const all = values.flatMap((one) => values.map((other) => [one, other] as const));
      // First from one to the other, then back from beside it: a value that moves to the next column is another row.
      await database.run(`INSERT INTO t VALUES ${all.map(([one], i) => `(${i}, ${one}, NULL)`).join(', ')}`);
      const first = await history.moment();
      for (const [i, [, other]] of all.entries()) await database.run(`UPDATE t SET a = ${other} WHERE id = ${i}`);
      const second = await history.moment();
      await database.run('UPDATE t SET b = a, a = NULL');
      const third = await history.moment();
      const found = async (old: typeof first, now: typeof first) => {
        const differing: string[] = [];
        for await (const one of history.differences('t', old, now)) differing.push(...one.found.map(differenceText));
        return differing.sort();
      };
      const expected = (differs: (pair: readonly [string, string]) => boolean) =>
        all.flatMap((pair, i) => (differs(pair) ? [`different ${i}`] : [])).sort();
      assert.deepEqual(
        await found(first, second),
        expected(([one, other]) => one !== other),
      );
      assert.deepEqual(
        await found(second, third),
        expected(([, other]) => other !== 'NULL'),
      );
    });
  }
});
