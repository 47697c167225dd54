import assert from 'node:assert/strict';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { StreamRequest } from '../../connectors/contract/index.ts';
import { DuckFile } from '../../connectors/duckdb/file.ts';
import { csvConnector, jsonConnector, parquetConnector } from '../../connectors/duckdb/file-connectors.ts';
import { folder } from './fixture.ts';
import { positionsOf, readAll } from './read.ts';

const context = { emit: () => undefined };
const full = (name: string, more: Partial<StreamRequest> = {}): StreamRequest => ({
  stream: { namespace: '', name },
  mode: 'full',
  ...more,
});

function csv(config: object) {
  return csvConnector.source!(csvConnector.config.parse({ type: 'csv', ...config }), context);
}

test('CSV: types hold every text exactly; codes with leading zeros stay text', async () => {
  using dir = folder();
  const path = join(dir.path, 'orders.csv');
  writeFileSync(
    path,
    'id,zip,price,at,day,zoned,ok,note,big,sci\n' +
      '1,007,1.10,2024-01-01T10:00:00,2024-02-29,2024-01-01T10:00:00+02:00,true,"",12345678901234567890123,1e3\n' +
      '-2,010,2.5,2024-01-01 10:00:00.25,2024-03-01,2024-01-01T10:00:00Z,false,,1,2.5\n' +
      '0,1,3,,,,,"a ""q"" ü\n2",2,-0.1\n',
  );
  await using source = csv({ path });
  const [schema] = await source.discover(['*'], new AbortController().signal);
  assert.deepEqual(
    schema!.columns.map(({ name, type }) => [name, type.kind]),
    [
      ['id', 'integer'],
      ['zip', 'text'],
      ['price', 'decimal'],
      ['at', 'datetime'],
      ['day', 'date'],
      ['zoned', 'timestamp'],
      ['ok', 'boolean'],
      ['note', 'text'],
      ['big', 'decimal'],
      ['sci', 'float'],
    ],
  );
  const { rows, rejects } = await readAll(source, [full('orders')]);
  assert.deepEqual(rejects, []);
  assert.deepEqual(rows, [
    [
      '1',
      '007',
      '1.10',
      '2024-01-01 10:00:00.000000',
      '2024-02-29',
      '2024-01-01 08:00:00.000000',
      '1',
      '',
      '12345678901234567890123',
      '1000',
    ],
    [
      '-2',
      '010',
      '2.50',
      '2024-01-01 10:00:00.250000',
      '2024-03-01',
      '2024-01-01 10:00:00.000000',
      '0',
      null,
      '1',
      '2.5',
    ],
    ['0', '1', '3.00', null, null, null, null, 'a "q" ü\n2', '2', '-0.1'],
  ]);
});

test('CSV: a value behind the sample that the type does not hold is rejected with its row', async () => {
  using dir = folder();
  const path = join(dir.path, 'n.csv');
  const lines = Array.from({ length: 30_000 }, (_, i) => `${i},${i}.5`);
  lines[25_000] = '007,1.25';
  lines[25_001] = '25001,1.2';
  writeFileSync(path, `id,price\n${lines.join('\n')}\n`);
  await using source = csv({ path });
  const { rows, rejects } = await readAll(source, [full('n')]);
  assert.equal(rows.length, 29_999);
  assert.deepEqual(
    rejects.map(({ code, row }) => [code, row]),
    [['value.inexact', '{"id":"007","price":"1.25"}']],
  );
  await using text = csv({ path: { n: { path, text: ['id', 'price'] } } });
  const kept = await readAll(text, [full('n')]);
  assert.equal(kept.rows.length, 30_000);
  assert.deepEqual(kept.rows[25_000], ['007', '1.25']);
});

test('CSV: a glob is one stream in order of file names, where, columns, hash and mask are kept', async () => {
  using dir = folder();
  writeFileSync(join(dir.path, 'part-2.csv'), 'id;name\n3;c\n4;d\n');
  writeFileSync(join(dir.path, 'part-1.csv'), 'id;name\n1;a\n2;b\n');
  await using source = csv({ path: join(dir.path, 'part-*.csv') });
  assert.deepEqual((await readAll(source, [full('part')])).rows, [
    ['1', 'a'],
    ['2', 'b'],
    ['3', 'c'],
    ['4', 'd'],
  ]);
  assert.deepEqual((await readAll(source, [full('part', { where: 'id > 1 AND id <> 4', exclude: ['name'] })])).rows, [
    ['2'],
    ['3'],
  ]);
  const guarded = await readAll(source, [
    full('part', { where: 'id = 1', protect: { id: { kind: 'mask' }, name: { kind: 'hash', salt: "s'" } } }),
  ]);
  const { createHash } = await import('node:crypto');
  assert.deepEqual(guarded.rows, [['***', createHash('sha256').update("s'a").digest('hex')]]);
});

