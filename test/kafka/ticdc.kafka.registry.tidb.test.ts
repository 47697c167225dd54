import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import { never, openDatabase, openPipeline, type Ran, runOnce, type TestDatabase } from '../pipeline.ts';
import { framed, kafkaUrl, openTopic, type TestTopic } from './produce.ts';
import { type TicdcColumn, ticdcWriter } from './ticdc.ts';

const id: TicdcColumn = { name: 'id', type: 'int', parameters: { tidb_type: 'INT' } };
const v: TicdcColumn = { name: 'v', type: 'string', parameters: { tidb_type: 'TEXT' }, nullable: true };

const all: readonly TicdcColumn[] = [
  id,
  { name: 'u', type: 'long', parameters: { tidb_type: 'INT UNSIGNED' } },
  { name: 'b', type: 'long', parameters: { tidb_type: 'BIGINT' } },
  { name: 'wraps', type: 'long', parameters: { tidb_type: 'BIGINT UNSIGNED' } },
  { name: 'digits', type: 'string', parameters: { tidb_type: 'BIGINT UNSIGNED' } },
  { name: 'f', type: 'float', parameters: { tidb_type: 'FLOAT' }, nullable: true },
  { name: 'g', type: 'double', parameters: { tidb_type: 'DOUBLE' } },
  {
    name: 'exact',
    type: { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 },
    parameters: { tidb_type: 'DECIMAL' },
  },
  { name: 'num', type: 'string', parameters: { tidb_type: 'DECIMAL' } },
  { name: 'txt', type: 'string', parameters: { tidb_type: 'TEXT' }, nullable: true, default: 'x' },
  { name: 'bin', type: 'bytes', parameters: { tidb_type: 'BLOB' } },
  { name: 'd', type: 'string', parameters: { tidb_type: 'DATE' } },
  { name: 'dt', type: 'string', parameters: { tidb_type: 'DATETIME' } },
  { name: 'ts', type: 'string', parameters: { tidb_type: 'TIMESTAMP' } },
  { name: 't', type: 'string', parameters: { tidb_type: 'TIME' } },
  { name: 'y', type: 'int', parameters: { tidb_type: 'YEAR' } },
  { name: 'bits', type: 'bytes', parameters: { tidb_type: 'BIT', length: '10' } },
  { name: 'e', type: 'string', parameters: { tidb_type: 'ENUM', allowed: 'a\\,b,c' } },
  { name: 's', type: 'string', parameters: { tidb_type: 'SET', allowed: 'x,y,z' } },
  { name: 'j', type: 'string', parameters: { tidb_type: 'JSON' } },
  { name: 'vec', type: 'string', parameters: { tidb_type: 'TiDBVECTORFloat32' }, nullable: true },
];

const row = {
  id: 1,
  u: 4294967295n,
  b: -9223372036854775808n,
  wraps: -1n,
  digits: '18446744073709551615',
  f: Math.fround(3.14),
  g: 1.7976931348623157e308,
  exact: Buffer.from([0xfe, 0xd4]),
  num: '-99999999999999999999999999999999999.999999999999999999999999999999',
  txt: 'null',
  bin: Buffer.from([0, 255, 10]),
  d: '0000-00-00',
  dt: '2024-02-29 23:59:59.999999',
  ts: '2024-07-01 12:00:00.5',
  t: '-838:59:59',
  y: 2155,
  bits: Buffer.from([2, 255]),
  e: 'a,b',
  s: 'x,z',
  j: '{"a": 1}',
  vec: '[1,2.5]',
};

interface Reading {
  readonly topic: TestTopic;
  readonly target: TestDatabase;
  readonly ends: { readonly id: string; readonly from: string; readonly to: string };
  sync(config?: Partial<PipelineConfig>): Promise<Ran>;
}

async function reading(
  body: (reading: Reading) => Promise<void>,
  options: Readonly<Record<string, string>> = { timestamp_zone: 'Europe/Berlin' },
  partitions = 1,
): Promise<void> {
  await using topic = await openTopic(partitions);
  await using target = await openDatabase('tidb');
  const ends = { id: randomUUID(), from: kafkaUrl(options), to: target.url };
  await body({ topic, target, ends, sync: (config = {}) => runOnce(ends, { streams: [topic.name], ...config }) });
}

function assertOk({ finished }: Ran): Ran['finished'] {
  assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
  return finished;
}

/** A TSO of a moment. */
const tso = (ms: number) => BigInt(ms) << 18n;

