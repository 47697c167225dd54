import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutRanges } from '../../connectors/sql/keyset.ts';

const seed = process.env.MILLRACE_TEST_SEED;
const parameters = seed === undefined ? {} : { seed: Number(seed) };

test('ranges cover every key exactly once, whatever the bounds', () => {
  const key = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(
      key,
      key,
      fc.integer({ min: 0, max: 10_000_000 }),
      fc.integer({ min: 1, max: 64 }),
      key,
      (a, b, rows, most, probe) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const ranges = cutRanges(low, high, rows, most);
        assert.ok(ranges.length >= 1 && ranges.length <= most);
        const holding = ranges.filter(
          ({ from, to }) => (from === undefined || probe >= BigInt(from)) && (to === undefined || probe < BigInt(to)),
        );
        assert.equal(holding.length, 1);
      },
    ),
    parameters,
  );
});

test('a small table is one range; a large one is cut evenly', () => {
  assert.deepEqual(cutRanges(1n, 1000n, 1000, 16), [{}]);
  assert.deepEqual(cutRanges(1n, 1_000_000n, 800_000, 4), [
    { to: '250001' },
    { from: '250001', to: '500001' },
    { from: '500001', to: '750001' },
    { from: '750001' },
  ]);
});
