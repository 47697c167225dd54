import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GtidSet } from '../../connectors/mysql/gtid.ts';
import { beforeTest, passedAt } from '../../connectors/mysql/log-point.ts';

const A = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const B = '4e11fa47-71ca-11e1-9e33-c80aa9429562';

function includes(set: string, other: string): boolean {
  return GtidSet.parse(set).includes(GtidSet.parse(other));
}

test('a set of transactions is joined where its parts touch', () => {
  const set = GtidSet.parse(`${A}:1-3:7, ${B}:5`);
  for (const number of [5, 4, 9, 8, 6]) set.add({ source: A, number: BigInt(number) });
  assert.equal(set.toString(), `${A}:1-9,${B}:5`);
  set.add({ source: A, number: 2n });
  set.add({ source: B, number: 9223372036854775807n });
  assert.equal(set.toString(), `${A}:1-9,${B}:5:9223372036854775807`);
});

test('tags have numbers of their own', () => {
  const set = GtidSet.parse(`${A}:1-3:blue:1-2`);
  set.add({ source: `${A}:blue`, number: 3n });
  assert.equal(set.toString(), `${A}:1-3,${A}:blue:1-3`);
  assert.ok(!includes(set.toString(), `${A}:4`));
  assert.ok(includes(set.toString(), `${A}:blue:2-3`));
});

test('what includes what', () => {
  assert.ok(includes(`${A}:1-9`, `${A}:2-3:5`));
  assert.ok(!includes(`${A}:1-4:6-9`, `${A}:2-6`));
  assert.ok(!includes(`${A}:1-9`, `${B}:1`));
  assert.ok(includes(`${A}:1-9`, ''));
  assert.ok(includes('0-1-7,3-1-2', '0-2-6'));
  assert.ok(!includes('0-1-7', '0-1-7,1-1-1'));
});

test('a point by GTIDs, and one by file and byte', () => {
  const set = passedAt({ gtid: `${A}:1-3` });
  const end = { gtid: `${A}:1-4` };
  assert.ok(!set.includes(end));
  set.add({ gtid: { source: A, number: 4n }, file: 'binlog.000001', at: 4 });
  assert.ok(set.includes(end));
  assert.deepEqual(set.point(), end);
  const place = passedAt({ file: 'binlog.999999', at: 500 });
  assert.ok(!place.includes({ file: 'binlog.1000000', at: 4 }));
  place.add({ file: 'binlog.1000000', at: 4 });
  assert.ok(place.includes({ file: 'binlog.999999', at: 900 }));
  assert.ok(beforeTest(place.point())({ file: 'binlog.999999', at: 900 }));
  assert.ok(!beforeTest(end)({ gtid: { source: A, number: 5n }, file: '', at: 0 }));
});