test('CSV: files of one stream with other columns, and rows with other counts, are errors that name the place', async () => {
  using dir = folder();
  writeFileSync(join(dir.path, 'a1.csv'), 'id,name\n1,a\n');
  writeFileSync(join(dir.path, 'a2.csv'), 'id,other\n2,b\n');
  await using source = csv({ path: join(dir.path, 'a*.csv') });
  await assert.rejects(
    readAll(source, [full('a')]),
    (thrown: { code: string; message: string }) =>
      thrown.code === 'file.malformed' && thrown.message.includes('a2.csv'),
  );
  const lines = Array.from({ length: 50_000 }, (_, i) => `${i},x`);
  lines[40_000] = '1,2,3,4';
  writeFileSync(join(dir.path, 'broken.csv'), `id,name\n${lines.join('\n')}\n`);
  await using broken = csv({ path: join(dir.path, 'broken.csv') });
  await assert.rejects(
    readAll(broken, [full('broken')]),
    (thrown: { code: string; message: string }) => thrown.code === 'file.malformed' && /40002/.test(thrown.message),
  );
});

test('a missing file is a finding and an error', async () => {
  await using source = csv({ path: '/nowhere/x.csv' });
  await assert.rejects(source.discover(['*'], new AbortController().signal), { code: 'file.missing' });
  const [finding] = await source.check(
    { streams: [full('x')], layout: 'text', maxRowBytes: 1000, parallel: 1 },
    new AbortController().signal,
  );
  assert.equal(finding?.code, 'file.missing');
});

test('a full read of files goes on behind the rows committed, and begins anew when a file has changed', async () => {
  using dir = folder();
  const lines = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => `${from + i},text ${from + i}`).join('\n');
  writeFileSync(join(dir.path, 'x1.csv'), `id,name\n${lines(0, 12_000)}\n`);
  writeFileSync(join(dir.path, 'x2.csv'), `id,name\n${lines(12_000, 12_000)}\n`);
  const path = join(dir.path, 'x*.csv');
  for (const stop of [1, 2, 3, 4]) {
    await using source = csv({ path });
    const first = await readAll(source, [full('x')], undefined, stop);
    assert.ok(first.rows.length < 24_000);
    const rest = await readAll(source, [full('x')], positionsOf(first, 'x'));
    assert.equal(rest.generation, 1);
    assert.deepEqual(
      [...first.rows, ...rest.rows].map(([id]) => Number(id)),
      Array.from({ length: 24_000 }, (_, i) => i),
    );
  }
  await using source = csv({ path });
  const first = await readAll(source, [full('x')], undefined, 2);
  utimesSync(join(dir.path, 'x2.csv'), new Date(), new Date(Date.now() + 5000));
  await using later = csv({ path });
  const again = await readAll(later, [full('x')], positionsOf(first, 'x'));
  assert.equal(again.generation, 2);
  assert.equal(again.rows.length, 24_000);
  await assert.rejects(readAll(later, [full('x', { once: true })], positionsOf(first, 'x')), {
    code: 'source.history-lost',
  });
});

test('incremental by a cursor: late rows of the overlap come, and with `once` no row comes twice', async () => {
  using dir = folder();
  const path = join(dir.path, 'e.csv');
  const rows = ['1,2024-01-01 00:00:00,a', '2,2024-01-01 00:01:00,b', '2,2024-01-01 00:01:00,b', '3,,no cursor'];
  writeFileSync(path, `id,at,note\n${rows.join('\n')}\n`);
  const request = full('e', { mode: 'incremental', cursor: 'at', overlap: 30, once: true });
  const read = async (before?: Parameters<typeof positionsOf>[0]) => {
    await using source = csv({ path });
    return await readAll(source, [request], before && positionsOf(before, 'e'));
  };
  const first = await read();
  assert.deepEqual(
    first.rows.map(([id]) => id),
    ['3', '1', '2', '2'],
  );
  const nothing = await read(first);
  assert.deepEqual(nothing.rows, []);
  rows.push(
    '4,2024-01-01 00:00:45,late',
    '2,2024-01-01 00:01:00,b',
    '5,2024-01-01 00:02:00,new',
    '6,2024-01-01 00:00:10,too late',
  );
  writeFileSync(path, `id,at,note\n${rows.join('\n')}\n`);
  const second = await read(nothing);
  assert.deepEqual(
    second.rows.map(([id]) => id),
    ['4', '2', '5'],
  );
  assert.deepEqual((await read(second)).rows, []);
});

