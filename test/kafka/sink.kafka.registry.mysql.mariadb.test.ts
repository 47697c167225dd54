import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startSink } from './connect.ts';
import { openHop } from './hop.ts';

/** What the sink keeps as text or bytes is compared as such: it makes columns by Avro's types, and knows nothing of the server's own. */
const VALUES =
  "id, d, s, n, at, HEX(r), f * 1e0, g, e, LPAD(HEX(k), 4, '0'), y, h, j, m, day, REPLACE(o, ',', '+'), HEX(x), HEX(p)";

it("Debezium's JDBC sink in Kafka Connect brings what is written into MariaDB: values at their extremes, updates, deletes, a new column", {
  timeout: 300_000,
}, async () => {
  await using hop = await openHop('mysql', 'mariadb');
  const { source, target } = hop;
  await source.run(
    `CREATE TABLE t (id BIGINT UNSIGNED PRIMARY KEY, d DECIMAL(38,10), s VARCHAR(40), n INT DEFAULT 5, at DATETIME(6), r VARBINARY(20),
      f FLOAT, g DOUBLE, e ENUM('x','y,z'), k BIT(9), y YEAR, h TIME(3), j JSON, m MEDIUMINT UNSIGNED, day DATE, o SET('p','q'), x LONGTEXT, p BINARY(4))`,
    `INSERT INTO t VALUES
      (18446744073709551615, -${'9'.repeat(28)}.${'9'.repeat(10)}, 'é😀', NULL, '9999-12-31 23:59:59.999999', x'00ff', 3.4e38, 1.7976931348623157e308, 'y,z', b'101010101', 2155, '-838:59:59', '{"a": [1, null]}', 16777215, '0001-01-01', 'p,q', '', x'01'),
      (0, 0.0000000001, 'null', -2147483648, '1000-01-01 00:00:00', '', -1.5, -0.25, 'x', b'0', 1901, '838:59:59', 'null', 0, '2024-02-29', '', REPEAT('ä', 70000), ''),
      (7, 1, 'goes', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
  );
  const cdc = { read: 'cdc' } as const;
  assert.equal((await hop.write(cdc)).finished.status, 'ok');
  // The sink takes a table of the same name in any database of the server for its own.
  const table = `sink_${target.name}`;
  await using connect = await startSink(hop.topic('t'), target.url, table);
  const ids = async () => {
    const rows = await target.run(`SELECT id FROM ${table} ORDER BY id`).catch(() => []);
    return rows.map(([id]) => id).join();
  };
  const equal = async (columns = VALUES) => {
    const select = (from: string) => `SELECT ${columns} FROM ${from} ORDER BY id`;
    assert.deepEqual(await target.run(select(table)), await source.run(select('t')));
  };
  await connect.until(async () => (await ids()) === '0,7,18446744073709551615');
  await equal();

  await source.run(
    "UPDATE t SET s = 'ü', d = NULL, n = 3 WHERE id = 0",
    'DELETE FROM t WHERE id = 7',
    'ALTER TABLE t ADD COLUMN late VARCHAR(20)',
    "INSERT INTO t (id, late) VALUES (9, 'new')",
    'UPDATE t SET id = 10 WHERE id = 18446744073709551615',
  );
  assert.equal((await hop.write(cdc)).finished.status, 'ok');
  // Partitions come in an order of their own.
  const isThere = async () => {
    const [found] = await target.run(`SELECT COUNT(*) FROM ${table} WHERE s = 'ü'`);
    return (await ids()) === '0,9,10' && found?.[0] === '1';
  };
  await connect.until(isThere);
  await equal(`${VALUES}, late`);
});
