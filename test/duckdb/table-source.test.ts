import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { test } from 'node:test';
import type { StreamRequest } from '../../connectors/contract/index.ts';
import { DatabaseShelf } from '../../connectors/duckdb/database-shelf.ts';
import { DuckFile } from '../../connectors/duckdb/file.ts';
import { DuckSource } from '../../connectors/duckdb/source.ts';
import { batch, destination, folder, load, target } from './fixture.ts';
import { positionsOf, readAll } from './read.ts';

async function write(path: string, ...statements: string[]): Promise<void> {
  await using file = new DuckFile({ path, access: 'write', memory: '256MB' }, 'source');
  await using session = await file.session();
  for (const sql of statements) await session.run(sql);
}

const source = (path: string) => new DuckSource(new DatabaseShelf({ path, access: 'read', memory: '256MB' }));
const full = (name: string, more: Partial<StreamRequest> = {}): StreamRequest => ({
  stream: { namespace: '', name },
  mode: 'full',
  ...more,
});

test('tables and views of every schema are found with types, keys and comments; own tables never', async () => {
  using dir = folder();
  const path = `${dir.path}/t.duckdb`;
  await write(
    path,
    'CREATE SCHEMA "sh""op"',
    'CREATE TABLE "sh""op"."or.der" (b INTEGER, a BIGINT, c DECIMAL(10, 2) DEFAULT 3, PRIMARY KEY (a, b))',
    `COMMENT ON TABLE "sh""op"."or.der" IS 'it''s'`,
    'CREATE VIEW v AS SELECT 1::HUGEINT AS x, [1] AS l',
  );
  {
    await using to = destination(path);
    const schema = {
      stream: { namespace: 'made', name: 'rows' },
      columns: [{ name: 'id', type: { kind: 'integer', bits: 32, unsigned: false } as const, nullable: false }],
      key: ['id'],
    };
    await load(to, target(schema, 'append'), [batch(schema, [['1']])]);
  }
  await using from = source(path);
  const found = await from.discover(['*']);
  assert.deepEqual(
    found.map(({ stream }) => [stream.namespace, stream.name]),
    [
      ['made', 'rows'],
      ['', 'v'],
      ['sh"op', 'or.der'],
    ],
  );
  const [rows, view, order] = found;
  assert.deepEqual(
    view!.columns.map(({ name, type }) => [name, type.kind]),
    [
      ['x', 'integer'],
      ['l', 'unknown'],
    ],
  );
  assert.deepEqual(rows!.key, ['id']);
  assert.deepEqual(order!.key, ['a', 'b']);
  assert.equal(order!.comment, "it's");
  assert.deepEqual(
    order!.columns.map(({ name, nullable }) => [name, nullable]),
    [
      ['b', false],
      ['a', false],
      ['c', true],
    ],
  );
  assert.deepEqual(
    (await from.discover(['made.*'])).map(({ stream }) => stream.name),
    ['rows'],
  );
});

test('values that no other database has are rejected, infinity and years BC among them', async () => {
  using dir = folder();
  const path = `${dir.path}/t.duckdb`;
  await write(
    path,
    "CREATE TABLE t AS SELECT * FROM (VALUES (1, DATE '2024-01-01'), (2, DATE 'infinity'), (3, DATE '0044-03-15 (BC)'), (4, DATE '12024-01-01'), (5, NULL)) AS x(n, d)",
  );
  await using from = source(path);
  const { rows, rejects } = await readAll(from, [full('t')]);
  assert.deepEqual(rows, [
    ['1', '2024-01-01'],
    ['5', null],
  ]);
  assert.deepEqual(
    rejects.map(({ code }) => code),
    ['value.inexact', 'value.inexact', 'value.inexact'],
  );
});

