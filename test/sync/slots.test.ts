import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Slots } from '../../connectors/sync/slots.ts';

test('no more tasks than slots run at once, in the order of asking, also after failures', async () => {
  const slots = new Slots(3);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const task = (i: number) => async () => {
    order.push(i);
    most = Math.max(most, ++running);
    await turn();
    running--;
    if (i % 4 === 0) throw new Error('failed');
  };
  await Promise.allSettled([...Array(20).keys()].map((i) => slots.use(task(i))));
  assert.equal(most, 3);
  assert.deepEqual(order, [...Array(20).keys()]);
  assert.equal(running, 0);
});
