import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ByteSink,
  lineDecoder,
  loadTextEncoder,
  SlabBuilder,
  textLineEncoder,
  textRowEncoder,
  valuesDecoder,
} from '../../connectors/avro/index.ts';
import type { StreamSchema } from '../../connectors/contract/index.ts';
import type { Value } from '../../connectors/types/index.ts';
import { fc } from '../random.ts';
import { everyRow, everyType, holds, samples, textRow } from './sample.ts';

const options = { maxRowBytes: 1 << 20, exact: ['varchar'] };

/** What becomes of rows by each of the two ways: lines, and what was refused. */
function bothWays(schema: StreamSchema, rows: readonly (readonly Value[])[]) {
  const [direct, avro] = [textLineEncoder(schema, options), textRowEncoder(schema, 'text', options)];
  const [lines, records] = [new SlabBuilder(16), new SlabBuilder(16)];
  const problems = { direct: [] as unknown[], avro: [] as unknown[] };
  for (const row of rows) {
    const packet = Buffer.concat([Buffer.from('head'), textRow(row), Buffer.from('0tail')]);
    problems.direct.push(direct.encode(packet, 4, packet.length - 5, lines));
    problems.avro.push(avro.encode(packet, 4, packet.length - 5, records));
  }
  const [line, record] = [lines.take(), records.take()];
  const sink = new ByteSink(8);
  loadTextEncoder(schema, 'text').encode(record, 0, record.ends.length, sink);
  return { line, record, problems, printed: Buffer.from(sink.take()) };
}

/** Texts near those that numbers have. */
const nearlyNumber = fc.oneof(
  fc.stringMatching(/^-?\d{0,20}$/),
  fc.stringMatching(/^-?0{0,3}\d{0,16}(\.\d{0,8}0?)?$/),
  fc.stringMatching(/^-?\d\.?\d{0,3}e[+-]?\d{1,2}$/),
  fc.stringMatching(/^[-+. 0-9ex]{0,6}$/),
  fc.constantFrom(
    '0',
    '-0',
    '0.0',
    '-0.0',
    '00',
    '.5',
    '5.',
    '0.000001',
    '0.0000001',
    '999999999999999',
    '-9223372036854775808',
  ),
);
const anything = fc.oneof(
  nearlyNumber,
  fc.uint8Array({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
);

describe('a line', () => {
  test('is what LOAD DATA is given by way of Avro, for every value of every type', () => {
    holds(everyRow, (row) => {
      const { line, printed, problems } = bothWays(everyType, [
        [...row, '1'],
        [...row, '0'],
        [...row, '1'],
      ]);
      assert.deepEqual(problems.direct, problems.avro);
      assert.equal(line.ends.length, 2);
      assert.deepEqual(Buffer.from(line.bytes), printed);
    });
  });

  for (const { name, type } of samples) {
    test(`takes and refuses what Avro does, in the same words: ${name}`, () => {
      const schema: StreamSchema = {
        stream: { namespace: 'shop', name: 't' },
        columns: [
          { name: 'varchar', type, nullable: false },
          { name: 'next', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: true },
        ],
      };
      const row = fc.tuple(fc.option(anything, { freq: 20 }), fc.constantFrom('7', null), fc.constant('1'));
      holds(fc.array(row, { minLength: 1, maxLength: 4 }), (rows) => {
        const { line, printed, problems } = bothWays(schema, rows);
        assert.deepEqual(problems.direct, problems.avro);
        assert.deepEqual(Buffer.from(line.bytes), printed);
      });
    });
  }

  test('is read as the values that went into it', () => {
    const [fromLine, fromAvro] = [lineDecoder(everyType), valuesDecoder(everyType, 'text')];
    holds(everyRow, (row) => {
      const { line, record } = bothWays(everyType, [
        [...row, '1'],
        [...row, '1'],
      ]);
      const plain = (value: Value) => (value instanceof Uint8Array ? Buffer.from(value) : value);
      for (const at of [0, 1]) assert.deepEqual(fromLine(line, at).map(plain), fromAvro(record, at).map(plain));
    });
  });

  test('is refused where the row is too large, or has other columns', () => {
    const encoder = textLineEncoder(everyType, { ...options, maxRowBytes: 10 });
    assert.equal(encoder.encode(Buffer.alloc(11), 0, 11, new SlabBuilder())?.code, 'row.too-large');
    const whole = textLineEncoder(everyType, options);
    assert.throws(() => whole.encode(Buffer.from([1, 48]), 0, 2, new SlabBuilder()), /columns/);
  });
});
