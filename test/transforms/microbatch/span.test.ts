import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  batchCeiling,
  batchesOf,
  batchName,
  batchSizes,
  batchStart,
  momentOf,
  momentText,
} from '../../../transforms/microbatch/span.ts';
import { fc } from '../../random.ts';

const moments = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000));
const sizes = fc.constantFrom(...batchSizes);

test('batches follow each other without a gap, from the begin to the end, and each has a name of its own', () => {
  fc.assert(
    fc.property(
      moments,
      fc.integer({ min: 1, max: 40 }),
      fc.nat({ max: 86_399 }),
      sizes,
      (moment, count, seconds, size) => {
        const start = batchStart(moment, size);
        const end = new Date(batchStart(start, size, count).getTime() - seconds * 1000);
        if (end <= start) return;
        const batches = batchesOf({ start, end }, size);
        assert.deepEqual([batches[0]!.start, batches.at(-1)!.end], [start, end]);
        for (const [at, batch] of batches.entries()) {
          assert.ok(batch.start < batch.end);
          assert.deepEqual(batchStart(batch.start, size), batch.start);
          if (at > 0) assert.deepEqual(batch.start, batches[at - 1]!.end);
        }
        assert.equal(new Set(batches.map((batch) => batchName(batch, size))).size, batches.length);
      },
    ),
  );
});

test('a moment lies in its batch, and the ceiling is the next begin or itself', () => {
  fc.assert(
    fc.property(moments, sizes, fc.integer({ min: -30, max: 30 }), (moment, size, offset) => {
      const start = batchStart(moment, size);
      assert.ok(start <= moment && moment < batchStart(moment, size, 1));
      assert.deepEqual(batchStart(batchStart(moment, size, offset), size, -offset), start);
      const ceiling = batchCeiling(moment, size);
      assert.deepEqual(ceiling, start.getTime() === moment.getTime() ? start : batchStart(moment, size, 1));
      assert.deepEqual(momentOf(momentText(moment)), moment);
      assert.deepEqual(momentOf(momentText(moment, 'T')), moment);
    }),
  );
});

test('moments are read with and without a time and an offset, and nothing else is', () => {
  const read = (text: string) => momentOf(text)?.toISOString();
  assert.equal(read('2026-01-31'), '2026-01-31T00:00:00.000Z');
  assert.equal(read('2026-01-31 12:30'), '2026-01-31T12:30:00.000Z');
  assert.equal(read('2026-01-31T12:30:05.25Z'), '2026-01-31T12:30:05.000Z');
  assert.equal(read('2026-01-31 01:00:00+02:00'), '2026-01-30T23:00:00.000Z');
  assert.equal(read('2026-01-31 01:00:00-0130'), '2026-01-31T02:30:00.000Z');
  for (const text of ['', '2026', '2026-02-31', '2026-13-01', '2026-01-31 24:00', 'now', '31.01.2026'])
    assert.equal(read(text), undefined, text);
});