describe('TiCDC Avro into TiDB', { concurrency: 2 }, () => {
  it('invariant 2: every type, both ways to write DECIMAL and BIGINT UNSIGNED, NULL apart from the text "null"', () =>
    reading(async ({ topic, target, sync }) => {
      const write = await ticdcWriter(topic, all, ['id'], { extension: true });
      await write.put('c', row, tso(1_700_000_000_000));
      await write.put('c', { ...row, id: 2, f: null, txt: null, vec: null, ts: '0000-00-00 00:00:00', e: 'c' }, tso(1));
      assertOk(await sync());
      const names = all.map(({ name }) => (/^(bin|bits)$/.test(name) ? `HEX(${name})` : name)).join(', ');
      const [one, two] = await target.run(`SET time_zone = '+00:00'`, `SELECT ${names} FROM ${topic.name} ORDER BY id`);
      assert.deepEqual(one, [
        '1',
        '4294967295',
        '-9223372036854775808',
        '18446744073709551615',
        '18446744073709551615',
        '3.14',
        '1.7976931348623157e308',
        '-3.00',
        '-99999999999999999999999999999999999.999999999999999999999999999999',
        'null',
        '00FF0A',
        '0000-00-00',
        '2024-02-29 23:59:59.999999',
        '2024-07-01 10:00:00.500000',
        '-838:59:59.000000',
        '2155',
        '2FF',
        'a,b',
        'x,z',
        '{"a": 1}',
        '[1,2.5]',
      ]);
      const nulls = all.flatMap(({ name }, i) => (two![i] === null ? [name] : []));
      assert.deepEqual([nulls, two![13]], [['f', 'txt', 'vec'], '0000-00-00 00:00:00.000000']);
    }));

  it('a TIMESTAMP is not read as long as nobody says its zone', () =>
    reading(async ({ topic, ends, sync }) => {
      await ticdcWriter(topic, all, ['id'], {});
      const { finished } = await sync();
      assert.equal(finished.error?.code, 'config.invalid', JSON.stringify(finished.error));
      await using pipeline = openPipeline(ends, { streams: [topic.name] });
      const stream = { namespace: '', name: topic.name };
      const request = {
        streams: [{ stream, mode: 'cdc' as const }],
        layout: 'text' as const,
        maxRowBytes: 1e6,
        parallel: 1,
      };
      const findings = await pipeline.source.check(request, never);
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['config.invalid'],
      );
    }, {}));

  it('local times that are no moment or two are rejected, those around them are read', () =>
    reading(async ({ topic, target, sync }) => {
      const ts: TicdcColumn = { name: 'ts', type: 'string', parameters: { tidb_type: 'TIMESTAMP' } };
      const write = await ticdcWriter(topic, [id, ts], ['id'], {});
      const texts = ['2024-03-31 01:59:59', '2024-03-31 02:30:00', '2024-03-31 03:00:00', '2024-10-27 02:30:00'];
      for (const [i, text] of texts.entries()) await write.put('c', { id: i, ts: text });
      assert.equal(assertOk(await sync({ max_rejects: 2 })).counts.rejected, 2);
      const rows = await target.run(`SET time_zone = '+00:00'`, `SELECT id, ts FROM ${topic.name} ORDER BY id`);
      assert.deepEqual(rows, [
        ['0', '2024-03-31 00:59:59.000000'],
        ['2', '2024-03-31 01:00:00.000000'],
      ]);
    }));

  it('updates, deletes by tombstone and with the row before; what is no row is passed over', () =>
    reading(async ({ topic, target, sync }) => {
      const write = await ticdcWriter(topic, [id, v], ['id'], { extension: true, before: true });
      for (const n of [1, 2, 3]) await write.put('c', { id: n, v: `v${n}` }, tso(n));
      await topic.raw(undefined, Buffer.from([1, ...Buffer.from('{"query":"ALTER"}')]));
      await topic.raw(undefined, Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 9]));
      await write.put('u', { id: 1, v: 'again' }, tso(10));
      await write.remove({ id: 2 });
      await write.put('d', { id: 3, v: 'v3' }, tso(11));
      assert.equal(assertOk(await sync()).counts.read, 6);
      assert.deepEqual(await target.run(`SELECT id, v FROM ${topic.name} ORDER BY id`), [['1', 'again']]);
      const { columns } = Object.fromEntries([
        ['columns', (await target.run(`SHOW COLUMNS FROM ${topic.name}`)).map(([n]) => n)],
      ]);
      assert.deepEqual(columns, ['id', 'v']);
    }));

  it('invariant 6: a key that is deleted and inserted in one commit keeps its row', () =>
    reading(async ({ topic, target, sync }) => {
      const write = await ticdcWriter(topic, [id, v], ['id'], { extension: true, before: true });
      await write.put('c', { id: 1, v: 'a' }, tso(1));
      await write.put('c', { id: 2, v: 'b' }, tso(1));
      assertOk(await sync());
      // What TiCDC makes of two rows that change places.
      for (const n of [1, 2]) await write.put('d', { id: n, v: 'x' }, tso(2));
      await write.put('c', { id: 2, v: 'a' }, tso(2));
      await write.put('c', { id: 1, v: 'b' }, tso(2));
      assertOk(await sync());
      assert.deepEqual(await target.run(`SELECT id, v FROM ${topic.name} ORDER BY id`), [
        ['1', 'b'],
        ['2', 'a'],
      ]);
    }));

  it('checksums of rows are verified, and what TiDB says of corruption is believed', () =>
    reading(async ({ topic, target, sync }) => {
      const columns = all.filter(({ name }) => !['wraps', 'exact'].includes(name));
      const write = await ticdcWriter(topic, columns, ['id'], { extension: true, checksum: true });
      const good = { _tidb_row_level_checksum: String(checksumOfRow()), _tidb_checksum_version: 2 };
      await write.put('c', row, tso(1), good);
      await write.put('c', { ...row, id: 2 }, tso(1), good);
      await write.put('c', { ...row, id: 3 }, tso(1), { _tidb_corrupted: true });
      await write.put('c', { ...row, id: 4 }, tso(1));
      assert.equal(assertOk(await sync({ max_rejects: 2 })).counts.rejected, 2);
      assert.deepEqual(await target.run(`SELECT id FROM ${topic.name} ORDER BY id`), [['1'], ['4']]);
      assert.deepEqual(await target.run('SELECT DISTINCT code FROM _millrace_rejects'), [['kafka.corrupted']]);
    }));

  it('a topic with dots has subjects with underscores', async () => {
    await using plain = await openTopic(1);
    await using dotted = await openTopic(1, `${plain.name}.shop.t`);
    await using target = await openDatabase('tidb');
    const subjects = {
      ...dotted,
      register: (part: 'key' | 'value', schema: object) =>
        dotted.register(part, schema, dotted.name.replaceAll('.', '_')),
    };
    const write = await ticdcWriter(subjects, [id, v], ['id'], {});
    await write.put('c', { id: 1, v: 'a' });
    const ends = { id: randomUUID(), from: kafkaUrl(), to: target.url };
    const { finished } = await runOnce(ends, { streams: [dotted.name], target: { table: 't' } });
    assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
    assert.deepEqual(await target.run('SELECT id, v FROM t'), [['1', 'a']]);
  });

  it('a message that no schema reads is kept with its place and its bytes', () =>
    reading(async ({ topic, target, sync }) => {
      const write = await ticdcWriter(topic, [id, v], ['id'], {});
      await write.put('c', { id: 1, v: 'a' });
      const valueId = await topic.register('value', (await import('./ticdc.ts')).ticdcSchema('t', [id, v], {}));
      await topic.raw(Buffer.from('k'), framed(valueId, Buffer.from([2, 3, 4])));
      await write.put('c', { id: 2, v: 'b' });
      assert.equal((await sync()).finished.error?.code, 'rejects.too-many');
      assert.equal(assertOk(await sync({ max_rejects: 1 })).counts.rejected, 1);
      const [[code, message, json] = []] = await target.run('SELECT code, message, row_json FROM _millrace_rejects');
      assert.equal(code, 'kafka.malformed');
      assert.match(message!, /\/0@1: /);
      const kept = JSON.parse(json!) as Record<string, string>;
      assert.deepEqual([kept._offset, kept._key], ['1', Buffer.from('k').toString('hex')]);
      assert.match(kept._value!, /^00.{8}020304$/);
      assert.deepEqual(await target.run(`SELECT id FROM ${topic.name} ORDER BY id`), [['1'], ['2']]);
    }));
});

/** The checksum of `row` without `wraps` and `exact`, put together by hand from the recipe. */
function checksumOfRow(): number {
  const word = (value: bigint) => {
    const eight = Buffer.alloc(8);
    eight.writeBigUInt64LE(BigInt.asUintN(64, value));
    return eight;
  };
  const double = (value: number) => {
    const eight = Buffer.alloc(8);
    eight.writeDoubleLE(value);
    return eight;
  };
  const sized = (value: string | Buffer) => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const parts = [
    word(1n),
    word(row.u),
    word(row.b),
    word(18446744073709551615n),
    double(row.f),
    double(row.g),
    sized(row.num),
    sized(row.txt),
    sized(row.bin),
    sized(row.d),
    sized(row.dt),
    sized('2024-07-01 10:00:00.5'),
    sized(row.t),
    word(2155n),
    word(0x2ffn),
    word(1n),
    word(5n),
    sized(row.j),
    sized(row.vec),
  ];
  return crc32(Buffer.concat(parts));
}
