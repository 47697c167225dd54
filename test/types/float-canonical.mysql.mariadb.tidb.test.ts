import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ColumnType } from '../../connectors/contract/index.ts';
import { canonicalSql } from '../../connectors/types/index.ts';
import { fc } from '../random.ts';
import { openSession, servers } from './server.ts';

const double: ColumnType = { kind: 'float', bits: 64, unsigned: false };
/** Where the ways to write a number part: beside each of these, and anywhere. */
const bounds = [1e-5, 1e-4, 1e-3, 0.1, 1, 10, 1e13, 1e14, 1e15, 1e16, 1e17, 2 ** 53];

const near = fc
  .tuple(fc.constantFrom(...bounds), fc.integer({ min: -2, max: 2 }), fc.boolean())
  .map(([bound, steps, minus]) => (minus ? -1 : 1) * stepped(bound, steps));
const any = fc.double({ noNaN: true, noDefaultInfinity: true });
const decimal = fc
  .tuple(fc.integer(), fc.integer({ min: 0, max: 9 }))
  .map(([digits, scale]) => Number(`${digits}e-${scale}`));

/** The double that is some places away. */
function stepped(value: number, steps: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(steps));
  return view.getFloat64(0);
}

it('every database gives a double the same canonical text, and different ones different texts', async () => {
  const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
  const values = fc
    .sample(fc.oneof(near, any, decimal), { numRuns: 2000, seed: 1 })
    .concat(bounds, 0, 5e-324, 1.7976931348623157e308);
  const distinct = [...new Set(values.map((value) => (value === 0 ? 0 : value)))];
  const rows = distinct.map((value, id) => `(${id}, ${value === 0 ? '0' : value.toExponential()})`).join(', ');
  const canonical = (dialect: 'duckdb' | (typeof servers)[number]) => canonicalSql('v', double, dialect);
  await duckdb.run('CREATE TABLE t (id INTEGER, v DOUBLE)');
  await duckdb.run(
    `INSERT INTO t SELECT id, v::DOUBLE FROM (VALUES ${rows.replaceAll(/, (-?[\d.e+-]+)\)/g, ", '$1')")}) AS s(id, v)`,
  );
  const reader = await duckdb.runAndReadAll(`SELECT ${canonical('duckdb')} FROM t ORDER BY id`);
  const texts = reader.getRows().map(([text]) => String(text));
  assert.equal(new Set(texts).size, distinct.length);
  for (const server of servers) {
    await using session = await openSession(server);
    await session.rows('CREATE TABLE t (id INT PRIMARY KEY, v DOUBLE)');
    await session.rows(`INSERT INTO t VALUES ${rows}`);
    const own = await session.texts(`SELECT ${canonical(server)} FROM t ORDER BY id`);
    const wrong = own.flatMap(([text], i) => (text === texts[i] ? [] : [`${distinct[i]}: ${text} ${texts[i]}`]));
    assert.deepEqual(wrong.slice(0, 5), [], server);
  }
  duckdb.closeSync();
});
