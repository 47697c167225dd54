import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  avroSchema,
  ByteSink,
  keySchema,
  keyStream,
  loadTextEncoder,
  SlabBuilder,
  valuesEncoder,
} from '../../connectors/avro/index.ts';
import { type Layout, OP, type StreamSchema } from '../../connectors/contract/index.ts';
import { keyRecord, type RowSource, recordShape } from '../../connectors/kafka/record-shape.ts';
import type { AvroRecord } from '../../connectors/kafka/registry.ts';
import { topicSchema } from '../../connectors/kafka/topic-schema.ts';
import type { Value } from '../../connectors/types/index.ts';
import { everyRow, everyType, holds, samples } from '../avro/sample.ts';
import { fc } from '../random.ts';
import { encodeAvro, ticdcSchema } from './ticdc.ts';

const topic = 'shop.every type';
const format = { format: 'confluent' } as const;
const own = avroSchema(everyType, 'typed') as AvroRecord;
/** The same fields as another writer would have registered them. */
const { millrace: _, ...bare } = own as AvroRecord & { millrace?: unknown };
const foreign = JSON.parse(
  JSON.stringify(bare, (key, value) => (key === 'millrace' ? undefined : value)),
) as AvroRecord;

/** Somewhere in a fetched answer: other records' bytes before and behind. */
function amid(record: Uint8Array): { bytes: Buffer; at: number; end: number } {
  const around = Buffer.from([2, 4, 255, 255, 0, 1]);
  return { bytes: Buffer.concat([around, record, around]), at: around.length, end: around.length + record.length };
}

function record(schema: StreamSchema, row: readonly Value[]): Buffer {
  const builder = new SlabBuilder(16);
  valuesEncoder(schema, 'typed')(row, builder);
  return Buffer.from(builder.take().bytes);
}

/** What a write appends; `undefined` where it is refused, and then nothing is appended. */
function appended(write: (into: SlabBuilder) => void): Buffer | undefined {
  const builder = new SlabBuilder(16);
  try {
    write(builder);
  } catch {
    assert.equal(builder.byteLength, 0);
    return undefined;
  }
  return Buffer.from(builder.take().bytes);
}

/** By way of values: what the copies must equal. */
function byValues({ schema, values }: RowSource, layout: Layout, lines: boolean): Buffer | undefined {
  return appended((into) => {
    if (!lines) return valuesEncoder(schema, layout)(values(), into);
    const avro = new SlabBuilder(16);
    valuesEncoder(schema, layout)(values(), avro);
    const sink = new ByteSink(16);
    loadTextEncoder(schema, layout).encode(avro.take(), 0, 1, sink);
    into.sink.append(sink.take());
    into.commitRow();
  });
}

const targets = [
  { name: 'lines', layout: 'text', lines: true },
  { name: 'Avro as text', layout: 'text', lines: false },
  { name: 'typed Avro', layout: 'typed', lines: false },
] as const;

const writers = [
  { name: 'our own', avro: own, stream: everyType },
  { name: 'foreign', avro: foreign, stream: topicSchema(topic, foreign, ['int64'], format) },
];

for (const { name, layout, lines } of targets) {
  describe(`records as ${name}`, () => {
    test('hold what the row was written from, for every value of every type', () => {
      const shape = recordShape({ topic, avro: own, format, layout, lines }, everyType);
      holds(everyRow, (row) => {
        const { bytes, at, end } = amid(record(everyType, row));
        assert.deepEqual(shape.read(bytes, at, end), { op: OP.put, seq: 0n });
        const wanted = byValues({ ...shape, values: () => [...row] }, layout, lines);
        assert.ok(wanted !== undefined);
        assert.deepEqual(appended(shape.write), wanted);
      });
    });

    for (const { name: writer, avro, stream } of writers) {
      test(`are what their values come to, also of broken bytes and of another order of columns: ${writer}`, () => {
        const turned = { ...stream, columns: stream.columns.toReversed().filter((_, i) => i % 5 !== 3) };
        const shapes = [stream, turned].map((to) => recordShape({ topic, avro, format, layout, lines }, to));
        const breaks = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
        let read = 0;
        holds(fc.tuple(everyRow, breaks, fc.option(fc.nat(), { freq: 2 })), ([row, broken, cut]) => {
          const whole = record(everyType, row);
          for (const [place, byte] of broken) whole[place % whole.length] = byte;
          const { bytes, at, end } = amid(cut === null ? whole : whole.subarray(0, cut % whole.length));
          for (const shape of shapes) {
            try {
              shape.read(bytes, at, end);
            } catch {
              continue;
            }
            read++;
            assert.deepEqual(appended(shape.write), byValues(shape, layout, lines));
          }
        });
        assert.ok(read > 100, `${read} could be read`);
      });
    }
  });
}

