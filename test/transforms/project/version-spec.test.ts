import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPrerelease, satisfies, sorted } from '../../../transforms/project/version-spec.ts';

const CASES: readonly (readonly [version: string, wanted: readonly string[], answers: boolean])[] = [
  ['1.10.0', ['>=1.9.0', '<2.0.0'], true],
  ['1.10.0', ['>=1.9.0,<1.10.0'], false],
  ['1.10.0', ['1.10.0'], true],
  ['1.10.3', ['1.10.*'], true],
  ['1.10.0', ['=1.9.0'], false],
  ['2.0.0-rc1', ['<2.0.0'], false],
  ['2.0.0-rc1', ['<=2.0.0'], true],
  ['2.0.0-rc1', ['<2.0.0-rc2'], true],
  ['2.0.0rc1', ['<2.1.0'], true],
  ['2.0.0-rc10', ['>2.0.0-rc9'], true],
  ['1.0.0', ['newest'], false],
  ['1.0.0', [], true],
]; // biome-ignore format: a table

test('a version answers to what is asked for as with dbt: what is before 2.0.0 is no 2.0.0-rc1', () => {
  for (const [version, wanted, answers] of CASES) {
    assert.equal(satisfies(version, wanted), answers, `${version} of ${wanted.join(' and ')}`);
  }
});

test('versions are in order of their numbers, a release behind what came before it', () => {
  assert.deepEqual(sorted(['1.9.0', '1.10.0', 'unread', '1.2.0']), ['1.2.0', '1.9.0', '1.10.0']);
  assert.deepEqual(sorted(['2.0.0-rc10', '2.0.0-rc2', '1.9.0']), ['1.9.0', '2.0.0-rc2', '2.0.0-rc10']);
  assert.deepEqual(sorted(['2.0.0', '2.0.0-rc1']), ['2.0.0-rc1', '2.0.0']);
  assert.deepEqual(['2.0.0-rc1', '>=2.0.0b2', '2.0.0'].map(isPrerelease), [true, true, false]);
});
