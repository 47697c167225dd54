import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { SlabBuilder, textRowEncoder, valuesDecoder, valuesEncoder } from '../../connectors/avro/index.ts';
import type { Column, StreamSchema } from '../../connectors/contract/index.ts';
import {
  canonicalSql,
  ddlType,
  literalSql,
  parseType,
  sameType,
  selectSql,
  type Value,
} from '../../connectors/types/index.ts';
import { textRow } from '../avro/sample.ts';
import { columnSamples, vectorSample } from './column-sample.ts';
import { openSession, readSchema, selectList, servers } from './server.ts';

async function openDuckdb() {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  return {
    run: (sql: string) => connection.run(sql),
    texts: async (sql: string) =>
      (await connection.runAndReadAll(sql))
        .getRows()
        .map((row) => row.map((cell) => (cell === null ? null : String(cell)))),
    [Symbol.dispose]: () => connection.closeSync(),
  };
}

/** DuckDB has no value for zero and partial dates. */
const isNoDate = (expression: string) => /'0000-|-00|02-31|2023-02-29/.test(expression);

for (const server of servers) {
  test(`every type arrives in DuckDB and compares equal there: ${server}`, async () => {
    await using session = await openSession(server);
    using duckdb = await openDuckdb();
    const vector = vectorSample(server);
    const samples = Object.entries({ ...columnSamples, ...(vector === undefined ? {} : { ve: vector }) })
      .filter(([, { on }]) => on?.includes(server) ?? true)
      .map(([name, { type, values }]) => {
        const temporal = /^(date|timestamp)/.test(type);
        return { name, type, values: temporal ? values.filter((value) => !isNoDate(value)) : values };
      })
      .filter(({ values }) => values.length > 0);
    await session.rows(
      `CREATE TABLE s (id int PRIMARY KEY, ${samples.map(({ name, type }) => `${name} ${type}`).join(', ')})`,
    );
    const count = Math.max(...samples.map(({ values }) => values.length));
    for (let id = 0; id < count; id += 1) {
      await session.rows(
        `INSERT INTO s VALUES (${[id, ...samples.map(({ values }) => values[id % values.length])].join(', ')})`,
      );
    }
    await session.rows(`INSERT INTO s (id) VALUES (${count})`);

    const schema = await readSchema(session, 's');
    const { list, exact } = selectList(schema, server);
    const encoder = textRowEncoder(schema, 'text', { maxRowBytes: 1 << 24, exact });
    const decode = valuesDecoder(schema, 'text');
    const builder = new SlabBuilder();
    for (const row of await session.rows(`SELECT ${list} FROM s ORDER BY id`)) {
      const packet = textRow(row);
      assert.equal(encoder.encode(packet, 0, packet.length, builder), undefined);
    }
    const slab = builder.take();
    const values = Array.from(slab.ends, (_, row) => decode(slab, row));
    await duckdb.run(
      `CREATE TABLE t (${schema.columns.map(({ name, type }) => `"${name}" ${ddlType(type, 'duckdb')}`).join(', ')})`,
    );
    for (const row of values) {
      await duckdb.run(
        `INSERT INTO t VALUES (${row.map((value, i) => literalSql(value, schema.columns[i]!.type, 'duckdb')).join(', ')})`,
      );
    }

    const canonical = (dialect: 'duckdb' | typeof server, quote: string) =>
      schema.columns
        .map(({ name, type }) =>
          canonicalSql(`${quote}${name}${quote}`, type, dialect, dialect === 'duckdb' ? server : 'duckdb'),
        )
        .join(', ');
    const sent = await session.texts(`SELECT ${canonical(server, '`')} FROM s ORDER BY id`);
    const came = await duckdb.texts(`SELECT ${canonical('duckdb', '"')} FROM t ORDER BY id`);
    const named = (rows: (string | null)[][]) =>
      rows.map((row) => Object.fromEntries(row.map((text, i) => [schema.columns[i]!.name, text])));
    assert.deepEqual(named(came), named(sent));
    const made = await duckdb.texts(
      "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 't'",
    );
    for (const [i, [name, dataType]] of made.entries()) {
      const type = parseType({ dataType: dataType ?? '', columnType: dataType ?? '' }, 'duckdb');
      if (type.kind !== 'unknown') assert.ok(sameType(schema.columns[i]!.type, type, 'duckdb'), `${name}: ${dataType}`);
    }
  });
}

test('what DuckDB shows of its own types is what the encoder takes', async () => {
  using duckdb = await openDuckdb();
  const cases: readonly (readonly [string, string, Value])[] = [
    ['BOOLEAN', 'true', '1'],
    ['HUGEINT', "'-170141183460469231731687303715884105728'", '-170141183460469231731687303715884105728'],
    ['UBIGINT', '18446744073709551615', '18446744073709551615'],
    ['DECIMAL(38,10)', '-1.5', '-1.5000000000'],
    ['DECIMAL(5,5)', '-0.5', '-0.50000'],
    ['FLOAT', '0.1', '0.1'],
    ['DOUBLE', '1e300', '1e+300'],
    ['DOUBLE', "'-inf'", '-Infinity'],
    ['DOUBLE', "'nan'", 'NaN'],
    ['DATE', "'0044-03-15'", '0044-03-15'],
    ['TIME', "'01:02:03.5'", '01:02:03.500000'],
    ['TIMESTAMP', "'2024-01-02 03:04:05.000006'", '2024-01-02 03:04:05.000006'],
    ['TIMESTAMP_S', "'2024-01-02 03:04:05'", '2024-01-02 03:04:05'],
    ['TIMESTAMP WITH TIME ZONE', "'2024-01-02 03:04:05.5+02'", '2024-01-02 01:04:05.500000'],
    ['UUID', "'123E4567-e89b-12d3-a456-426614174000'", '123e4567-e89b-12d3-a456-426614174000'],
    ['VARCHAR', "'é'", 'é'],
    ["ENUM('a', 'b')", "'b'", 'b'],
    ['JSON', `'{"b":1.10}'`, '{"b":1.10}'],
  ];
  await duckdb.run("SET TimeZone = 'America/New_York'");
  for (const [declared, literal, want] of cases) {
    const type = parseType({ dataType: declared, columnType: declared }, 'duckdb');
    const column: Column = { name: 'c', type, nullable: true };
    const schema: StreamSchema = { stream: { namespace: '', name: 't' }, columns: [column] };
    const [row] = await duckdb.texts(
      `SELECT CAST(${selectSql('c', type, 'duckdb').value} AS VARCHAR) FROM (SELECT ${literal}::${declared} AS c)`,
    );
    const builder = new SlabBuilder();
    valuesEncoder(schema, 'typed')(row ?? [], builder);
    assert.deepEqual(valuesDecoder(schema, 'typed')(builder.take(), 0), [want], declared);
  }
});
