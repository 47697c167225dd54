import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnType, StreamSchema } from '../../connectors/contract/index.ts';
import { DatabaseShelf } from '../../connectors/duckdb/database-shelf.ts';
import { DuckSource } from '../../connectors/duckdb/source.ts';
import { ddlType, type Value } from '../../connectors/types/index.ts';
import { ask, batch, destination, folder, load, memory, target } from './fixture.ts';
import { readAll } from './read.ts';

interface Case {
  readonly type: ColumnType;
  /** What MySQL's declaration becomes. */
  readonly ddl: string;
  readonly kept: readonly Value[];
  readonly rejected?: readonly Value[];
  /** What comes back, where the spelling of an equal value differs. */
  readonly back?: readonly Value[];
}

const integer = (bits: 8 | 16 | 24 | 32 | 64 | 128, unsigned: boolean): ColumnType => ({
  kind: 'integer',
  bits,
  unsigned,
});
const bytes = (...all: number[]) => Uint8Array.from(all);
const long = 'ü€😀'.repeat(40);

const cases: Readonly<Record<string, Case>> = {
  tinyint: { type: integer(8, false), ddl: 'TINYINT', kept: ['-128', '0', '127'] },
  'tinyint unsigned': { type: integer(8, true), ddl: 'UTINYINT', kept: ['0', '255'] },
  mediumint: { type: integer(24, false), ddl: 'INTEGER', kept: ['-8388608', '8388607'] },
  'int unsigned': { type: integer(32, true), ddl: 'UINTEGER', kept: ['0', '4294967295'] },
  bigint: {
    type: integer(64, false),
    ddl: 'BIGINT',
    kept: ['-9223372036854775808', '-9007199254740993', '-1', '9007199254740993', '9223372036854775807'],
  },
  'bigint unsigned': {
    type: integer(64, true),
    ddl: 'UBIGINT',
    kept: ['0', '9223372036854775808', '18446744073709551615'],
  },
  'decimal(65,30)': {
    type: { kind: 'decimal', precision: 65, scale: 30, unsigned: false },
    ddl: 'VARCHAR',
    kept: [`${'9'.repeat(35)}.${'9'.repeat(30)}`, `-${'9'.repeat(35)}.${'9'.repeat(30)}`],
  },
  'decimal(38,10)': {
    type: { kind: 'decimal', precision: 38, scale: 10, unsigned: false },
    ddl: 'DECIMAL(38,10)',
    kept: [`${'9'.repeat(28)}.${'9'.repeat(10)}`, `-${'9'.repeat(28)}.${'9'.repeat(10)}`, '0.0000000001'],
  },
  'decimal(18,4)': {
    type: { kind: 'decimal', precision: 18, scale: 4, unsigned: false },
    ddl: 'DECIMAL(18,4)',
    kept: ['99999999999999.9999', '-99999999999999.9999', '-0.0001'],
  },
  'decimal(4,2)': {
    type: { kind: 'decimal', precision: 4, scale: 2, unsigned: true },
    ddl: 'DECIMAL(4,2)',
    kept: ['99.99', '0.00'],
  },
  float: {
    type: { kind: 'float', bits: 32, unsigned: false },
    ddl: 'FLOAT',
    kept: ['0.1', '16777216', '3.4028235e38', '1e-45'],
    back: ['0.1', '16777216', '3.4028235e+38', '1e-45'],
  },
  double: {
    type: { kind: 'float', bits: 64, unsigned: false },
    ddl: 'DOUBLE',
    kept: ['0.1', '1.7976931348623157e+308', '5e-324', '-0', '123456789.123456789'],
    back: ['0.1', '1.7976931348623157e+308', '5e-324', '-0', '123456789.12345679'],
  },
  varchar: {
    type: { kind: 'text', length: 200 },
    ddl: 'VARCHAR',
    kept: ['', 'exactly 12 b', 'thirteen byte', long, 'nul\0inside and long enough', "quote ' and \\ and \n"],
  },
  blob: {
    type: { kind: 'bytes' },
    ddl: 'BLOB',
    kept: [bytes(), bytes(0), bytes(255, 254, 0, 39), Uint8Array.from({ length: 300 }, (_, i) => i & 255)],
  },
  date: {
    type: { kind: 'date' },
    ddl: 'DATE',
    kept: ['0001-01-01', '1969-12-31', '1970-01-01', '2024-02-29', '9999-12-31'],
    rejected: ['0000-00-00', '2024-02-31', '2023-02-29', '2024-00-01', '1900-02-29'],
  },
  'datetime(6)': {
    type: { kind: 'datetime', fsp: 6 },
    ddl: 'TIMESTAMP',
    kept: [
      '0001-01-01 00:00:00.000000',
      '1969-12-31 23:59:59.999999',
      '2255-06-05 23:47:34.740993',
      '9999-12-31 23:59:59.999999',
    ],
    rejected: ['0000-00-00 00:00:00.000000', '2024-02-31 10:00:00.000000'],
  },
  'timestamp(3)': {
    type: { kind: 'timestamp', fsp: 3 },
    ddl: 'TIMESTAMP WITH TIME ZONE',
    kept: ['2024-01-01 10:00:00.123'],
    back: ['2024-01-01 10:00:00.123000'],
    rejected: ['0000-00-00 00:00:00.000'],
  },
  'time(6)': {
    type: { kind: 'time', fsp: 6 },
    ddl: 'VARCHAR',
    kept: ['-838:59:59.999999', '838:59:59.000000', '00:00:00.000000'],
  },
  year: { type: { kind: 'year' }, ddl: 'SMALLINT', kept: ['0', '1901', '2155'] },
  'bit(64)': {
    type: { kind: 'bit', width: 64 },
    ddl: 'UBIGINT',
    kept: [new Uint8Array(8), new Uint8Array(8).fill(255)],
    back: ['0', '18446744073709551615'],
  },
  enum: { type: { kind: 'enum', members: ['a,b', "it's", ''] }, ddl: 'VARCHAR', kept: ['a,b', "it's", ''] },
  set: { type: { kind: 'set', members: ['x', 'y'] }, ddl: 'VARCHAR', kept: ['x,y', ''] },
  json: {
    type: { kind: 'json' },
    ddl: 'JSON',
    kept: ['{"a": [1, 2.50, "\\ud83d\\ude00", null]}', '12345678901234567890123.5', '"x"', '[]'],
    rejected: ['{"a":', '{"a":1,}', '"\\ud800"', '01', ''],
  },
  uuid: {
    type: { kind: 'uuid' },
    ddl: 'UUID',
    kept: [
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '7fffffff-ffff-ffff-8000-000000000001',
    ],
  },
  inet6: { type: { kind: 'inet6' }, ddl: 'VARCHAR', kept: ['::1'] },
  boolean: { type: { kind: 'boolean' }, ddl: 'BOOLEAN', kept: ['0', '1'] },
  vector: { type: { kind: 'vector' }, ddl: 'FLOAT[]', kept: ['[1,2.5,-3]', '[0.1]'] },
};

