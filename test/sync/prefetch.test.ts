import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { prefetch } from '../../connectors/sync/prefetch.ts';

test('items come in order, and at most `depth` ahead of the consumer', async () => {
  let made = 0;
  async function* source() {
    for (let i = 0; i < 20; i++) {
      made++;
      yield i;
    }
  }
  const seen: number[] = [];
  for await (const item of prefetch(source(), 3)) {
    await sleep(1);
    seen.push(item);
    assert.ok(made <= seen.length + 4, `${made} made, ${seen.length} seen`);
  }
  assert.deepEqual(seen, [...Array(20).keys()]);
});

test('an error comes where its item would have come', async () => {
  async function* source() {
    yield 1;
    yield 2;
    throw new Error('cut');
  }
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const item of prefetch(source(), 4)) seen.push(item);
  }, /cut/);
  assert.deepEqual(seen, [1, 2]);
});

test('leaving early ends the source', async () => {
  let ended = false;
  async function* source() {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      ended = true;
    }
  }
  for await (const item of prefetch(source(), 2)) if (item === 5) break;
  assert.ok(ended);
});

test('more items than `depth` are held where they are light, and no more than have room', async () => {
  let made = 0;
  async function* source() {
    for (let i = 0; i < 40; i++) {
      made++;
      yield i;
    }
  }
  const seen: number[] = [];
  for await (const item of prefetch(source(), 2, { most: 10, weigh: (i) => (i < 20 ? 1 : 100) })) {
    await sleep(1);
    seen.push(item);
    // Ten that are held and one that is on its way; behind the light ones the depth counts alone.
    assert.ok(made <= seen.length + 11, `${made} made, ${seen.length} seen`);
    if (seen.length === 2) assert.ok(made >= 10, `${made} made`);
    if (item > 20) assert.ok(made <= seen.length + 3, `${made} made, ${seen.length} seen`);
  }
  assert.deepEqual(seen, [...Array(40).keys()]);
});
