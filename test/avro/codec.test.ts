import assert from 'node:assert/strict';
import { test } from 'node:test';
import avro from 'avsc';
import {
  avroSchema,
  ByteSink,
  keySchema,
  keyStream,
  loadTextEncoder,
  recordFields,
  rowJson,
  SlabBuilder,
  streamSchema,
  textRowDecoder,
  textRowEncoder,
  valuesDecoder,
  valuesEncoder,
} from '../../connectors/avro/index.ts';
import { type Layout, loadedColumns } from '../../connectors/contract/index.ts';
import { bitNumber, type Value } from '../../connectors/types/index.ts';
import { longs } from './oracle-long.ts';
import { everyRow, everyType, holds, parseLoadText, shortest32, textRow } from './sample.ts';

const layouts: readonly Layout[] = ['text', 'typed'];

function oracle(layout: Layout): avro.Type {
  return avro.Type.forSchema(avroSchema(everyType, layout) as avro.Schema, {
    typeHook: (schema) => {
      const isLong = schema === 'long' || (typeof schema === 'object' && 'type' in schema && schema.type === 'long');
      return isLong ? longs : undefined;
    },
    wrapUnions: false,
  });
}

/** What the oracle must read for a value. */
function expected(value: Value, form: ReturnType<typeof recordFields>[number]['form']): unknown {
  if (value === null) return null;
  if (form.as === 'bytes' || form.as === 'bit') return Buffer.from(value);
  assert.ok(typeof value === 'string');
  switch (form.as) {
    case 'boolean':
      return value === '1';
    case 'float':
      return Math.fround(Number(value));
    case 'double':
      return Number(value);
    case 'long':
    case 'year':
      return value;
    case 'decimal':
      return BigInt(value.replace('.', ''));
    default:
      return value;
  }
}

function read(value: unknown, as: string): unknown {
  if (value === null) return null;
  if (as === 'long' || as === 'year') return String(value);
  if (as === 'decimal') return BigInt.asIntN((value as Buffer).length * 8, bitNumber(value as Buffer));
  return value;
}

for (const layout of layouts) {
  test(`avsc reads every value of every type, layout ${layout}`, () => {
    const type = oracle(layout);
    const fields = recordFields(everyType, layout);
    const encode = valuesEncoder(everyType, layout);
    holds(everyRow, (row) => {
      const builder = new SlabBuilder();
      encode(row, builder);
      const record = type.fromBuffer(Buffer.from(builder.take().bytes)) as Record<string, unknown>;
      fields.forEach(({ name, form }, i) => {
        assert.deepEqual(read(record[name], form.as), expected(row[i]!, form), name);
      });
    });
  });

  test(`values come back as they were, layout ${layout}`, () => {
    const encode = valuesEncoder(everyType, layout);
    const decode = valuesDecoder(everyType, layout);
    holds(everyRow, (row) => {
      const builder = new SlabBuilder(16);
      encode(row, builder);
      encode(row, builder);
      assert.deepEqual(
        decode(builder.take(), 1).map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value)),
        row.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value)),
      );
    });
  });

  test(`a text row becomes the same bytes as its values, and LOAD DATA text that reads the same, layout ${layout}`, () => {
    const fromText = textRowEncoder(everyType, layout, { maxRowBytes: 1 << 20, exact: ['varchar'] });
    const fromValues = valuesEncoder(everyType, layout);
    const toText = loadTextEncoder(everyType, layout);
    const columns = loadedColumns(everyType);
    holds(everyRow, (row) => {
      const packet = Buffer.concat([Buffer.from('head'), textRow([...row, '1']), Buffer.from('tail')]);
      const a = new SlabBuilder(16);
      const b = new SlabBuilder(16);
      for (let i = 0; i < 3; i += 1) {
        assert.equal(fromText.encode(packet, 4, packet.length - 4, a), undefined);
        fromValues(row, b);
      }
      const slab = a.take();
      assert.deepEqual(slab, b.take());
      const sink = new ByteSink(8);
      toText.encode(slab, 1, 3, sink);
      const lines = parseLoadText(sink.take());
      assert.equal(lines.length, 2);
      columns.forEach(({ name, type }, i) => {
        assert.deepEqual(loaded(lines[1]![i]!, type), wanted(row[i]!, type), name);
      });
    });
  });
}

type Type = (typeof everyType)['columns'][number]['type'];

function loaded(value: Buffer | null, type: Type): unknown {
  if (value === null) return null;
  if (type.kind === 'float') return type.bits === 32 ? Math.fround(Number(value)) : Number(value);
  return type.kind === 'bytes' ? value : value.toString();
}

