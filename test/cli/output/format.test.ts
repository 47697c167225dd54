import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  clip,
  displayWidth,
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatRounded,
  plural,
  printable,
} from '../../../cli/output/format.ts';

describe('numbers for people', () => {
  it('sizes', () => {
    const cases = [0, 1023, 1024, 1536, 10_240, 134_217_728, 5e12, 1e18];
    assert.deepEqual(cases.map(formatBytes), [
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 KiB',
      '10 KiB',
      '128 MiB',
      '4.5 TiB',
      '888 PiB',
    ]);
  });
  it('counts', () => {
    assert.equal(formatCount(1234567), '1 234 567');
    assert.equal(formatCount(12345678901234567890n), '12 345 678 901 234 567 890');
    assert.deepEqual([999, 1500, 41_000, 8_400_000, 2e9].map(formatRounded), [
      '999',
      '1.5 k',
      '41 k',
      '8.4 M',
      '2.0 G',
    ]);
    assert.deepEqual([plural(1, 'row'), plural(0, 'row'), plural(2000, 'row')], ['1 row', '0 rows', '2 000 rows']);
  });
  it('durations, ages, rates', () => {
    const cases = [0.04, 9.94, 9.96, 59, 252, 11_100, 183_600];
    assert.deepEqual(cases.map(formatDuration), [
      '0.0 s',
      '9.9 s',
      '10 s',
      '59 s',
      '4 min 12 s',
      '3 h 05 min',
      '2 d 3 h',
    ]);
    assert.equal(formatAge('2026-01-01T00:00:00Z', new Date('2026-01-01T00:03:20Z')), '3 min 20 s ago');
    assert.equal(formatAge('2026-01-01T00:00:09Z', new Date('2026-01-01T00:00:00Z')), '0.0 s ago', 'clocks differ');
    assert.deepEqual([formatRate(0, 5), formatRate(10, 0), formatRate(82_000, 2)], ['-', '-', '41 k/s']);
  });
});

describe('text for a terminal', () => {
  it('knows how wide it is', () => {
    assert.deepEqual(['abc', '表', '🚀', 'e\u0301', ''].map(displayWidth), [3, 2, 2, 1, 0]);
    assert.equal(clip('orders', 6), 'orders');
    assert.equal(clip('orders_2026', 6), 'order…');
    assert.equal(clip('表表表', 5), '表表…');
  });
  it('never passes an escape sequence or a line break on', () => {
    assert.equal(printable('a\x1b[2Jb\nc\u202ed\te'), 'a\\u001b[2Jb\\nc\\u202ed\\te');
  });
});
