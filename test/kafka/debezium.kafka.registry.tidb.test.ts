import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { openDatabase, type Ran, runOnce, type TestDatabase } from '../pipeline.ts';
import { type DebeziumColumn, debeziumAvro, debeziumJson, type Publish } from './debezium.ts';
import { kafkaUrl, openTopic, type TestTopic } from './produce.ts';

const id: DebeziumColumn = { name: 'id', type: 'int64' };
const v: DebeziumColumn = { name: 'v', type: 'string', optional: true };
const named = (name: string, type: string, meaning: string, parameters?: Record<string, string>): DebeziumColumn => ({
  name,
  type,
  meaning,
  optional: true,
  ...(parameters === undefined ? {} : { parameters }),
});

/** Column, value as sent, text at the target. */
const values: readonly [DebeziumColumn, unknown, string][] = [
  [id, 9007199254740993n, '9007199254740993'],
  [{ name: 's', type: 'int16' }, -3, '-3'],
  [{ name: 'b', type: 'boolean' }, true, '1'],
  [{ name: 'g', type: 'float64' }, 0.1, '0.1'],
  [
    named('num', 'bytes', 'org.apache.kafka.connect.data.Decimal', { scale: '2', 'connect.decimal.precision': '10' }),
    Buffer.from([0xfe, 0xd4]),
    '-3.00',
  ],
  [named('d', 'int32', 'io.debezium.time.Date'), 19782, '2024-02-29'],
  [named('t', 'int64', 'io.debezium.time.MicroTime'), -3_600_000_001n, '-01:00:00.000001'],
  [named('tm', 'int32', 'org.apache.kafka.connect.data.Time'), 86_399_999, '23:59:59.999'],
  [named('dt3', 'int64', 'io.debezium.time.Timestamp'), 1_709_251_199_123n, '2024-02-29 23:59:59.123'],
  [named('dt6', 'int64', 'io.debezium.time.MicroTimestamp'), -1n, '1969-12-31 23:59:59.999999'],
  [
    named('z', 'string', 'io.debezium.time.ZonedTimestamp'),
    '2024-07-01T12:00:00.5+02:00',
    '2024-07-01 10:00:00.500000',
  ],
  [named('y', 'int32', 'io.debezium.time.Year'), 2155, '2155'],
  [named('bits', 'bytes', 'io.debezium.data.Bits', { length: '10' }), Buffer.from([0xff, 2]), '2FF'],
  [named('e', 'string', 'io.debezium.data.Enum', { allowed: 'a\\,b,c' }), 'a,b', 'a,b'],
  [named('st', 'string', 'io.debezium.data.EnumSet', { allowed: 'x,y,z' }), 'x,z', 'x,z'],
  [named('j', 'string', 'io.debezium.data.Json'), '{"a": 1}', '{"a": 1}'],
  [{ name: 'raw', type: 'bytes', optional: true }, Buffer.from([0, 255]), '00FF'],
  [
    {
      name: 'u',
      type: 'int64',
      parameters: { '__debezium.source.column.type': 'BIGINT UNSIGNED' },
    },
    -1n,
    '18446744073709551615',
  ],
  [
    {
      name: 'ds',
      type: 'string',
      parameters: {
        '__debezium.source.column.type': 'DECIMAL',
        '__debezium.source.column.length': '20',
        '__debezium.source.column.scale': '3',
      },
    },
    '12345678901234567.125',
    '12345678901234567.125',
  ],
];

type Open = (topic: TestTopic, columns: readonly DebeziumColumn[]) => Promise<Publish>;

const kinds: readonly { readonly name: string; readonly options: Record<string, string>; readonly open: Open }[] = [
  { name: 'Avro', options: {}, open: (topic, columns) => debeziumAvro(topic, columns, 'id') },
  {
    name: 'JSON',
    options: { format: 'debezium-json' },
    open: async (topic, columns) => debeziumJson(topic, columns, 'id'),
  },
];

function assertOk({ finished }: Ran): Ran['finished'] {
  assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
  return finished;
}