function wanted(value: Value, type: Type): unknown {
  if (value === null) return null;
  if (type.kind === 'bit') return bitNumber(value as Uint8Array).toString();
  if (type.kind === 'year') return String(value).padStart(4, '0');
  if (type.kind === 'float') return type.bits === 32 ? Math.fround(Number(value)) : Number(value);
  return type.kind === 'bytes' ? Buffer.from(value as Uint8Array) : value;
}

test('the largest FLOAT is loaded as the double that it is', () => {
  const schema = {
    stream: { namespace: '', name: 'f' },
    columns: [{ name: 'f', type: { kind: 'float', bits: 32, unsigned: false }, nullable: false }],
  } as const;
  const builder = new SlabBuilder();
  valuesEncoder(schema, 'text')(['3.4028235e+38'], builder);
  const sink = new ByteSink();
  loadTextEncoder(schema, 'text').encode(builder.take(), 0, 1, sink);
  assert.equal(Buffer.from(sink.take()).toString(), '3.4028234663852886e+38\n');
});

test('numbers padded by ZEROFILL lose the zeros', () => {
  const columns = [
    { name: 'a', type: { kind: 'integer', bits: 64, unsigned: true, zerofill: true }, nullable: false },
    { name: 'b', type: { kind: 'decimal', precision: 10, scale: 2, unsigned: true }, nullable: false },
    { name: 'c', type: { kind: 'integer', bits: 32, unsigned: true, zerofill: true }, nullable: false },
  ] as const;
  const schema = { stream: { namespace: '', name: 'z' }, columns };
  for (const layout of layouts) {
    for (const [row, want] of [
      [
        ['00000000000000000042', '00000012.50', '00007'],
        ['42', '12.50', '7'],
      ],
      [
        ['00000000000000000000', '00000000.00', '00000'],
        ['0', '0.00', '0'],
      ],
    ] as const) {
      const builder = new SlabBuilder();
      const packet = textRow(row);
      textRowEncoder(schema, layout, { maxRowBytes: 99, exact: [] }).encode(packet, 0, packet.length, builder);
      assert.deepEqual(valuesDecoder(schema, layout)(builder.take(), 0), want);
    }
  }
});

test('long vectors, whose text is longer than their bytes, leave room for the fields behind them', () => {
  const columns = [
    { name: 'a', type: { kind: 'vector' }, nullable: false },
    { name: 'b', type: { kind: 'text' }, nullable: false },
    { name: 'c', type: { kind: 'vector' }, nullable: true },
    { name: 'd', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false },
  ] as const;
  const schema = { stream: { namespace: '', name: 'v' }, columns };
  // The shortest text of these is 14 characters; the hex of their bytes 8.
  const numbers = Float32Array.from({ length: 16_000 }, (_, i) => -1.2345678e-30 * (i + 1));
  const hex = Buffer.from(numbers.buffer).toString('hex');
  const text = `[${[...numbers].map(shortest32).join(',')}]`;
  assert.ok(text.length > hex.length * 1.3);
  const packet = textRow([hex, 'x'.repeat(70_000), hex, '-5']);
  for (const layout of layouts) {
    const builder = new SlabBuilder();
    const encoder = textRowEncoder(schema, layout, { maxRowBytes: 1 << 20, exact: [] });
    for (let row = 0; row < 3; row++) assert.equal(encoder.encode(packet, 0, packet.length, builder), undefined);
    const slab = builder.take();
    const decode = valuesDecoder(schema, layout);
    for (let row = 0; row < 3; row++) assert.deepEqual(decode(slab, row), [text, 'x'.repeat(70_000), text, '-5']);
  }
});

