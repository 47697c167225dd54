import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutRanges } from '../../connectors/sql/keyset.ts';
import { fc } from '../random.ts';

test('ranges cover every key exactly once, whatever the bounds', () => {
  const key = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(
      key,
      key,
      fc.integer({ min: 0, max: 10_000_000 }),
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 8 }),
      key,
      (a, b, rows, most, lanes, probe) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const ranges = cutRanges(low, high, rows, most, lanes);
        assert.ok(ranges.length >= 1 && ranges.length <= most);
        const holding = ranges.filter(
          ({ from, to }) => (from === undefined || probe >= BigInt(from)) && (to === undefined || probe < BigInt(to)),
        );
        assert.equal(holding.length, 1);
      },
    ),
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

test('lanes that run side by side get as many ranges each', () => {
  const counts = [1, 2, 3, 4, 5, 6, 7].map((ranges) => cutRanges(1n, 1_000_000n, ranges * 200_000, 16, 3).length);
  assert.deepEqual(counts, [1, 2, 3, 3, 3, 6, 6]);
});