for (const { name, options, open } of kinds) {
  const reading = async (body: (topic: TestTopic, target: TestDatabase, sync: () => Promise<Ran>) => Promise<void>) => {
    await using topic = await openTopic(1);
    await using target = await openDatabase('tidb');
    const ends = { id: randomUUID(), from: kafkaUrl(options), to: target.url };
    await body(topic, target, () => runOnce(ends, { streams: [topic.name] }));
  };

  describe(`Debezium's envelopes in ${name}`, { concurrency: 2 }, () => {
    it('invariant 2: every meaning that it gives a type', () =>
      reading(async (topic, target, sync) => {
        const publish = await open(
          topic,
          values.map(([column]) => column),
        );
        const row = Object.fromEntries(values.map(([column, value]) => [column.name, value]));
        const nulls = Object.fromEntries(values.map(([{ name, optional }, value]) => [name, optional ? null : value]));
        await publish({ id: row.id }, { op: 'c', after: row });
        await publish({ id: 1n }, { op: 'r', after: { ...nulls, id: 1n } });
        assertOk(await sync());
        const names = values.map(([{ name }]) => (/^(raw|bits)$/.test(name) ? `HEX(${name})` : name)).join(', ');
        const rows = await target.run(
          `SET time_zone = '+00:00'`,
          `SELECT ${names} FROM ${topic.name} ORDER BY id DESC`,
        );
        assert.deepEqual(
          rows[0],
          values.map(([, , text]) => text),
        );
        const isNull = values.flatMap(([{ optional }], i) => (optional ? [rows[1]![i]] : []));
        assert.deepEqual(new Set(isNull), new Set([null]));
      }));

    it('inserts, updates, deletes with what follows them, and another key', () =>
      reading(async (topic, target, sync) => {
        const publish = await open(topic, [id, v]);
        for (const n of [1n, 2n, 3n]) await publish({ id: n }, { op: 'c', after: { id: n, v: `v${n}` } });
        await publish({ id: 1n }, { op: 'u', before: { id: 1n, v: 'v1' }, after: { id: 1n, v: null } });
        await publish({ id: 2n }, { op: 'd', before: { id: 2n, v: 'v2' } });
        await publish({ id: 2n }, undefined);
        await publish({ id: 3n }, { op: 'd', before: { id: 3n, v: 'v3' } });
        await publish({ id: 4n }, { op: 'c', after: { id: 4n, v: 'v3' } });
        assert.equal(assertOk(await sync()).counts.read, 7);
        assert.deepEqual(await target.run(`SELECT id, v FROM ${topic.name} ORDER BY id`), [
          ['1', null],
          ['4', 'v3'],
        ]);
      }));

    it('invariant 6: by GTID a resend never takes a row back, also after a failover, and no change of one transaction is lost', () =>
      reading(async (topic, target, sync) => {
        const publish = await open(topic, [id, v]);
        const server = (letter: string) => `${letter.repeat(8)}-0000-0000-0000-000000000000`;
        const log: [string, string | null][] = [
          [`${server('a')}:7`, 'one'],
          [`${server('a')}:9`, 'two'],
          [`${server('a')}:9`, 'three'],
          [`${server('b')}:1`, 'four'],
          [`${server('b')}:2`, null],
        ];
        const send = async (from: number, to: number) => {
          for (const [gtid, text] of log.slice(from, to)) {
            const change =
              text === null ? { op: 'd', before: { id: 1n, v: 'x' } } : { op: 'u', after: { id: 1n, v: text } };
            await publish({ id: 1n }, { ...change, gtid });
          }
          assertOk(await sync());
          return (await target.run(`SELECT v FROM ${topic.name}`)).flat();
        };
        assert.deepEqual(await send(0, 2), ['two']);
        assert.deepEqual(await send(2, 4), ['four']);
        assert.deepEqual(await send(0, 1), ['four']);
        assert.deepEqual(await send(3, 5), []);
        assert.deepEqual(await send(0, 1), []);
        await publish({ id: 1n }, { op: 'c', after: { id: 1n, v: 'five' }, gtid: `${server('b')}:3` });
        assertOk(await sync());
        assert.deepEqual(await target.run(`SELECT v FROM ${topic.name}`), [['five']]);
      }));

    it('TRUNCATE stops', () =>
      reading(async (topic, _target, sync) => {
        const publish = await open(topic, [id, v]);
        await publish({ id: 1n }, { op: 'c', after: { id: 1n, v: 'x' } });
        await publish({ id: 1n }, { op: 't' });
        const { finished } = await sync();
        assert.equal(finished.error?.code, 'cdc.not-followed', JSON.stringify(finished.error));
      }));

    it('DECIMAL that was sent as double is refused', () =>
      reading(async (topic, _target, sync) => {
        const rounded = { name: 'p', type: 'float64', parameters: { '__debezium.source.column.type': 'DECIMAL' } };
        const publish = await open(topic, [id, rounded]);
        await publish({ id: 1n }, { op: 'c', after: { id: 1n, p: 0.1 } });
        const { finished } = await sync();
        assert.equal(finished.error?.code, 'value.inexact', JSON.stringify(finished.error));
      }));
  });
}