test('rows that cannot be delivered are problems that leave the builder as it was', () => {
  const columns = [
    { name: 'i', type: { kind: 'integer', bits: 64, unsigned: false }, nullable: false },
    { name: 't', type: { kind: 'text' }, nullable: true },
    { name: 'e', type: { kind: 'enum', members: ['1', '2', '0'] }, nullable: true },
    { name: 's', type: { kind: 'set', members: ['1', '2', 'x'] }, nullable: true },
  ] as const;
  const schema = { stream: { namespace: '', name: 'p' }, columns };
  const encoder = textRowEncoder(schema, 'text', { maxRowBytes: 300, exact: ['t', 'e'] });
  const builder = new SlabBuilder();
  /** A row of `i`, `t`, `e`, whether `t` and `e` are exact, and `s`. */
  const tried = (i: Value, t: Value, e: Value, tExact = '1', eExact = '1', set: Value = null) => {
    const packet = textRow([i, t, e, set, tExact, eExact]);
    return encoder.encode(packet, 0, packet.length, builder);
  };
  const long = 'ü'.repeat(40);
  assert.equal(tried('1', 'ok', '2', '1', '1', '1,2,x'), undefined);
  assert.deepEqual([tried('1', null, null), tried('-9223372036854775808', long, '0')], [undefined, undefined]);
  const length = builder.byteLength;
  const codes = [
    tried('1', 'x'.repeat(300), null),
    tried('1', 'x', null, '0', '1'),
    tried('1', 'x', '2', '1', '0'),
    tried('1', Buffer.from([0xc3]), null),
    tried('1', Buffer.from(`${long}\xff`, 'latin1'), null),
    tried('9223372036854775808', null, null),
    tried('-9223372036854775809', null, null),
    tried('1x', null, null),
    tried('', null, null),
    tried(null, null, null),
    tried('1', null, '3'),
    tried('1', null, null, '1', '1', '3'),
    tried('1', null, null, '1', '1', '1,3'),
  ].map((problem) => `${problem?.code} ${problem?.column}`);
  assert.deepEqual(codes, [
    'row.too-large undefined',
    'value.inexact t',
    'value.inexact e',
    'value.malformed t',
    'value.malformed t',
    ...Array(5).fill('value.malformed i'),
    'value.malformed e',
    'value.malformed s',
    'value.malformed s',
  ]);
  assert.deepEqual([builder.rows, builder.byteLength], [3, length]);
  const few = textRow(['1', 'x', null, null, '1']);
  const many = textRow(['1', 'x', null, null, '1', '1', '1']);
  for (const packet of [few, many]) {
    assert.throws(() => encoder.encode(packet, 0, packet.length, builder), { code: 'internal.unexpected' });
  }
});

test('a slab grows by doubling and is handed over whole', () => {
  const builder = new SlabBuilder(16);
  const schema = {
    stream: { namespace: '', name: 's' },
    columns: [{ name: 't', type: { kind: 'text' }, nullable: false }],
  } as const;
  const encode = valuesEncoder(schema, 'text');
  for (let i = 0; i < 5000; i += 1) encode([`row ${i}`], builder);
  const slab = builder.take();
  assert.equal(slab.ends.length, 5000);
  assert.equal(builder.rows, 0);
  encode(['other'], builder);
  assert.deepEqual(valuesDecoder(schema, 'text')(slab, 4999), ['row 4999']);
  assert.deepEqual(valuesDecoder(schema, 'text')(slab, 0), ['row 0']);
});

test('the stream comes back from its Avro schema, without what changes from run to run', () => {
  for (const layout of layouts) {
    const stated = { ...everyType, rows: 5, bytes: 7, nextAutoIncrement: '9' };
    const json = JSON.parse(JSON.stringify(avroSchema(stated, layout))) as object;
    assert.deepEqual(streamSchema(json, everyType.stream), everyType);
  }
  assert.throws(() => streamSchema({ type: 'record' }, everyType.stream), { code: 'avro.foreign-schema' });
});

test('keys are records of the key columns in key order', () => {
  const schema = { ...everyType, key: ['varchar', 'int64'] };
  assert.deepEqual(
    keyStream(schema).columns.map(({ name }) => name),
    ['varchar', 'int64'],
  );
  const type = avro.Type.forSchema(keySchema(schema, 'typed') as avro.Schema);
  const builder = new SlabBuilder();
  valuesEncoder(keyStream(schema), 'typed')(['é', '-5'], builder);
  assert.deepEqual({ ...(type.fromBuffer(Buffer.from(builder.take().bytes)) as object) }, { varchar: 'é', int64: -5 });
  assert.throws(() => keySchema({ ...everyType, key: ['missing'] }, 'text'), { code: 'internal.unexpected' });
});

test('a row is shown as JSON: bytes, and text that is not UTF-8, as hex', () => {
  const columns = [
    { name: 'a', type: { kind: 'text' }, nullable: true },
    { name: '__proto__', type: { kind: 'bytes' }, nullable: true },
    { name: 'c', type: { kind: 'text' }, nullable: true },
    { name: 'd', type: { kind: 'integer', bits: 64, unsigned: false }, nullable: true },
  ] as const;
  const schema = { stream: { namespace: '', name: 'j' }, columns };
  const packet = textRow(['é"', Buffer.from([0, 255]), Buffer.from([0xc3]), '9223372036854775807', '1']);
  const values = textRowDecoder(schema)(packet, 0, packet.length);
  assert.equal(rowJson(schema, values), '{"a":"é\\"","__proto__":"00ff","c":"c3","d":"9223372036854775807"}');
});