test('a row larger than allowed is rejected', async () => {
  using dir = folder();
  const path = `${dir.path}/t.duckdb`;
  await write(path, "CREATE TABLE t AS SELECT 1 AS n, repeat('x', 2000000) AS s UNION ALL SELECT 2, 'y'");
  await using from = source(path);
  const { rows, rejects } = await readAll(from, [full('t')]);
  assert.deepEqual(rows, [['2', 'y']]);
  assert.deepEqual(
    rejects.map(({ code }) => code),
    ['row.too-large'],
  );
});

test('a full read is cut in lanes of row ids, goes on behind what is committed, and begins anew after a change', async () => {
  using dir = folder();
  const path = `${dir.path}/t.duckdb`;
  await write(path, 'CREATE TABLE t AS SELECT i AS n FROM range(1300000) r(i)', 'DELETE FROM t WHERE n % 1000 = 7');
  await using from = source(path);
  const first = await readAll(from, [full('t')], undefined, 3);
  assert.equal(first.lanes.size, 2);
  const rest = await readAll(from, [full('t')], positionsOf(first, 't'));
  assert.equal(rest.generation, 1);
  const all = [...first.rows, ...rest.rows].map(([n]) => Number(n));
  assert.equal(all.length, 1_298_700);
  assert.equal(new Set(all).size, all.length);
  utimesSync(path, new Date(), new Date(Date.now() + 5000));
  assert.equal((await readAll(from, [full('t')], positionsOf(first, 't'), 1)).generation, 2);
});

test('a view has no order: a read that was cut short begins anew', async () => {
  using dir = folder();
  const path = `${dir.path}/t.duckdb`;
  await write(path, 'CREATE VIEW v AS SELECT i AS n FROM range(20000) r(i)');
  await using from = source(path);
  const first = await readAll(from, [full('v')], undefined, 1);
  const again = await readAll(from, [full('v')], positionsOf(first, 'v'));
  assert.equal(again.generation, 2);
  assert.equal(again.rows.length, 20_000);
});

test('incremental reads what is new by a number, a date or a time', async () => {
  using dir = folder();
  for (const [type, value, overlap] of [
    ['BIGINT', 'i', 10],
    ['DECIMAL(12, 3)', 'i + 0.125', 10],
    ['TIMESTAMP', "TIMESTAMP '2024-01-01' + to_seconds(i)", 10],
    ['DATE', "DATE '2024-01-01' + i::INTEGER", 864_000],
  ] as const) {
    const path = `${dir.path}/${type.slice(0, 4)}.duckdb`;
    await write(path, `CREATE TABLE t AS SELECT i AS n, (${value})::${type} AS c FROM range(100) r(i)`);
    const request = full('t', { mode: 'incremental', cursor: 'c', overlap });
    const first = await (async () => {
      await using from = source(path);
      return await readAll(from, [request]);
    })();
    assert.equal(first.rows.length, 100);
    await write(path, `INSERT INTO t SELECT i, (${value})::${type} FROM range(100, 105) r(i)`);
    await using from = source(path);
    const second = await readAll(from, [request], positionsOf(first, 't'));
    assert.deepEqual(
      second.rows.map(([n]) => Number(n)),
      Array.from({ length: 16 }, (_, i) => 89 + i),
      type,
    );
  }
});

test('a cursor that was changed, or that has no order, is an error', async () => {
  using dir = folder();
  const path = `${dir.path}/t.duckdb`;
  await write(path, "CREATE TABLE t AS SELECT 1 AS a, 2 AS b, 'x' AS c");
  await using from = source(path);
  const first = await readAll(from, [full('t', { mode: 'incremental', cursor: 'a' })]);
  await assert.rejects(readAll(from, [full('t', { mode: 'incremental', cursor: 'b' })], positionsOf(first, 't')), {
    code: 'cursor.changed',
  });
  await assert.rejects(readAll(from, [full('t', { mode: 'incremental', cursor: 'c' })]), { code: 'config.invalid' });
  await assert.rejects(readAll(from, [full('nix')]), { code: 'source.stream-missing' });
});