test('JSON: big numbers, nested values and members of few objects are kept', async () => {
  using dir = folder();
  const path = join(dir.path, 'd.jsonl');
  const lines = Array.from({ length: 30_000 }, (_, i) => `{"id":${i},"n":1.10,"d":"2024-01-01"}`);
  lines.push(
    '{"id":30000,"big":12345678901234567890123,"o":{"x": 1.1},"l":[1,2],"ok":true,"code":"12","d":null,"s":"null"}',
  );
  writeFileSync(path, lines.join('\n'));
  await using source = jsonConnector.source!(jsonConnector.config.parse({ type: 'json', path }), context);
  const [schema] = await source.discover(['d'], new AbortController().signal);
  const { rows, rejects } = await readAll(source, [full('d')]);
  assert.deepEqual(rejects, []);
  assert.equal(rows.length, 30_001);
  const last = Object.fromEntries(schema!.columns.map(({ name }, i) => [name, rows.at(-1)![i]]));
  assert.deepEqual(last, {
    id: '30000',
    n: null,
    d: null,
    big: '12345678901234567890123',
    o: '{"x":1.1}',
    l: '[1,2]',
    ok: '1',
    code: '12',
    s: 'null',
  });
  assert.deepEqual(rows[5]!.slice(0, 3), ['5', '1.1', '2024-01-01']);
});

test('JSON: an array, odd names, and numbers that a double does not hold are rejected, not rounded (invariant 2)', async () => {
  using dir = folder();
  const path = join(dir.path, 'a.json');
  writeFileSync(
    path,
    `[{"id":1,"a/b ~\\"c":0.1234567890123456789,"s":"0.1234567890123456789"},
      {"id":2,"a/b ~\\"c":0.25,"o":{"n":1.00000000000000000001}},
      {"id":3,"a/b ~\\"c":1.5,"s":"\\" 0.1234567890123456789"}, {"id":4,"a/b ~\\"c":null,"o":[123456789012345678]}]`,
  );
  await using source = jsonConnector.source!(jsonConnector.config.parse({ type: 'json', path }), context);
  const { rows, rejects } = await readAll(source, [full('a')]);
  assert.deepEqual(rows, [
    ['3', '1.50000000000000000', '" 0.1234567890123456789', null],
    ['4', null, null, '[123456789012345678]'],
  ]);
  assert.deepEqual(
    rejects.map(({ code }) => code),
    ['value.inexact', 'value.inexact'],
  );
});

test('Parquet: types come from the file', async () => {
  using dir = folder();
  await using file = new DuckFile({ path: ':memory:', access: 'write', memory: '256MB' }, 'source');
  await using session = await file.session();
  const path = join(dir.path, 'p.parquet');
  await session.run(
    `COPY (SELECT i::UBIGINT AS id, 1.250::DECIMAL(20, 3) AS d, '\\x00\\xFF'::BLOB AS b, TIMESTAMP '2024-01-01 00:00:00.000001' AS t, [i::UBIGINT] AS l
     FROM (VALUES (18446744073709551613), (18446744073709551614), (18446744073709551615)) r(i)) TO '${path}' (FORMAT parquet)`,
  );
  await using source = parquetConnector.source!(parquetConnector.config.parse({ type: 'parquet', path }), context);
  const [finding] = await source.check(
    { streams: [full('p')], layout: 'text', maxRowBytes: 1000, parallel: 1 },
    new AbortController().signal,
  );
  assert.equal(finding?.code, 'type.unsupported');
  const { rows } = await readAll(source, [full('p', { takeAs: { l: 'text' } })]);
  assert.equal(rows.length, 3);
  assert.deepEqual(
    rows[2]!.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)),
    ['18446744073709551615', '1.250', '00ff', '2024-01-01 00:00:00.000001', '[18446744073709551615]'],
  );
});