describe('keys', () => {
  for (const { name, type, value } of samples) {
    test(`are the same bytes as those of the row's values: ${name}`, () => {
      const schema: StreamSchema = { ...everyType, key: ['k'], columns: [{ name: 'k', type, nullable: false }] };
      const avro = keySchema(schema, 'typed') as AvroRecord;
      const key = keyStream(schema);
      for (const layout of ['text', 'typed'] as const) {
        const reads = keyRecord({ topic, avro, format, layout }, schema);
        holds(
          value,
          (one) => {
            const { bytes, at, end } = amid(record(key, [one]));
            reads.read(bytes, at, end);
            assert.deepEqual(
              appended(reads.write),
              appended((into) => valuesEncoder(key, layout)([one], into)),
            );
          },
          50,
        );
      }
    });
  }

  test('in more bytes than a number needs are the same key', () => {
    const schema: StreamSchema = {
      ...everyType,
      key: ['k'],
      columns: [{ name: 'k', type: { kind: 'integer', bits: 64, unsigned: false }, nullable: false }],
    };
    const reads = keyRecord({ topic, avro: keySchema(schema, 'typed') as AvroRecord, format, layout: 'text' }, schema);
    const both = [Buffer.from([6]), Buffer.from([0x86, 0x80, 0])].map((bytes) => {
      reads.read(bytes, 0, bytes.length);
      return appended(reads.write);
    });
    assert.deepEqual(both, [Buffer.from([6]), Buffer.from([6])]);
  });
});

test('of a record of TiCDC the row is taken and what was added is told', () => {
  const columns = [
    { name: 'id', type: 'long', parameters: { tidb_type: 'BIGINT' } },
    { name: 'd', type: 'string', parameters: { tidb_type: 'DECIMAL' }, nullable: true },
    { name: 'b', type: 'bytes', parameters: { tidb_type: 'BIT', length: '9' }, nullable: true },
  ];
  const avro = ticdcSchema('orders', columns, { extension: true, before: true, checksum: true }) as AvroRecord;
  const ticdc = { format: 'ticdc' } as const;
  const stream = topicSchema('orders', avro, ['id'], ticdc);
  const shape = recordShape({ topic: 'orders', avro, format: ticdc, layout: 'text', lines: true }, stream);
  const row = { id: -7n, d: '0010.50', b: Buffer.from([5]), _ticdc_before: null };
  const told = { _tidb_op: 'u', _tidb_commit_ts: 21n, _tidb_commit_physical_time: 9n };
  const sums = { _tidb_row_level_checksum: '', _tidb_corrupted: false, _tidb_checksum_version: 0 };
  const bytes = encodeAvro(avro, { ...row, ...told, ...sums });
  assert.deepEqual(shape.read(bytes, 0, bytes.length), { op: OP.put, seq: 43n, at: 9 });
  assert.equal(appended(shape.write)?.toString(), '-7\t10.50\t5\n');
});

test('invariant 2: a text that is not UTF-8 is refused', () => {
  const schema: StreamSchema = {
    ...everyType,
    key: ['id'],
    columns: [{ name: 'id', type: { kind: 'text', length: 9 }, nullable: false }],
  };
  const bytes = Buffer.from([4, 0x61, 0xff]);
  for (const { layout, lines } of targets) {
    const avro = avroSchema(schema, 'typed') as AvroRecord;
    const shape = recordShape({ topic, avro, format, layout, lines }, schema);
    shape.read(bytes, 0, bytes.length);
    assert.equal(appended(shape.write), undefined);
    assert.throws(shape.values, /UTF-8/);
  }
});
