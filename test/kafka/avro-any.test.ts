import assert from 'node:assert/strict';
import { it } from 'node:test';
import { anyReader } from '../../connectors/kafka/avro-any.ts';
import { fc } from '../random.ts';
import { encodeAvro } from './ticdc.ts';

const inner = {
  type: 'record',
  name: 'Inner',
  fields: [
    { name: 'l', type: 'long' },
    { name: 'list', type: { type: 'array', items: ['null', 'string'] } },
  ],
};
const schema = {
  type: 'record',
  name: 'Outer',
  namespace: 'a.b',
  fields: [
    { name: 'flag', type: 'boolean' },
    { name: 'i', type: 'int' },
    { name: 'd', type: 'double' },
    { name: 'one', type: ['null', inner] },
    { name: 'two', type: ['Inner', 'null'] },
    { name: 'map', type: { type: 'map', values: 'bytes' } },
    { name: 'e', type: { type: 'enum', name: 'E', symbols: ['A', 'B'] } },
    { name: 'f', type: { type: 'fixed', name: 'F', size: 3 } },
  ],
};

const innerValue = fc.record({
  l: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  list: fc.array(fc.oneof(fc.constant(null), fc.string())),
});
const bytes = (constraints: { minLength?: number; maxLength?: number } = {}) =>
  fc.uint8Array(constraints).map((array) => Buffer.from(array));

it('any value that avsc writes is read, to its last byte', () => {
  const value = fc.record({
    flag: fc.boolean(),
    i: fc.integer(),
    d: fc.double({ noNaN: true }),
    one: fc.option(innerValue),
    two: fc.option(innerValue),
    map: fc.dictionary(fc.string({ minLength: 1 }), bytes()),
    e: fc.constantFrom('A', 'B'),
    f: bytes({ minLength: 3, maxLength: 3 }),
  });
  const read = anyReader(schema);
  fc.assert(
    fc.property(value, (one) => {
      const from = { bytes: encodeAvro(schema, one), at: 0 };
      assert.deepEqual(structuredClone(read(from)), structuredClone(one));
      assert.equal(from.at, from.bytes.length);
    }),
  );
});

it('a type that is not known is refused when it is compiled', () => {
  assert.throws(
    () => anyReader({ type: 'record', name: 'X', fields: [{ name: 'next', type: 'X' }] }),
    /no reader for X/,
  );
});