function schemaOf(type: ColumnType): StreamSchema {
  return {
    stream: { namespace: 'types', name: 'one' },
    columns: [
      { name: 'n', type: integer(32, false), nullable: false },
      { name: 'v', type, nullable: true },
    ],
    key: ['n'],
  };
}

for (const [name, { type, ddl, kept, rejected = [], back = kept }] of Object.entries(cases)) {
  test(`${name} as ${ddl} holds its extremes exactly, there and back`, async () => {
    assert.equal(ddlType(type, 'duckdb'), ddl);
    using dir = folder();
    const path = `${dir.path}/t.duckdb`;
    const schema = schemaOf(type);
    const values = [...kept, null, ...rejected];
    {
      await using to = destination(path);
      const report = await load(
        to,
        target(schema, 'append'),
        [
          batch(
            schema,
            values.map((value, n) => [String(n), value]),
          ),
        ],
        { rejects: [] },
      );
      const counts = report.streams.get('types.one')!;
      assert.deepEqual([counts.written, counts.rejected], [kept.length + 1, rejected.length]);
    }
    if (type.kind === 'vector') {
      assert.deepEqual(await ask(path, 'SELECT v FROM types.one ORDER BY n'), [
        ['[1.0, 2.5, -3.0]'],
        ['[0.1]'],
        [null],
      ]);
      return;
    }
    await using source = new DuckSource(new DatabaseShelf({ path, access: 'read', memory: '256MB' }));
    const { rows, rejects } = await readAll(source, [{ stream: schema.stream, mode: 'full' }]);
    assert.deepEqual(rejects, []);
    assert.deepEqual(
      rows.map(([, value]) => (value instanceof Uint8Array ? Uint8Array.from(value) : value)),
      [...back, null],
    );
  });
}

test('a chunk boundary, long texts of several slabs and NULLs keep their places', async () => {
  const path = memory();
  const schema = schemaOf({ kind: 'text' });
  const value = (n: number) =>
    n % 3 === 0 ? null : n % 3 === 1 ? `short ${n}` : `a longer text that is not kept in place, number ${n}`;
  const part = (from: number, count: number) =>
    batch(
      schema,
      Array.from({ length: count }, (_, i) => [String(from + i), value(from + i)]),
    );
  await using to = destination(path);
  const report = await load(to, target(schema, 'append'), [
    part(0, 5000),
    part(5000, 1),
    part(5001, 2048),
    part(7049, 30_000),
  ]);
  assert.equal(report.streams.get('types.one')?.written, 37_049);
  const wrong = await ask(
    path,
    `SELECT * FROM types.one WHERE v IS DISTINCT FROM CASE n % 3 WHEN 1 THEN 'short ' || n WHEN 2 THEN 'a longer text that is not kept in place, number ' || n END`,
  );
  assert.deepEqual(wrong, []);
  assert.deepEqual(await ask(path, 'SELECT count(*), count(DISTINCT n), max(n) FROM types.one'), [
    ['37049', '37049', '37048'],
  ]);
});
